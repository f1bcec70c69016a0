import { z } from 'zod';
import { flightId, leg, legPrediction, operatingDay, predictionMade, rotationChanged, tail, utcMinute } from '../events/mod.ts';

/** A tail, or `flight-<flight>` for a flight without an aircraft. */
export const rotationId = z.string().min(2).max(80).regex(/^[A-Za-z0-9.-]+$/);

const assume = z.array(z.strictObject({ flight: flightId, departureDelay: z.number().min(-120).max(2880) })).max(20).optional()
  .describe('What if: departure delays in minutes, taken as known; no effect on a flight that has left');

/** Body of `POST /v1/predictions`: whose rotation is asked for. The answer is a `predictionMade`. */
export const predictionQuestion = z.union([
  z.strictObject({ tail, assume }),
  z.strictObject({ flight: flightId, assume }),
  z.strictObject({ rotation: rotationId, assume }),
]);

const shownLeg = leg.omit({ features: true, categories: true }).extend({ prediction: legPrediction.nullable() });

/** Answer of `GET /v1/rotations/{tail}`: legs as they are known, the rule, and the newest prediction of the side that answers events. */
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

/** Answer of `GET /v1/receipts/{id}`. `vector` is null when the stream no longer holds it. */
export const resolvedReceipt = z.object({
  prediction: predictionMade,
  provenance: predictionMade.pick({ image: true, revision: true, bundle: true, commit: true, dataset: true, sequence: true, vectorSequence: true }),
  vector: rotationChanged.nullable(),
});

const value = z.union([z.number(), z.string(), z.null()]);

/** Answer of `POST /v1/receipts/{id}/explain`: the same bit for bit, or at least close (within the declared tolerance). */
export const explanation = z.object({
  receipt: z.string(),
  same: z.boolean(),
  close: z.boolean(),
  tolerance: z.object({ minutes: z.number(), probability: z.number() }),
  differences: z.array(z.object({ flight: z.string(), field: z.string(), told: value, recomputed: value })),
  /** What recomputed it. */
  runtime: z.object({ image: z.string(), node: z.string(), onnxruntime: z.string(), platform: z.string() }),
});
