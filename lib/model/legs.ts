import type { Leg, RotationChanged } from '../events/mod.ts';

/** A caller's "what if": this flight leaves with this delay (minutes). Enters the chain as known. */
export interface Assumption { readonly flight: string; readonly departureDelay: number }

/** The legs of the day that are not cancelled, in order. */
export function flyingLegs(message: RotationChanged): Leg[] {
  return message.legs.filter((leg) => leg.status !== 'cancelled');
}

/**
 * The actual delays of a leg, minutes: null where unknown. A leg that arrived
 * without a reported off-block (a lost message) has the rule's departure.
 */
export function actualsOf(leg: Leg): { readonly departure: number | null; readonly arrival: number | null } {
  const arrived = leg.status === 'arrived';
  return {
    departure: leg.off !== null ? leg.off - leg.scheduledOff : arrived ? leg.rule.departure : null,
    arrival: leg.on !== null ? leg.on - leg.scheduledOn : arrived ? leg.rule.arrival : null,
  };
}
