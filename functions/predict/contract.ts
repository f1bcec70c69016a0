import { z } from '@hono/zod-openapi';
import { leg, legPrediction, predictionMade, rotationChanged, tail, flightId, operatingDay, utcMinute } from '../../lib/events/mod.ts';

/** What the HTTP interface of `predict` takes and gives. */

export const rotationId = z.string().min(2).max(80).regex(/^[A-Za-z0-9.-]+$/);

const assume = z.array(z.strictObject({ flight: flightId, departureDelay: z.number().min(-120).max(2880) })).max(20).optional()
  .openapi({ description: 'What if: departure delays in minutes, taken as known; no effect on a flight that has left' });

/** One of the three says whose rotation is asked for. */
export const question = z.union([
  z.strictObject({ tail, assume }),
  z.strictObject({ flight: flightId, assume }),
  z.strictObject({ rotation: rotationId, assume }),
]);

const shownLeg = leg.omit({ features: true, categories: true }).extend({ prediction: legPrediction.nullable() });

/** A rotation now: legs as they are known, the rule, and the newest prediction of the side that answers events. */
export const shownRotation = z.object({
  rotation: z.string(),
  tail: tail.nullable(),
  replay: z.string(),
  day: operatingDay,
  asOf: utcMinute,
  sequence: z.number().int(),
  stale: z.array(z.string()),
  receipt: z.string().nullable(),
  predictedAsOf: utcMinute.nullable(),
  degraded: z.string().nullable(),
  legs: z.array(shownLeg),
});

export const receipt = z.object({
  prediction: predictionMade,
  provenance: predictionMade.pick({ image: true, revision: true, bundle: true, commit: true, dataset: true, sequence: true, vectorSequence: true }),
  /** The exact vector; null when the stream no longer holds it. */
  vector: rotationChanged.nullable(),
});

const value = z.union([z.number(), z.string(), z.null()]);

export const explanation = z.object({
  receipt: z.string(),
  /** Bit for bit; or at least within the declared tolerance. */
  same: z.boolean(),
  close: z.boolean(),
  tolerance: z.object({ minutes: z.number(), probability: z.number() }),
  differences: z.array(z.object({ flight: z.string(), field: z.string(), told: value, recomputed: value })),
  /** What recomputed it. */
  runtime: z.object({ image: z.string(), node: z.string(), onnxruntime: z.string(), platform: z.string() }),
});
