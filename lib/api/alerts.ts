import { z } from 'zod';
import { alertChanged } from '../events/mod.ts';

/** Answer of `GET /v1/alerts`: alerts by urgency, and the share of a day's rotations that may be alerted. */
export const alertList = z.object({ alerts: z.array(alertChanged), budget: z.number() });
