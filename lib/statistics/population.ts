import { quantileOf, sameLength } from './summary.ts';

/**
 * Population stability index of two counts over the same bins: the symmetric
 * Kullback-Leibler divergence `Σ (a - e) ln(a / e)` of their shares (Siddiqi
 * 2006, after Jeffreys 1946). Half a count is added to each bin, so that an
 * empty one stays finite.
 */
export function psi(expected: readonly number[], actual: readonly number[]): number {
  sameLength('expected and actual counts', expected, actual);
  const before = shares(expected);
  const after = shares(actual);
  return before.reduce((sum, share, bin) => sum + (after[bin]! - share) * Math.log(after[bin]! / share), 0);
}

function shares(counts: readonly number[]): number[] {
  let total = 0;
  for (const count of counts) {
    if (!(count >= 0)) throw new RangeError(`a count is not negative, got ${count}`);
    total += count + 0.5;
  }
  return counts.map((count) => (count + 0.5) / total);
}

/** Inner edges that cut values into bins of about equal count; fewer where values repeat. */
export function quantileEdges(values: readonly number[], bins: number): number[] {
  const sorted = [...values].sort((a, b) => a - b);
  const edges = Array.from({ length: bins - 1 }, (_, index) => quantileOf(sorted, (index + 1) / bins));
  return edges.filter((edge, index) => Number.isFinite(edge) && edge !== edges[index - 1]);
}

/** Counts by inner edges: below the first, …, from the last on, and the missing (null or NaN) last: `edges.length + 2` counts. */
export function binCounts(values: readonly (number | null)[], edges: readonly number[]): number[] {
  const counts = new Array<number>(edges.length + 2).fill(0);
  for (const value of values) {
    if (value === null || Number.isNaN(value)) {
      counts[edges.length + 1]! += 1;
      continue;
    }
    let bin = 0;
    while (bin < edges.length && value >= edges[bin]!) bin += 1;
    counts[bin]! += 1;
  }
  return counts;
}

/**
 * How far apart a training span's own weeks are: each week's PSI against all
 * the other weeks together, and a threshold at a quantile of these (default:
 * the largest). A fixed 0.25 fires every week on weather; this asks whether a
 * week is stranger than training's were. `weeks`: counts over the same bins.
 */
export function populationSpread(weeks: readonly (readonly number[])[], level = 1): { readonly values: number[]; readonly threshold: number } {
  if (weeks.length < 2) throw new RangeError(`a spread wants 2 weeks or more, got ${weeks.length}`);
  sameLength('weeks', ...weeks);
  const total = weeks[0]!.map((_, bin) => weeks.reduce((sum, week) => sum + week[bin]!, 0));
  const values = weeks.map((week) => psi(total.map((count, bin) => count - week[bin]!), week));
  return { values, threshold: quantileOf(values, level) };
}
