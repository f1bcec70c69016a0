import { sameLength } from './summary.ts';

/** Proper scores of forecasts; smaller is better. */

/**
 * Pinball (quantile) loss in the unit of `y`, mean over the levels (Koenker
 * and Bassett 1978): `(y - q) * level` where y is above, `(q - y) * (1 - level)`
 * where it is below.
 */
export function pinball(quantiles: readonly number[], levels: readonly number[], y: number): number {
  sameLength('quantiles and levels', quantiles, levels);
  let sum = 0;
  for (let index = 0; index < levels.length; index += 1) {
    const gap = y - quantiles[index]!;
    sum += gap >= 0 ? gap * levels[index]! : -gap * (1 - levels[index]!);
  }
  return sum / levels.length;
}

/**
 * Continuous ranked probability score in the unit of `y` (Matheson and Winkler
 * 1976): the integral of `(F(x) - [y <= x])²`, exact for a CDF that is linear
 * between the edges. `pmf` has one value a bin, `edges` one more. It is twice
 * the integral of the pinball loss over all levels (Gneiting and Ranjan 2011).
 */
export function crps(edges: readonly number[], pmf: readonly number[], y: number): number {
  if (edges.length !== pmf.length + 1) throw new RangeError(`${pmf.length} bins want ${pmf.length + 1} edges, got ${edges.length}`);
  const first = edges[0]!;
  const last = edges[edges.length - 1]!;
  // Outside the grid F is 0 or 1, and differs from the step by 1 all the way to y.
  let score = y < first ? first - y : y > last ? y - last : 0;
  let below = 0;
  for (let bin = 0; bin < pmf.length; bin += 1) {
    const left = edges[bin]!;
    const right = edges[bin + 1]!;
    const above = below + pmf[bin]!;
    const cut = Math.min(Math.max(y, left), right);
    const middle = right > left ? below + (above - below) * ((cut - left) / (right - left)) : above;
    score += squared(below, middle) * (cut - left) + squared(1 - middle, 1 - above) * (right - cut);
    below = above;
  }
  return score;
}

/** Mean of the square of a value that goes linearly from a to b. */
function squared(a: number, b: number): number {
  return (a * a + a * b + b * b) / 3;
}

/** Brier score of a probability (Brier 1950). */
export function brier(probability: number, happened: boolean): number {
  const gap = probability - (happened ? 1 : 0);
  return gap * gap;
}

/** Logarithmic loss in nats; the probability is kept 1e-15 away from 0 and 1, so that one wrong certainty stays finite. */
export function logLoss(probability: number, happened: boolean): number {
  const kept = Math.min(Math.max(probability, 1e-15), 1 - 1e-15);
  return -Math.log(happened ? kept : 1 - kept);
}
