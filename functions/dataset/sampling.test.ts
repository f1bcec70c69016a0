import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { changed } from './testing.ts';
import { Census, drawOf, openLegs, ratesFor, stratumOf } from './sampling.ts';

describe('sampling', () => {
  test('rates give about the rows that are wanted, keep every lead time, and never more than all', () => {
    fc.assert(fc.property(fc.array(fc.tuple(fc.integer({ min: -300, max: 1500 }), fc.integer({ min: 1, max: 6 })), { minLength: 20, maxLength: 300 }), fc.integer({ min: 10, max: 5000 }), fc.integer({ min: 1, max: 60 }), (messages, wanted, days) => {
      const census = new Census();
      for (const [lead, legs] of messages) census.add(changed({ lead, legs }));
      const rates = ratesFor(census, wanted, days);
      expect(rates.every((rate) => rate > 0 && rate <= 1)).toBe(true);
      const expected = census.rows.reduce((sum, rows, stratum) => sum + rows * days * rates[stratum]!, 0);
      const most = census.rows.reduce((sum, rows) => sum + rows, 0) * days;
      expect(expected).toBeGreaterThan(Math.min(wanted, most) * 0.99);
      expect(expected).toBeLessThan(Math.min(wanted, most) * 1.01 + 1);
    }));
  });

  test('a rare lead time is kept more often than a common one', () => {
    const census = new Census();
    for (let count = 0; count < 1000; count++) census.add(changed({ lead: 45, legs: 2 }));
    for (let count = 0; count < 10; count++) census.add(changed({ lead: 600, legs: 2 }));
    const rates = ratesFor(census, 200, 1);
    expect(rates[stratumOf(changed({ lead: 600, legs: 2 }))]!).toBeGreaterThan(5 * rates[stratumOf(changed({ lead: 45, legs: 2 }))]!);
  });

  test('the draw belongs to the message: even, and the same every time', () => {
    const draws = Array.from({ length: 20_000 }, (_, index) => drawOf(13, `r.${index}.2013-06-10.N${index % 700}UA`));
    expect(draws).toEqual(Array.from({ length: 20_000 }, (_, index) => drawOf(13, `r.${index}.2013-06-10.N${index % 700}UA`)));
    for (let tenth = 0; tenth < 10; tenth++) {
      const share = draws.filter((draw) => draw >= tenth / 10 && draw < (tenth + 1) / 10).length / draws.length;
      expect(share).toBeGreaterThan(0.09);
      expect(share).toBeLessThan(0.11);
    }
  });

  test('a message without an open leg gives no rows', () => {
    expect(openLegs(changed({ lead: 0, legs: 0 }))).toBe(0);
  });
});
