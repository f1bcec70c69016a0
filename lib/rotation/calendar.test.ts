import { describe, expect, it } from 'vitest';
import { calendarDay, dayOrdinal, formatDay, holidays, localMinute } from './calendar.ts';

describe('the calendar', () => {
  it.each([
    [2013, ['2013-01-01', '2013-01-21', '2013-02-18', '2013-03-31', '2013-05-27', '2013-07-04', '2013-09-02', '2013-11-28', '2013-12-25']],
    [2021, ['2021-01-01', '2021-01-18', '2021-02-15', '2021-04-04', '2021-05-31', '2021-07-04', '2021-09-06', '2021-11-25', '2021-12-25']],
    [2030, ['2030-01-01', '2030-01-21', '2030-02-18', '2030-04-21', '2030-05-27', '2030-07-04', '2030-09-02', '2030-11-28', '2030-12-25']],
  ])('knows the holidays of %i', (year, days) => {
    expect(holidays(year).map(formatDay)).toEqual(days);
  });

  it('counts to the nearest holiday, over the turn of the year too', () => {
    const day = (text: string) => calendarDay(dayOrdinal(text));
    expect(day('2013-11-27')).toMatchObject({ holidayDistance: 1, holidaySide: -1 });
    expect(day('2013-12-30')).toMatchObject({ holidayDistance: 2, holidaySide: -1 });
    expect(day('2013-12-27')).toMatchObject({ holidayDistance: 2, holidaySide: 1 });
    expect(day('2013-07-04')).toMatchObject({ holidayDistance: 0, holidaySide: 0 });
    expect(day('2013-08-10')).toMatchObject({ holidayDistance: 7, holidaySide: 0 });
  });

  it('refuses days that are none', () => {
    for (const text of ['2013-02-30', '2013-13-01', '2013-00-10', '0000-99-99', '']) expect(dayOrdinal(text)).toBeNaN();
    expect(formatDay(dayOrdinal('2012-02-29'))).toBe('2012-02-29');
  });

  it('has local minutes from 0 to 1439 on both sides of UTC', () => {
    expect([localMinute(30, -240), localMinute(30, 0), localMinute(1439, 60), localMinute(-1, 0)]).toEqual([1230, 30, 59, 1439]);
    expect(Math.round(Math.hypot(calendarDay(0).weekdaySin, calendarDay(0).weekdayCos) * 1e9)).toBe(1e9);
  });
});
