import type { LegStatus, UtcMinute } from '../events/mod.ts';

/** What the rule of thumb looks at of a leg. */
export interface RuleLeg {
  readonly origin: string;
  readonly destination: string;
  readonly scheduledOff: UtcMinute;
  readonly scheduledOn: UtcMinute;
  readonly status: LegStatus;
  readonly off: UtcMinute | null;
  readonly landed: UtcMinute | null;
  readonly on: UtcMinute | null;
}

/** The rule's answer for a leg. Delays in minutes. */
export interface RuleDelay {
  readonly departure: number;
  readonly arrival: number;
  /** When the aircraft is ready at the leg's origin: as projected, and if the leg before were on time; null when no leg precedes. */
  readonly available: UtcMinute | null;
  readonly onTimeAvailable: UtcMinute | null;
  /** True when the turn goes over an airport where the aircraft is not seen (the leg before ends elsewhere). */
  readonly hidden: boolean;
  /** Index of the leg before that is not cancelled, or -1. */
  readonly previous: number;
}

/** Minutes between wheels-on and on-block that the rule reckons with. */
export const TAXI_IN = 5;

/**
 * Minimum turn in minutes, by seats: what carriers plan for between on-block
 * and off-block of a domestic turn. Regional 30, single aisle 40, wide body 60;
 * unknown counts as single aisle.
 */
export function minimumTurn(seats: number | null): number {
  if (seats === null) return 40;
  return seats <= 90 ? 30 : seats <= 240 ? 40 : 60;
}

/**
 * The airline's rule of thumb for all legs of a rotation, in order:
 * next departure = max(scheduled, projected arrival back + minimum turn), a
 * leg's departure delay is carried forward to its arrival unchanged. A known
 * time takes the place of a projection; a leg that should have left leaves now
 * at the earliest, one in the air lands now at the earliest. Where a leg does not leave from where the one before ends,
 * arrival back = arrival there + minimum turn + `returnBlock(before, leg)`
 * minutes of the unseen flight back. A turn that the schedule does not leave
 * room for is taken as planned: no delay is told where all is on time, and a
 * late arrival is then carried on in full. Cancelled legs are passed over and answer
 * with 0 (or their known delays).
 */
export function ruleDelays(legs: readonly RuleLeg[], now: UtcMinute, seats: number | null, returnBlock: (before: RuleLeg, leg: RuleLeg) => number): RuleDelay[] {
  const turn = minimumTurn(seats);
  const answers: RuleDelay[] = [];
  let previous = -1;
  let projectedOn = 0;
  for (let index = 0; index < legs.length; index++) {
    const leg = legs[index]!;
    const before = previous === -1 ? null : legs[previous]!;
    let available: number | null = null;
    let onTimeAvailable: number | null = null;
    let hidden = false;
    if (before !== null) {
      hidden = before.destination !== leg.origin;
      const ground = hidden ? turn + returnBlock(before, leg) + turn : turn;
      onTimeAvailable = before.scheduledOn + ground;
      available = Math.min(onTimeAvailable, leg.scheduledOff) + projectedOn - before.scheduledOn;
    }
    const departure = departureOf(leg, available, now);
    const on = arrivalOf(leg, departure, now);
    answers.push({ departure, arrival: on - leg.scheduledOn, available, onTimeAvailable, hidden, previous });
    if (leg.status === 'cancelled') continue;
    previous = index;
    projectedOn = on;
  }
  return answers;
}

function departureOf(leg: RuleLeg, available: number | null, now: UtcMinute): number {
  if (leg.off !== null) return leg.off - leg.scheduledOff;
  if (leg.status !== 'scheduled') return 0;
  return Math.max(leg.scheduledOff, available ?? leg.scheduledOff, leg.landed === null ? now : leg.scheduledOff) - leg.scheduledOff;
}

function arrivalOf(leg: RuleLeg, departure: number, now: UtcMinute): UtcMinute {
  if (leg.on !== null && leg.status !== 'diverted') return leg.on;
  if (leg.landed !== null) return leg.landed + TAXI_IN;
  const projected = leg.scheduledOn + departure;
  return leg.status === 'departed' ? Math.max(projected, now) : projected;
}
