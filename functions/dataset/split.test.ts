import fc from 'fast-check';
import { expect, test } from 'vitest';
import { addDays, daysBetween, LEAST_DAYS, splitDays, splitOf } from './split.ts';

const days = (count: number): string[] => daysBetween('2013-02-25', addDays('2013-02-25', count - 1));

test('days are consecutive over the ends of months', () => {
  expect(days(6)).toEqual(['2013-02-25', '2013-02-26', '2013-02-27', '2013-02-28', '2013-03-01', '2013-03-02']);
});

test('splits lie in time order with a day between them, none empty, none overlapping', () => {
  fc.assert(fc.property(fc.integer({ min: LEAST_DAYS, max: 360 }), (count) => {
    const all = days(count);
    const split = splitDays(all);
    expect([...split.train, split.embargoed[0], ...split.valid, split.embargoed[1], ...split.test]).toEqual(all);
    for (const name of ['train', 'valid', 'test'] as const) expect(split[name].length).toBeGreaterThan(0);
    expect(split.test.length).toBeLessThanOrEqual(28);
    if (count >= 30) expect(split.train.length).toBeGreaterThan(count / 2);
    const of = splitOf(split);
    expect(of.size).toBe(count - 2);
    expect(split.embargoed.some((day) => of.has(day))).toBe(false);
  }));
});

test('too few days are refused', () => {
  expect(() => splitDays(days(LEAST_DAYS - 1))).toThrow(RangeError);
});
