/**
 * An e-process for "the mean of bounded differences is at least 0, whatever
 * came before", by betting (Waudby-Smith and Ramdas 2024, JRSS B 86:1): the
 * wealth of a gambler who stakes against it can reach `1/alpha` with chance
 * `alpha` at most, at any time (Ville 1939). The wealth is a mixture over fixed
 * stakes, so nothing is tuned to the data.
 */

/** Stakes as shares of the largest one that cannot lose all, and the share of the wealth that begins on each. Large stakes decide clear cases within days, small ones keep what noise would eat. */
export const STAKES: readonly { readonly share: number; readonly weight: number }[] = [
  { share: 0.05, weight: 0.05 },
  { share: 0.2, weight: 0.1 },
  { share: 0.45, weight: 0.2 },
  { share: 0.75, weight: 0.25 },
  { share: 0.95, weight: 0.4 },
];

/** Log wealth of each stake, in the order of `STAKES`. */
export type Wealth = readonly number[];

export const BEGINNING: Wealth = STAKES.map(() => 0);

/** Wealth after one difference `x <= bound` (bound > 0): each stake is multiplied by `1 - share * x / bound`. */
export function bet(wealth: Wealth, x: number, bound: number): Wealth {
  if (!(bound > 0) || !(x <= bound)) throw new RangeError(`a bet wants a difference up to ${bound}, got ${x}`);
  return STAKES.map(({ share }, index) => wealth[index]! + Math.log1p((-share * x) / bound));
}

/** Logarithm of the mixture's wealth: the e-value. */
export function logWealth(wealth: Wealth): number {
  const most = Math.max(...wealth);
  return most + Math.log(STAKES.reduce((sum, { weight }, index) => sum + weight * Math.exp(wealth[index]! - most), 0));
}
