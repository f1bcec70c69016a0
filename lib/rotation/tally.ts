/**
 * Whole-number sums over flights: the common coin of windows and histories.
 * Integers, so that adding and taking away in any order ends in the same sums.
 */
export interface Tally {
  /** Flights by their scheduled departure: all, those that have left, those that are cancelled. */
  scheduled: number;
  gone: number;
  cancelled: number;
  /** Cancellations by the instant at which they became known. */
  cancellations: number;
  /** Departures, the sum of their clipped delays in minutes, and those 15 or more minutes late. */
  departures: number;
  delay: number;
  late: number;
  /** Flights with a known taxi-out, and the sum of its minutes. */
  taxis: number;
  taxi: number;
  /** Arrivals and the sum of their clipped delays; of those with a known departure the count and the sum of arrival minus departure delay. */
  arrivals: number;
  arrivalDelay: number;
  gains: number;
  gain: number;
  /** Sum of the scheduled block times of `scheduled`, minutes. */
  block: number;
}

/** A tally of nothing. */
export function emptyTally(): Tally {
  return { scheduled: 0, gone: 0, cancelled: 0, cancellations: 0, departures: 0, delay: 0, late: 0, taxis: 0, taxi: 0, arrivals: 0, arrivalDelay: 0, gains: 0, gain: 0, block: 0 };
}

/** True when nothing is counted. */
export function isEmptyTally(tally: Tally): boolean {
  return tally.scheduled === 0 && tally.cancellations === 0 && tally.departures === 0 && tally.taxis === 0 && tally.arrivals === 0;
}

/** A delay as it enters averages: between -30 and 180 minutes, so that one stranded aircraft does not speak for an airport. */
export function clip(delay: number): number {
  return delay < -30 ? -30 : delay > 180 ? 180 : delay;
}

/** Minutes late from which a departure counts as late (the US convention). */
export const LATE = 15;
