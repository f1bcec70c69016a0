/** Mean; NaN of nothing. */
export function meanOf(values: readonly number[]): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}

/**
 * Quantile by linear interpolation between order statistics (Hyndman and Fan
 * 1996, type 7; numpy's default). NaN of nothing.
 */
export function quantileOf(values: readonly number[], level: number): number {
  if (!(level >= 0 && level <= 1)) throw new RangeError(`a level is in [0, 1], got ${level}`);
  const sorted = Float64Array.from(values).sort();
  if (sorted.length === 0) return Number.NaN;
  const place = (sorted.length - 1) * level;
  const below = Math.floor(place);
  const low = sorted[below]!;
  const high = sorted[Math.min(below + 1, sorted.length - 1)]!;
  // Equal neighbours need no arithmetic; it also keeps infinities from becoming NaN.
  return low === high ? low : low + (high - low) * (place - below);
}

/** Throws `RangeError` unless two lists have one length. */
export function sameLength(what: string, ...lists: readonly { readonly length: number }[]): void {
  if (new Set(lists.map((list) => list.length)).size > 1) {
    throw new RangeError(`${what} want one length, got ${lists.map((list) => list.length).join(', ')}`);
  }
}
