import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  benjaminiHochberg, binCounts, createRandom, normalCdf, normalFrom, pairedInterval, populationSpread, psi, quantileEdges, quantileOf,
  recallAtBudget, rocAuc, studentCdf, studentQuantile, thresholdAtBudget,
} from './mod.ts';

describe('paired interval', () => {
  it('covers the truth as often as it says when days move together', () => {
    const random = createRandom(8);
    let covered = 0;
    for (let trial = 0; trial < 300; trial += 1) {
      const days = Array.from({ length: 8 }, () => {
        const shift = normalFrom(random);
        return Array.from({ length: 20 }, () => shift + normalFrom(random));
      });
      const { lower, upper } = pairedInterval(days, { draws: 400, seed: trial });
      if (lower <= 0 && upper >= 0) covered += 1;
    }
    // Treating 160 pairs as independent would cover about 0.4.
    expect(covered / 300).toBeGreaterThan(0.91);
    expect(covered / 300).toBeLessThan(0.985);
  });

  it('is the same for both shapes of input, seeded, and honest on one day', () => {
    const nested = pairedInterval([[1, 2], [3], [-1, 0, 1]]);
    const flat = pairedInterval([1, 2, 3, -1, 0, 1].map((difference, index) => ({ day: ['a', 'a', 'b', 'c', 'c', 'c'][index]!, difference, weight: 1 })));
    expect(flat).toEqual(nested);
    expect(nested).toMatchObject({ mean: 1, clusters: 3, pairs: 6 });
    expect(pairedInterval([[1, 2, 3]])).toMatchObject({ mean: 2, lower: -Infinity, upper: Infinity });
    expect(pairedInterval([{ day: 'a', difference: 0, weight: 3 }, { day: 'b', difference: 4 }]).mean).toBe(1);
    expect(() => pairedInterval([])).toThrow(RangeError);
    expect(() => pairedInterval([[Number.NaN]])).toThrow(RangeError);
    expect(() => pairedInterval([{ day: 'a', difference: 1, weight: 0 }])).toThrow(RangeError);
  });

  it('uses tables that agree with print', () => {
    expect(studentQuantile(0.975, 6)).toBeCloseTo(2.446912, 5);
    expect(studentQuantile(0.975, 1)).toBeCloseTo(12.7062, 3);
    expect(studentCdf(-2.570582, 5)).toBeCloseTo(0.025, 6);
    expect(normalCdf(1.959964)).toBeCloseTo(0.975, 6);
    expect(normalCdf(-40)).toBe(0);
  });
});

describe('population', () => {
  it('PSI is zero for equals, symmetric, and grows', () => {
    expect(psi([10, 20, 30], [10, 20, 30])).toBe(0);
    expect(psi([100, 200, 300], [1000, 2000, 3000])).toBeCloseTo(0, 4);
    fc.assert(fc.property(fc.array(fc.nat(1000), { minLength: 2, maxLength: 6 }), (counts) => {
      const other = [...counts].reverse();
      expect(psi(counts, other)).toBeCloseTo(psi(other, counts), 9);
      expect(psi(counts, other)).toBeGreaterThanOrEqual(0);
    }));
    expect(psi([1e6, 0], [0, 1e6])).toBeGreaterThan(10);
    expect(() => psi([1], [1, 2])).toThrow(RangeError);
    expect(() => psi([-1], [1])).toThrow(RangeError);
  });

  it("the spread's threshold is beyond an ordinary week and below a strange one", () => {
    const random = createRandom(6);
    const week = (shift: number): number[] => binCounts(Array.from({ length: 500 }, () => normalFrom(random) + shift), [-1, 0, 1]);
    const weeks = Array.from({ length: 8 }, (_, index) => week(index * 0.05));
    const { threshold, values } = populationSpread(weeks);
    expect(Math.max(...values)).toBe(threshold);
    const pool = weeks[0]!.map((_, bin) => weeks.reduce((sum, one) => sum + one[bin]!, 0));
    expect(psi(pool, week(0.2))).toBeLessThan(threshold * 1.5);
    expect(psi(pool, week(2))).toBeGreaterThan(threshold * 5);
    expect(() => populationSpread([[1, 2]])).toThrow(RangeError);
  });

  it('bins and edges', () => {
    expect(quantileEdges([1, 2, 3, 4, 5], 4)).toEqual([2, 3, 4]);
    expect(quantileEdges([7, 7, 7, 7], 4)).toEqual([7]);
    expect(binCounts([null, Number.NaN, -5, 2, 3, 99], [2, 3])).toEqual([1, 1, 2, 2]);
    expect(quantileOf([3, 1, 2], 0.25)).toBe(1.5);
    expect(quantileOf([], 0.5)).toBeNaN();
    expect(() => quantileOf([1], 2)).toThrow(RangeError);
  });
});

describe('ranking', () => {
  it('AUC equals the count of pairs', () => {
    fc.assert(fc.property(fc.array(fc.record({ score: fc.nat(5), truth: fc.boolean() }), { minLength: 2, maxLength: 30 }), (cases) => {
      let wins = 0;
      let pairs = 0;
      for (const yes of cases.filter((one) => one.truth)) {
        for (const no of cases.filter((one) => !one.truth)) {
          pairs += 1;
          wins += yes.score > no.score ? 1 : yes.score === no.score ? 0.5 : 0;
        }
      }
      const auc = rocAuc(cases.map((one) => one.score), cases.map((one) => one.truth));
      if (pairs === 0) expect(auc).toBeNaN();
      else expect(auc).toBeCloseTo(wins / pairs, 12);
    }));
  });

  it('recall at a budget flags within each day', () => {
    const days = ['a', 'a', 'a', 'a', 'b', 'b', 'b', 'b'];
    const scores = [9, 8, 7, 6, 1, 2, 3, 4];
    const truths = [true, true, false, false, false, false, false, true];
    expect(recallAtBudget(days, scores, truths, 0.25)).toEqual({ recall: 2 / 3, precision: 1, flagged: 2 });
    expect(recallAtBudget(days, scores, truths, 0.2).flagged).toBe(0);
    expect(recallAtBudget(days, scores, truths, 1).recall).toBe(1);
    expect(() => recallAtBudget(days, scores, truths, 1.1)).toThrow(RangeError);
    expect(thresholdAtBudget([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11], 0.1)).toBe(10);
  });

  it("Benjamini and Hochberg's own example", () => {
    const p = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.324, 0.4262, 0.5719, 0.6528, 0.759, 1];
    const { rejected, adjusted } = benjaminiHochberg(p, 0.05);
    expect(rejected.filter(Boolean)).toHaveLength(4);
    expect(adjusted[3]).toBeCloseTo((0.0095 * 15) / 4, 12);
    expect(benjaminiHochberg([...p].reverse(), 0.05).adjusted).toEqual([...adjusted].reverse());
    expect(() => benjaminiHochberg([2], 0.1)).toThrow(RangeError);
  });
});
