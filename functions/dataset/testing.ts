import type { Leg, RotationChanged } from '../../lib/events/mod.ts';
import { CATEGORIES, FEATURES, MEANING } from '../../lib/rotation/mod.ts';

/** 2013-06-10T12:00Z. */
export const AS_OF = Date.UTC(2013, 5, 10, 12) / 60_000;

/** A leg for tests: scheduled `lead` minutes from `AS_OF`, open unless changed. */
export function legOf(lead: number, changes: Partial<Leg> = {}): Leg {
  const scheduledOff = AS_OF + lead;
  return {
    flight: `2013-06-10.UA.${1000 + ((lead % 5000) + 5000) % 5000}.EWR.ORD.0515`, carrier: 'UA', number: 1, origin: 'EWR', destination: 'ORD',
    scheduledOff, scheduledOn: scheduledOff + 150, status: 'scheduled', off: null, on: null, rule: { departure: 1, arrival: 2 },
    features: FEATURES.map((_, index) => (index % 7 === 3 ? null : index / 8)), categories: CATEGORIES.map(({ name }) => name.slice(0, 8)),
    ...changes,
  };
}

/** A message whose open legs are scheduled from `lead` minutes on, three hours apart. */
export function changed({ lead, legs }: { readonly lead: number; readonly legs: number }): RotationChanged {
  return messageOf(Array.from({ length: legs }, (_, index) => legOf(lead + index * 180)));
}

/** A message of these legs. */
export function messageOf(legs: readonly Leg[]): RotationChanged {
  return { replay: 'r', rotation: 'N14228', tail: 'N14228', day: '2013-06-10', asOf: AS_OF, sequence: 7, cause: 'clock.ticked', meaning: MEANING, stale: [], legs: [...legs] };
}
