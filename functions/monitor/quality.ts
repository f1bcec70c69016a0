import type { DaySummary } from '../../lib/api/mod.ts';
import type { Tally } from './tally.ts';

/** Days of a bundle that make its reference skill, and days that are held against it. */
export const SETTLED_DAYS = 5;
export const RECENT_DAYS = 3;

/** Means of a day's sums. */
export function summarise(day: string, tally: Tally): DaySummary {
  return {
    day,
    labels: Object.values(tally.states).reduce((sum, count) => sum + count, 0),
    states: tally.states,
    messages: tally.messages,
    stale: tally.stale,
    delays: tally.delays,
    quality: Object.entries(tally.bundles).map(([bundle, sums]) => ({
      bundle,
      flights: sums.flights,
      pinball: sums.pinball / sums.flights,
      rule: sums.rule / sums.flights,
      skill: 1 - sums.pinball / sums.rule,
      brier: sums.brier / sums.flights,
      late: sums.late / sums.flights,
      expectedLate: sums.expectedLate / sums.flights,
      coverage: sums.covered / sums.flights,
    })),
    drift: [],
    drifting: 0,
    labelDrift: null,
    labelDriftThreshold: null,
  };
}

/**
 * Degradation is loss of skill against the rule on the same flights, not a
 * higher loss (storms raise every loss). The skill of the last days is held
 * against the bundle's first days less two standard deviations of those (0.05
 * at least). Null while there is too little, or no loss.
 */
export function degradation(days: readonly DaySummary[]): { recent: number; limit: number; detail: string } | null {
  const bundle = days.at(-1)?.quality.toSorted((a, b) => b.flights - a.flights)[0]?.bundle;
  const own = days.flatMap((day) => day.quality.filter((one) => one.bundle === bundle && one.flights >= 50));
  const settled = own.slice(0, SETTLED_DAYS);
  const recent = own.slice(SETTLED_DAYS).slice(-RECENT_DAYS);
  if (settled.length < SETTLED_DAYS || recent.length < RECENT_DAYS || settled.every((one) => one.skill === 0)) return null;
  const mean = pooled(settled);
  const deviation = Math.sqrt(settled.reduce((sum, one) => sum + (one.skill - mean) ** 2, 0) / (settled.length - 1));
  const limit = mean - Math.max(0.05, 2 * deviation);
  const now = pooled(recent);
  if (now >= limit) return null;
  return { recent: now, limit, detail: `skill against the rule ${now.toFixed(3)} in the last ${RECENT_DAYS} days, ${mean.toFixed(3)} in the first ${SETTLED_DAYS}` };
}

function pooled(days: readonly { pinball: number; rule: number; flights: number }[]): number {
  const sum = (pick: (one: { pinball: number; rule: number; flights: number }) => number): number => days.reduce((total, one) => total + pick(one) * one.flights, 0);
  return 1 - sum((one) => one.pinball) / sum((one) => one.rule);
}
