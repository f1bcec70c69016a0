import { z } from 'zod';
import { run } from '../events/mod.ts';

/** Answer of `GET /v1/runs`, newest first. */
export const runList = z.object({ runs: z.array(run) });
