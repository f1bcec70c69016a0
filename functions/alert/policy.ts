import type { LegPrediction, PredictionMade } from '../../lib/events/mod.ts';

/** Minutes before departure at which an alert comes too late to act on, and by which acting must have begun. */
export const TOO_LATE = 45;
/** Minutes before departure at which a score counts towards the day's distribution and the budget's threshold: two hours ahead. */
export const EARLY = 120;
/** An open alert is cleared when its probability stays below this share of its threshold … */
export const CLEAR_SHARE = 0.6;
/** … for so many predictions in a row. */
export const CLEAR_AFTER = 2;
/** Threshold before a whole day has been seen. */
export const FIRST_THRESHOLD = 0.5;
/** Operating days whose scores make the threshold. */
export const MEMORY_DAYS = 7;

/** Probability that the leg leaves 30 or more minutes late, or not at all: what the threshold is about. */
export function riskOf(leg: LegPrediction): number {
  return Math.min(1, leg.cancellation + (1 - leg.cancellation) * leg.departure.p30);
}

/**
 * The threshold that would have alerted `budget` of the rotations of past
 * days: the (1 - budget) quantile of the rotations' highest early scores.
 * Uses days that have closed only, so it was known at the time.
 */
export function thresholdOf(days: readonly (readonly number[])[], budget: number): number {
  const scores = days.flat().sort((a, b) => a - b);
  if (scores.length === 0) return FIRST_THRESHOLD;
  const index = Math.min(scores.length - 1, Math.floor((1 - budget) * scores.length));
  // Never alert on what is more likely to be on time than the dullest day's noise.
  return Math.max(0.05, scores[index]!);
}

/** Rotations that may be alerted in a day: the budget's share of the rotations seen today, or expected from past days. */
export function capOf(budget: number, today: number, past: readonly number[]): number {
  const expected = past.length === 0 ? 0 : past.reduce((sum, count) => sum + count, 0) / past.length;
  return Math.floor(budget * Math.max(today, expected));
}

/** Why a leg is at risk, in words a dispatcher uses; the strongest first. */
export function reasonsOf(leg: LegPrediction, prediction: PredictionMade): string[] {
  const before = prediction.legs.filter((other) => other.position < leg.position).at(-1);
  const reasons: string[] = [];
  if (before !== undefined) {
    const arrival = Math.round(before.arrival.quantiles[9]!);
    if (before.departed !== null && before.departed >= 15) reasons.push(`inbound ${before.flight} left ${before.departed} min late`);
    else if (arrival >= 15) reasons.push(`inbound ${before.flight} expected ${arrival} min late`);
    else if (before.departure.p30 >= 0.25) reasons.push(`inbound ${before.flight} may be late (${percent(before.departure.p30)} for 30 min)`);
  }
  if (leg.rule.departure >= 15) reasons.push(`minimum turn gives ${Math.round(leg.rule.departure)} min`);
  if (leg.cancellation >= 0.1) reasons.push(`cancellation risk ${percent(leg.cancellation)}`);
  if (leg.lead < 0) reasons.push(`overdue by ${-leg.lead} min`);
  if (prediction.degraded !== null) reasons.push(`rule only (${prediction.degraded})`);
  if (reasons.length === 0) reasons.push('delays at the airport and on this route');
  return reasons;
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
