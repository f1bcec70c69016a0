import { z } from 'zod';
import { rollout } from '../events/mod.ts';

/** Answer of `GET /v1/rollout`: the record, the traffic and revisions as they are, and what the judge says now. Times in milliseconds. */
export const rolloutView = rollout.extend({
  traffic: z.array(z.object({ revision: z.string(), percent: z.number(), tag: z.string().optional() })),
  revisions: z.array(z.object({
    name: z.string(),
    environment: z.enum(['production', 'staging']),
    bundle: z.string(),
    ready: z.boolean(),
    restarts: z.number(),
    requests: z.number(),
    errors: z.number(),
    p50: z.number(),
    p99: z.number(),
  })),
  judge: z.object({ verdict: z.enum(['continue', 'promote', 'roll-back']), reason: z.string() }).nullable(),
});
