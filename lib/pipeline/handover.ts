import { z } from 'zod';

/**
 * What `pipeline` asks of `rollout`: the record in the KV bucket `canaries`
 * (key = replay). Only the last one counts, since one run is active at a time.
 */
export const canaryRequest = z.object({
  run: z.string().min(1).max(80),
  bundle: z.string().regex(/^sha256:[0-9a-f]{64}$/),
  /** The judge's margin: see `CANARY_MARGINS`. */
  margin: z.number().min(-1).max(1),
  /** `withdrawn`: the run was cancelled, production is to be as before. */
  wanted: z.enum(['canary', 'withdrawn']),
  reason: z.string().max(500),
});

export type CanaryRequest = z.output<typeof canaryRequest>;

/** The KV buckets of runs, rollouts and requests for a canary. */
export const BUCKETS = { runs: 'runs', rollout: 'rollout', canaries: 'canaries' } as const;

/** The registered model in MLflow, and the tag by which a run's MLflow run is found. */
export const REGISTERED_MODEL = 'downline';
