import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { brier, calibrationError, coverage, crps, histogram, logLoss, pinball, pit, reliability, createRandom } from './mod.ts';

const levels = Array.from({ length: 19 }, (_, index) => ((index + 1) * 5) / 100);

describe('scores', () => {
  it('pinball of a hand-computed case', () => {
    // (10-0)*0.5, (20-10)*0.1, on the point.
    expect(pinball([0, 20, 10], [0.5, 0.9, 0.3], 10)).toBeCloseTo((5 + 1 + 0) / 3, 12);
    expect(() => pinball([1], levels, 0)).toThrow(RangeError);
  });

  it('pinball of a point is half the absolute error when levels are symmetric', () => {
    fc.assert(fc.property(fc.double({ min: -500, max: 500, noNaN: true }), fc.double({ min: -500, max: 500, noNaN: true }), (point, y) => {
      expect(pinball(levels.map(() => point), levels, y)).toBeCloseTo(Math.abs(point - y) / 2, 9);
    }));
  });

  it('CRPS of a uniform on [0, 1] has its closed form', () => {
    for (const y of [-1, 0, 0.3, 1, 2.5]) {
      const inside = Math.min(Math.max(y, 0), 1);
      const closed = inside ** 3 / 3 + (1 - inside) ** 3 / 3 + Math.abs(y - inside);
      expect(crps([0, 1], [1], y)).toBeCloseTo(closed, 12);
      expect(crps([0, 0.25, 0.5, 1], [0.25, 0.25, 0.5], y)).toBeCloseTo(closed, 12);
    }
    expect(() => crps([0, 1], [0.5, 0.5], 0)).toThrow(RangeError);
  });

  it('CRPS is the integral of the squared difference, numerically', () => {
    const edges = [-10, 0, 5, 40];
    const pmf = [0.2, 0.5, 0.3];
    const cdf = (x: number): number => {
      let sum = 0;
      pmf.forEach((p, bin) => (sum += p * Math.min(Math.max((x - edges[bin]!) / (edges[bin + 1]! - edges[bin]!), 0), 1)));
      return sum;
    };
    for (const y of [-20, 3, 39.5]) {
      let sum = 0;
      for (let x = -30; x < 60; x += 0.01) sum += (cdf(x + 0.005) - (y <= x + 0.005 ? 1 : 0)) ** 2 * 0.01;
      expect(crps(edges, pmf, y)).toBeCloseTo(sum, 2);
    }
  });

  it('the honest probability has the least expected Brier score and log loss', () => {
    fc.assert(fc.property(fc.double({ min: 0.01, max: 0.99, noNaN: true }), fc.double({ min: 0.01, max: 0.99, noNaN: true }), (truth, told) => {
      for (const score of [brier, logLoss]) {
        const expected = (p: number): number => truth * score(p, true) + (1 - truth) * score(p, false);
        expect(expected(truth)).toBeLessThanOrEqual(expected(told) + 1e-12);
      }
    }));
    expect(logLoss(0, true)).toBeLessThan(40);
  });
});

describe('calibration', () => {
  it('PIT of a calibrated forecast is uniform', () => {
    const random = createRandom(4);
    const values = Array.from({ length: 4000 }, () => pit(levels, levels, random()));
    const counts = histogram(values.map((value) => Math.min(Math.max((value - 0.05) / 0.9, 0), 1)), 10).slice(1, 9);
    for (const count of counts) expect(Math.abs(count - 360)).toBeLessThan(80);
    expect(pit([5, 5, 5], [0.1, 0.5, 0.9], 5)).toBe(0.5);
    expect(pit([0, 10], [0.25, 0.75], 5)).toBeCloseTo(0.5, 12);
    expect([pit([0, 10], [0.25, 0.75], -1), pit([0, 10], [0.25, 0.75], 11)]).toEqual([0, 1]);
  });

  it('coverage and reliability of hand-counted cases', () => {
    expect(coverage([0, 0, 0, 0], [10, 10, 10, 10], [0, 10, 11, -1])).toBe(0.5);
    const bins = reliability([0.05, 0.15, 0.11, 1], [false, true, false, true], 10);
    expect(bins[1]).toMatchObject({ count: 2, observed: 0.5 });
    expect(bins[9]).toMatchObject({ count: 1, observed: 1, predicted: 1 });
    expect(calibrationError(bins)).toBeCloseTo((0.05 + 2 * 0.37) / 4, 12);
    expect(() => reliability([1.2], [true])).toThrow(RangeError);
    expect(() => histogram([-0.1], 3)).toThrow(RangeError);
  });
});
