import { QUANTILE_LEVELS, type Checkpoint, CHECKPOINTS } from '../../lib/events/mod.ts';
import { meanOf, pairedInterval, pinball, quantileOf } from '../../lib/statistics/mod.ts';
import { hasDeparture, lossesOf, type Losses, type Scored } from './scored.ts';

/** A paired difference of pinball (minutes; negative = the candidate is better) with its interval by operating day. */
export interface Difference { readonly mean: number; readonly lower: number; readonly upper: number; readonly pairs: number; readonly days: number; readonly share: number }

/** Candidate less reference on the same rows. `share` is the mean as a share of the reference's loss. */
export function difference(rows: readonly Scored[], reference: (row: Scored, losses: Losses) => number, seed: number): Difference {
  const departures = rows.filter(hasDeparture);
  if (departures.length === 0) return { mean: NaN, lower: NaN, upper: NaN, pairs: 0, days: 0, share: NaN };
  const losses = departures.map(lossesOf);
  const others = departures.map((row, index) => reference(row, losses[index]!));
  const { mean, lower, upper, pairs, clusters } = pairedInterval(
    departures.map((row, index) => ({ day: row.day, difference: losses[index]!.candidate - others[index]! })), { seed },
  );
  return { mean, lower, upper, pairs, days: clusters, share: mean / meanOf(others) };
}

/**
 * The same, each day's differences as a share of that day's mean loss of the
 * reference: a day with heavy delays has great losses and would otherwise
 * decide alone, with few days in the test.
 */
export function relativeDifference(rows: readonly Scored[], reference: (row: Scored, losses: Losses) => number, seed: number): Difference {
  const departures = rows.filter(hasDeparture);
  if (departures.length === 0) return difference([], reference, seed);
  const scored = departures.map((row) => {
    const losses = lossesOf(row);
    return { day: row.day, candidate: losses.candidate, reference: reference(row, losses) };
  });
  const days = new Map<string, number[]>();
  for (const one of scored) {
    const day = days.get(one.day);
    if (day === undefined) days.set(one.day, [one.reference]);
    else day.push(one.reference);
  }
  const means = new Map([...days].map(([day, losses]) => [day, meanOf(losses)]));
  const { mean, lower, upper, pairs, clusters } = pairedInterval(scored.map((one) => ({ day: one.day, difference: (one.candidate - one.reference) / means.get(one.day)! })), { seed });
  return { mean, lower, upper, pairs, days: clusters, share: mean };
}

/** What all departures of the days before had in common: a forecast without any skill, in quantiles. */
export function climateOf(rows: readonly Scored[]): number[] {
  const delays = [...new Map(rows.filter(hasDeparture).map((row) => [row.leg.flight, row.outcome.departureDelay!])).values()];
  return QUANTILE_LEVELS.map((level) => quantileOf(delays, level));
}

/** The loss of the climate's quantiles. */
export function climateLoss(climate: readonly number[], row: Scored): number {
  return pinball(climate, QUANTILE_LEVELS, row.outcome.departureDelay!);
}

/** Minutes before a checkpoint in which a sampled message still stands for it. */
const STANDS_FOR = 90;

/**
 * The rows that stand for a checkpoint: of each flight the last message that
 * was made before it (and not long before: messages are a sample).
 */
export function standingAt(rows: readonly Scored[], checkpoint: Checkpoint): Scored[] {
  const standing = new Map<string, Scored>();
  for (const row of rows) {
    if (!hasDeparture(row)) continue;
    const lead = row.candidate.lead;
    const stands = checkpoint === 'first' ? row.beforeFirst : lead >= Number(checkpoint) && lead < Number(checkpoint) + STANDS_FOR;
    if (stands && (standing.get(row.leg.flight)?.asOf ?? -Infinity) < row.asOf) standing.set(row.leg.flight, row);
  }
  return [...standing.values()];
}

/** Differences to the rule at each checkpoint. */
export function byCheckpoint(rows: readonly Scored[], seed: number): Record<string, Difference> {
  return Object.fromEntries(CHECKPOINTS.map((checkpoint) => [checkpoint, difference(standingAt(rows, checkpoint), (_, losses) => losses.rule, seed)]));
}
