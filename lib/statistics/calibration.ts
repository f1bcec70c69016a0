import { sameLength } from './summary.ts';

/** Share of outcomes inside their closed intervals (nominal: the difference of the two levels). */
export function coverage(lower: readonly number[], upper: readonly number[], y: readonly number[]): number {
  sameLength('intervals and outcomes', lower, upper, y);
  let inside = 0;
  for (let index = 0; index < y.length; index += 1) {
    if (y[index]! >= lower[index]! && y[index]! <= upper[index]!) inside += 1;
  }
  return inside / y.length;
}

/**
 * Probability integral transform of an outcome under a quantile forecast
 * (Dawid 1984), linear between the quantiles, in [0, 1]: 0 or 1 outside them.
 * Where several quantiles equal y, the middle of their levels. Uniform when
 * the forecast is calibrated, up to the outermost levels.
 */
export function pit(quantiles: readonly number[], levels: readonly number[], y: number): number {
  sameLength('quantiles and levels', quantiles, levels);
  let below = 0;
  while (below < quantiles.length && quantiles[below]! < y) below += 1;
  let above = below;
  while (above < quantiles.length && quantiles[above] === y) above += 1;
  if (above > below) return (levels[below]! + levels[above - 1]!) / 2;
  if (below === 0) return 0;
  if (below === quantiles.length) return 1;
  const left = quantiles[below - 1]!;
  const share = (y - left) / (quantiles[below]! - left);
  return levels[below - 1]! + share * (levels[below]! - levels[below - 1]!);
}

/** Counts of values in [0, 1] in bins of equal width; 1 counts to the last. */
export function histogram(values: readonly number[], bins: number): number[] {
  const counts = new Array<number>(bins).fill(0);
  for (const value of values) {
    const bin = Math.min(Math.floor(value * bins), bins - 1);
    if (!(bin >= 0)) throw new RangeError(`a value is in [0, 1], got ${value}`);
    counts[bin]! += 1;
  }
  return counts;
}

export interface ReliabilityBin {
  readonly lower: number;
  readonly upper: number;
  readonly count: number;
  /** Mean forecast and share that happened; NaN in an empty bin. */
  readonly predicted: number;
  readonly observed: number;
}

/** Reliability diagram (Murphy and Winkler 1977): bins of equal width over the forecast probability. */
export function reliability(probabilities: readonly number[], happened: readonly boolean[], bins = 10): ReliabilityBin[] {
  sameLength('probabilities and outcomes', probabilities, happened);
  const sums = Array.from({ length: bins }, () => ({ count: 0, predicted: 0, observed: 0 }));
  for (let index = 0; index < probabilities.length; index += 1) {
    const probability = probabilities[index]!;
    if (!(probability >= 0 && probability <= 1)) throw new RangeError(`a probability is in [0, 1], got ${probability}`);
    const sum = sums[Math.min(Math.floor(probability * bins), bins - 1)]!;
    sum.count += 1;
    sum.predicted += probability;
    sum.observed += happened[index] ? 1 : 0;
  }
  return sums.map((sum, bin) => ({
    lower: bin / bins,
    upper: (bin + 1) / bins,
    count: sum.count,
    predicted: sum.predicted / sum.count,
    observed: sum.observed / sum.count,
  }));
}

/** Expected calibration error (Naeini et al. 2015): mean |predicted - observed| over the bins, weighted by their counts. */
export function calibrationError(bins: readonly ReliabilityBin[]): number {
  let error = 0;
  let count = 0;
  for (const bin of bins) {
    if (bin.count === 0) continue;
    error += bin.count * Math.abs(bin.predicted - bin.observed);
    count += bin.count;
  }
  return error / count;
}
