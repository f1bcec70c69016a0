import type { UtcMinute } from '../events/mod.ts';

/** Facts of a calendar day that features use. */
export interface CalendarDay {
  readonly weekdaySin: number;
  readonly weekdayCos: number;
  readonly yearSin: number;
  readonly yearCos: number;
  /** Days to the nearest US holiday, 0 to 7 (7 = a week or more). */
  readonly holidayDistance: number;
  /** -1 in the week before a holiday, 1 in the week after it, 0 on it or far from one. */
  readonly holidaySide: number;
}

const MINUTES_A_DAY = 1440;
const HOLIDAY_REACH = 7;
const memo = new Map<number, CalendarDay>();
const holidaysOfYear = new Map<number, readonly number[]>();

/** Days since 1970-01-01 of `YYYY-MM-DD`; NaN for what is no day of the calendar. */
export function dayOrdinal(day: string): number {
  const ordinal = Date.parse(`${day}T00:00Z`) / (MINUTES_A_DAY * 60_000);
  return Number.isFinite(ordinal) && formatDay(ordinal) === day ? ordinal : Number.NaN;
}

/** `YYYY-MM-DD` of days since 1970-01-01. */
export function formatDay(ordinal: number): string {
  return new Date(ordinal * MINUTES_A_DAY * 60_000).toISOString().slice(0, 10);
}

/** The minute at which a day begins at a place whose local time is `offset` minutes ahead of UTC. */
export function dayStart(ordinal: number, offset = 0): UtcMinute {
  return ordinal * MINUTES_A_DAY - offset;
}

/** Minutes since local midnight, 0 to 1439. */
export function localMinute(at: UtcMinute, offset: number): number {
  return (((at + offset) % MINUTES_A_DAY) + MINUTES_A_DAY) % MINUTES_A_DAY;
}

/** Weekday, season and holidays of a day. Pure; remembered, since every leg of a day asks. */
export function calendarDay(ordinal: number): CalendarDay {
  const known = memo.get(ordinal);
  if (known !== undefined) return known;
  const year = new Date(ordinal * MINUTES_A_DAY * 60_000).getUTCFullYear();
  const weekday = (2 * Math.PI * weekdayOf(ordinal)) / 7;
  const season = (2 * Math.PI * (ordinal - ordinalOf(year, 0, 1))) / 365.25;
  const offset = nearestHoliday(ordinal, year);
  const day = {
    weekdaySin: Math.sin(weekday),
    weekdayCos: Math.cos(weekday),
    yearSin: Math.sin(season),
    yearCos: Math.cos(season),
    holidayDistance: Math.min(Math.abs(offset), HOLIDAY_REACH),
    holidaySide: Math.abs(offset) < HOLIDAY_REACH ? Math.sign(offset) : 0,
  };
  if (memo.size > 2000) memo.clear();
  memo.set(ordinal, day);
  return day;
}

/** The days on which the United States travel or rest: eight federal holidays and Easter, as ordinals, ascending. */
export function holidays(year: number): readonly number[] {
  const known = holidaysOfYear.get(year);
  if (known !== undefined) return known;
  const days = [
    ordinalOf(year, 0, 1), // New Year's Day
    nthWeekday(year, 0, 1, 3), // Martin Luther King Jr. Day
    nthWeekday(year, 1, 1, 3), // Presidents' Day
    easter(year),
    nthWeekday(year, 5, 1, 1) - 7, // Memorial Day: the Monday before June's first
    ordinalOf(year, 6, 4), // Independence Day
    nthWeekday(year, 8, 1, 1), // Labor Day
    nthWeekday(year, 10, 4, 4), // Thanksgiving
    ordinalOf(year, 11, 25), // Christmas
  ];
  if (holidaysOfYear.size > 200) holidaysOfYear.clear();
  holidaysOfYear.set(year, days);
  return days;
}

function nearestHoliday(ordinal: number, year: number): number {
  let nearest = Number.POSITIVE_INFINITY;
  for (const one of [...holidays(year - 1), ...holidays(year), ...holidays(year + 1)]) {
    if (Math.abs(ordinal - one) < Math.abs(nearest)) nearest = ordinal - one;
  }
  return nearest;
}

/** 0 = Sunday; 1970-01-01 was a Thursday. */
function weekdayOf(ordinal: number): number {
  return (((ordinal + 4) % 7) + 7) % 7;
}

function ordinalOf(year: number, month: number, day: number): number {
  return Date.UTC(year, month, day) / (MINUTES_A_DAY * 60_000);
}

function nthWeekday(year: number, month: number, weekday: number, nth: number): number {
  const first = ordinalOf(year, month, 1);
  return first + ((weekday - weekdayOf(first) + 7) % 7) + 7 * (nth - 1);
}

/** Easter Sunday by the anonymous Gregorian computus (Meeus, Jones, Butcher). */
function easter(year: number): number {
  const a = year % 19;
  const b = Math.floor(year / 100);
  const c = year % 100;
  const e = b % 4;
  const g = Math.floor((8 * b + 13) / 25);
  const h = (19 * a + b - Math.floor(b / 4) - g + 15) % 30;
  const l = (32 + 2 * e + 2 * Math.floor(c / 4) - h - (c % 4)) % 7;
  const m = Math.floor((a + 11 * h + 22 * l) / 451);
  const n = h + l - 7 * m + 114;
  return ordinalOf(year, Math.floor(n / 31) - 1, (n % 31) + 1);
}
