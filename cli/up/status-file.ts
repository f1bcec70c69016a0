import { join } from 'node:path';
import { z } from 'zod';
import { readState, writeAtomic } from '../../lib/embedded/mod.ts';

const status = z.object({
  address: z.string(),
  startedAt: z.string(),
  phase: z.string(),
  servers: z.array(z.object({ name: z.string(), state: z.enum(['starting', 'ready', 'stopped']), pid: z.number().nullable(), restarts: z.number(), log: z.string() })),
  mlflow: z.string().nullable(),
  ray: z.string().nullable(),
  replay: z.object({ id: z.string(), status: z.string(), waiting: z.string().nullable(), day: z.string().nullable(), eventsPerSecond: z.number() }).nullable(),
});

/** What a running `up` tells `status` and `doctor` in `<home>/status.json`. */
export type UpStatus = z.output<typeof status>;

export function writeStatus(home: string, value: UpStatus): void {
  writeAtomic(join(home, 'status.json'), JSON.stringify(value, null, 2));
}

export function readStatus(home: string): UpStatus | null {
  return readState(join(home, 'status.json'), status);
}
