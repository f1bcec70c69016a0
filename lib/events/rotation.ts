import { z } from 'zod';
import { airport, carrier, flightId, tail } from './operations.ts';
import { operatingDay, utcMinute } from './time.ts';

/** Derived by `track`, the single writer of the ROTATIONS stream. */

export const legStatus = z.enum(['scheduled', 'departed', 'arrived', 'cancelled', 'diverted']);

/** One leg of a rotation as of the message's instant. */
export const leg = z.object({
  flight: flightId,
  carrier,
  number: z.number().int(),
  origin: airport,
  destination: airport,
  scheduledOff: utcMinute,
  scheduledOn: utcMinute,
  status: legStatus,
  /** Actual off-block and on-block, once known. */
  off: utcMinute.nullable(),
  on: utcMinute.nullable(),
  /** The rule of thumb's delays in minutes (departure, arrival): the actual where it is known. */
  rule: z.object({ departure: z.number(), arrival: z.number() }),
  /** Feature vector in the order of `FEATURES` and `CATEGORIES` (lib/rotation); null on legs that need no prediction (arrived, cancelled, diverted). */
  features: z.array(z.number().nullable()).nullable(),
  categories: z.array(z.string().max(16)).nullable(),
});

/** A rotation changed: all its legs of one operating day, with the vectors of the open ones, as of one sequence of the OPS stream. */
export const rotationChanged = z.object({
  replay: z.string(),
  /** The tail, or `flight-<id>` for a flight without an aircraft. */
  rotation: z.string().max(80),
  tail: tail.nullable(),
  day: operatingDay,
  asOf: utcMinute,
  /** Sequence of the OPS stream that this is a function of. */
  sequence: z.number().int(),
  /** The kind of the event that caused it. */
  cause: z.string(),
  /** Hash of the feature definition and reducer version. */
  meaning: z.string(),
  /** Reasons for which the vector is not to be trusted (`weather-stale`, `state-stale`); empty when it is sound. */
  stale: z.array(z.string()),
  legs: z.array(leg),
});

/** What happened to a flight, once it is known. */
export const outcomeKnown = z.object({
  replay: z.string(),
  flight: flightId,
  day: operatingDay,
  rotation: z.string(),
  carrier,
  origin: airport,
  destination: airport,
  scheduledOff: utcMinute,
  scheduledOn: utcMinute,
  state: z.enum(['operated', 'cancelled', 'diverted', 'never-arrived']),
  /** Minutes late; null where the flight did not leave, or did not arrive. */
  departureDelay: z.number().nullable(),
  arrivalDelay: z.number().nullable(),
  off: utcMinute.nullable(),
  knownAt: utcMinute,
  sequence: z.number().int(),
});

/** The clock, handed on by `track` after everything that came before it. */
export const trackTicked = z.object({ replay: z.string(), now: utcMinute, sequence: z.number().int() });

export type Leg = z.output<typeof leg>;
export type LegStatus = z.output<typeof legStatus>;
export type RotationChanged = z.output<typeof rotationChanged>;
export type OutcomeKnown = z.output<typeof outcomeKnown>;
export type TrackTicked = z.output<typeof trackTicked>;
