import { QUANTILE_LEVELS, type Distribution } from '../events/mod.ts';

/**
 * Distributions as they are told: minutes to a hundredth, probabilities to a
 * millionth. Float32 graphs carry no more than that, and it keeps an answer
 * short. Rounding is monotone, so quantiles stay in order.
 */
const minutes = (value: number): number => Math.round(value * 100) / 100 + 0;
const probability = (value: number): number => Math.round(Math.min(Math.max(value, 0), 1) * 1e6) / 1e6;

/**
 * The distribution of a binned probability mass, its CDF linear between the
 * edges (`edges` in minutes, ascending, one more than bins). The mass may be
 * off 1 by rounding; it is normalised. Monotone by construction.
 */
export function fromMass(edges: readonly number[], mass: ArrayLike<number>): Distribution {
  const cdf = [0];
  for (let bin = 0; bin < mass.length; bin += 1) cdf.push(cdf[bin]! + Math.max(mass[bin]!, 0));
  const total = cdf[mass.length]!;
  let mean = 0;
  for (let bin = 0; bin < mass.length; bin += 1) mean += ((cdf[bin + 1]! - cdf[bin]!) / total) * ((edges[bin]! + edges[bin + 1]!) / 2);
  let bin = 0;
  const quantiles = QUANTILE_LEVELS.map((level) => {
    const goal = level * total;
    while (bin < mass.length - 1 && cdf[bin + 1]! < goal) bin += 1;
    const width = edges[bin + 1]! - edges[bin]!;
    return minutes(edges[bin]! + width * ((goal - cdf[bin]!) / (cdf[bin + 1]! - cdf[bin]!)));
  });
  const atLeast = (delay: number): number => probability(1 - below(edges, cdf, delay) / total);
  return { quantiles, p15: atLeast(15), p30: atLeast(30), p60: atLeast(60), mean: minutes(mean) };
}

/** The distribution of a delay that is known, or of a rule's point. */
export function fromPoint(delay: number): Distribution {
  const atLeast = (limit: number): number => (delay >= limit ? 1 : 0);
  const point = minutes(delay);
  return { quantiles: QUANTILE_LEVELS.map(() => point), p15: atLeast(15), p30: atLeast(30), p60: atLeast(60), mean: point };
}

/** Index of the bin that a delay counts to: the first below the grid, the last above it. */
export function binOf(edges: readonly number[], delay: number): number {
  let low = 0;
  let high = edges.length - 2;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (edges[middle]! <= delay) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Probabilities as told. */
export { probability as toldProbability };

function below(edges: readonly number[], cdf: readonly number[], delay: number): number {
  if (delay <= edges[0]!) return 0;
  if (delay >= edges[edges.length - 1]!) return cdf[cdf.length - 1]!;
  const bin = binOf(edges, delay);
  return cdf[bin]! + (cdf[bin + 1]! - cdf[bin]!) * ((delay - edges[bin]!) / (edges[bin + 1]! - edges[bin]!));
}
