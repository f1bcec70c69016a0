import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { distribution, QUANTILE_LEVELS } from '../events/mod.ts';
import { binOf, fromMass, fromPoint } from './distribution.ts';

describe('distributions', () => {
  it('of a uniform mass is the uniform', () => {
    const told = fromMass([0, 25, 50, 100], [0.25, 0.25, 0.5]);
    expect(told.quantiles).toEqual(QUANTILE_LEVELS.map((level) => Math.round(level * 10_000) / 100));
    expect(told).toMatchObject({ p15: 0.85, p30: 0.7, p60: 0.4, mean: 50 });
  });

  it('skips empty bins and keeps to the grid', () => {
    const told = fromMass([-30, 0, 10, 20, 400], [0, 1, 0, 0]);
    expect(told.quantiles[0]).toBe(0.5);
    expect(told.quantiles[18]).toBe(9.5);
    expect(told).toMatchObject({ p15: 0, p30: 0, p60: 0, mean: 5 });
    expect(fromMass([100, 200], [1])).toMatchObject({ p15: 1, p30: 1, p60: 1 });
    expect(fromMass([-20, -10], [1])).toMatchObject({ p15: 0, p30: 0, p60: 0 });
  });

  it('fits the contract, in order, for any mass', () => {
    fc.assert(fc.property(
      fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 40 }).filter((mass) => mass.some((value) => value > 1e-3)),
      fc.array(fc.double({ min: 0.5, max: 90, noNaN: true }), { minLength: 40, maxLength: 40 }),
      (mass, widths) => {
        const edges = [-60];
        mass.forEach((_, bin) => edges.push(edges[bin]! + widths[bin]!));
        const total = mass.reduce((sum, value) => sum + value, 0);
        const told = fromMass(edges, mass.map((value) => value / total));
        expect(distribution.safeParse(told).success).toBe(true);
        expect([...told.quantiles].sort((a, b) => a - b)).toEqual(told.quantiles);
        expect(told.p15 >= told.p30 && told.p30 >= told.p60).toBe(true);
        expect(told.quantiles[0]).toBeGreaterThanOrEqual(edges[0]!);
        expect(told.quantiles[18]).toBeLessThanOrEqual(edges.at(-1)! + 0.01);
      },
    ));
  });

  it('of a point is the point', () => {
    expect(fromPoint(30)).toEqual({ quantiles: QUANTILE_LEVELS.map(() => 30), p15: 1, p30: 1, p60: 0, mean: 30 });
    expect(Object.is(fromPoint(-0).mean, 0)).toBe(true);
  });

  it('finds bins, those beyond the grid too', () => {
    const edges = [-30, 0, 15, 60];
    expect([-100, -30, -0.1, 0, 14.9, 15, 59, 60, 1e9].map((delay) => binOf(edges, delay))).toEqual([0, 0, 0, 1, 1, 2, 2, 2, 2]);
  });
});
