import { thresholdAtBudget } from '../../lib/statistics/mod.ts';
import type { Scored } from './scored.ts';

/** The business metric: late departures that were flagged in time, within the budget. */
export interface Flagging {
  /** Departures 30 or more minutes late, and how many of them were flagged 2 hours or more before. */
  readonly late: number;
  readonly caught: number;
  readonly recall: number;
  /** Flagged rotations as a share of all: what the budget came to with thresholds set on the days before. */
  readonly flaggedShare: number;
  /** Of the flagged rotations, the share with a late departure. */
  readonly precision: number;
}

const AHEAD = 120;

/**
 * Flags a rotation when the score of one of its legs passes the threshold two
 * hours or more before its departure. The threshold of a day is the one that
 * would have spent the budget on the days before it: nothing is ranked over
 * the future. Days without a past are not counted.
 */
export function flag(rows: readonly Scored[], score: (row: Scored) => number, budget: number): Flagging {
  const days = new Map<string, Map<string, Scored[]>>();
  for (const row of rows) {
    if (row.candidate.departed !== null) continue;
    let rotations = days.get(row.day);
    if (rotations === undefined) days.set(row.day, rotations = new Map<string, Scored[]>());
    const legs = rotations.get(row.rotation);
    if (legs === undefined) rotations.set(row.rotation, [row]);
    else legs.push(row);
  }
  const past: number[] = [];
  let late = 0;
  let caught = 0;
  let flagged = 0;
  let hits = 0;
  let rotations = 0;
  for (const [, today] of [...days].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const scored = [...today.values()].map((legs) => {
      const early = legs.filter((row) => row.candidate.lead >= AHEAD);
      return { legs, early, highest: early.length === 0 ? -Infinity : Math.max(...early.map(score)) };
    });
    if (past.length > 0) {
      const threshold = thresholdAtBudget(past, budget);
      for (const { legs, early, highest } of scored) {
        const lateFlights = new Set(legs.filter((row) => (row.outcome.departureDelay ?? 0) >= 30).map((row) => row.leg.flight));
        // Strictly above: a point forecast has many zeros, and a threshold of zero must not flag them all.
        const raised = new Set(early.filter((row) => score(row) > threshold).map((row) => row.leg.flight));
        rotations += 1;
        late += lateFlights.size;
        caught += [...lateFlights].filter((flight) => raised.has(flight)).length;
        if (highest > threshold) {
          flagged += 1;
          if (lateFlights.size > 0) hits += 1;
        }
      }
    }
    past.push(...scored.map((one) => one.highest).filter(Number.isFinite));
  }
  return { late, caught, recall: caught / late, flaggedShare: flagged / rotations, precision: hits / flagged };
}
