import { z } from 'zod';
import { flightId, tail } from './operations.ts';
import { operatingDay, utcMinute } from './time.ts';

/** The levels of every quantile forecast: 0.05, 0.10, … 0.95. */
export const QUANTILE_LEVELS: readonly number[] = Array.from({ length: 19 }, (_, index) => (index + 1) * 5 / 100);

/** A delay distribution in minutes: quantiles at `QUANTILE_LEVELS` and tail probabilities. */
export const distribution = z.object({
  quantiles: z.array(z.number()).length(19),
  /** P(delay >= 15), P(delay >= 30), P(delay >= 60). */
  p15: z.number().min(0).max(1),
  p30: z.number().min(0).max(1),
  p60: z.number().min(0).max(1),
  mean: z.number(),
});

export const legPrediction = z.object({
  flight: flightId,
  scheduledOff: utcMinute,
  /** Minutes from the vector's instant to the scheduled departure (negative when overdue). */
  lead: z.number(),
  /** Position among the legs of the day that are not cancelled, from 0. */
  position: z.number().int(),
  /** Actual departure delay where the aircraft has left. */
  departed: z.number().nullable(),
  cancellation: z.number().min(0).max(1),
  departure: distribution,
  arrival: distribution,
  rule: z.object({ departure: z.number(), arrival: z.number() }),
});

/** The serving side of a prediction. `shadow` = the canary's answer to production's vector, seen by nobody. */
export const role = z.enum(['production', 'canary', 'shadow', 'staging']);

export const degradedReason = z.enum(['no-model', 'model-failed', 'meaning-differs', 'weather-stale', 'state-stale']);

/** An answer of `predict`, by event or by HTTP. */
export const predictionMade = z.object({
  /** `<rotation>.<hash>`; deterministic in the vector, the bundle, the role and the assumptions. */
  receipt: z.string().max(120),
  replay: z.string(),
  role,
  source: z.enum(['event', 'http']),
  revision: z.string(),
  /** Digest of the bundle that answered, `sha256:…`; the release's digest that outsiders compare. */
  bundle: z.string(),
  /** Digest of the code that answered, and its commit. */
  image: z.string(),
  commit: z.string(),
  /** Dataset version the bundle was trained on; null for the rule. */
  dataset: z.string().nullable(),
  rotation: z.string(),
  tail: tail.nullable(),
  day: operatingDay,
  asOf: utcMinute,
  /** Sequence of the OPS stream that the vector is a function of, and of the vector's own message in ROTATIONS. */
  sequence: z.number().int(),
  vectorSequence: z.number().int(),
  /** Null, or why the rule answered in the model's place. */
  degraded: degradedReason.nullable(),
  /** What-if: departure delays assumed by the caller. */
  assumed: z.array(z.object({ flight: flightId, departureDelay: z.number() })),
  legs: z.array(legPrediction),
});

export type Distribution = z.output<typeof distribution>;
export type LegPrediction = z.output<typeof legPrediction>;
export type PredictionMade = z.output<typeof predictionMade>;
export type Role = z.output<typeof role>;
export type DegradedReason = z.output<typeof degradedReason>;
