import { normalCdf, studentQuantile } from './normal.ts';
import { createRandom } from './random.ts';
import { quantileOf } from './summary.ts';

/** One paired difference (candidate minus reference) of an operating day. */
export interface DailyDifference { readonly day: string; readonly difference: number; readonly weight?: number }

export interface PairedInterval {
  /** Weighted mean difference, and the ends of its interval, in the unit of the differences. */
  readonly mean: number;
  readonly lower: number;
  readonly upper: number;
  /** Days, and single differences. */
  readonly clusters: number;
  readonly pairs: number;
  readonly level: number;
}

/**
 * Interval of a mean paired difference when the pairs of one day move together:
 * cluster bootstrap (Davison and Hinkley 1997, section 3.8), whole days drawn
 * with replacement. Percentile ends are widened for few clusters by the
 * expanded percentile rule (Hesterberg 2015, The American Statistician 69:4).
 * Seeded: the same input gives the same interval. One day gives no interval
 * (infinite ends).
 */
export function pairedInterval(
  clusters: readonly (readonly number[])[] | readonly DailyDifference[],
  { level = 0.95, draws = 2000, seed = 13 }: { level?: number; draws?: number; seed?: number } = {},
): PairedInterval {
  const { sums, weights, pairs } = totals(clusters);
  const count = sums.length;
  if (count === 0) throw new RangeError('an interval wants one difference or more');
  const mean = sum(sums) / sum(weights);
  if (!Number.isFinite(mean)) throw new RangeError('differences are finite and their weights positive');
  const base = { mean, clusters: count, pairs, level };
  if (count === 1) return { ...base, lower: -Infinity, upper: Infinity };
  const random = createRandom(seed);
  const means = Array.from({ length: draws }, () => {
    let top = 0;
    let bottom = 0;
    for (let drawn = 0; drawn < count; drawn += 1) {
      const pick = Math.floor(random() * count);
      top += sums[pick]!;
      bottom += weights[pick]!;
    }
    return top / bottom;
  });
  const tail = normalCdf(Math.sqrt(count / (count - 1)) * studentQuantile((1 - level) / 2, count - 1));
  return { ...base, lower: quantileOf(means, tail), upper: quantileOf(means, 1 - tail) };
}

function totals(clusters: readonly (readonly number[])[] | readonly DailyDifference[]): { sums: number[]; weights: number[]; pairs: number } {
  const byDay = new Map<string, { sum: number; weight: number }>();
  let pairs = 0;
  const add = (day: string, difference: number, weight: number): void => {
    const total = byDay.get(day) ?? { sum: 0, weight: 0 };
    if (!(weight > 0)) throw new RangeError(`a weight is positive, got ${weight}`);
    total.sum += difference * weight;
    total.weight += weight;
    byDay.set(day, total);
    pairs += 1;
  };
  clusters.forEach((cluster: readonly number[] | DailyDifference, index) => {
    if ('day' in cluster) add(cluster.day, cluster.difference, cluster.weight ?? 1);
    else for (const difference of cluster) add(String(index), difference, 1);
  });
  const all = [...byDay.values()];
  return { sums: all.map((one) => one.sum), weights: all.map((one) => one.weight), pairs };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
