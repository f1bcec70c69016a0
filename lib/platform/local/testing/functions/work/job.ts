import { existsSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { JobHandle } from '../../../code.ts';

// A job for the tests of the local platform: succeeds, fails, or waits until a file says that it may go on.
const input = z.object({ fail: z.string().optional(), file: z.string().optional() });

export default async (given: unknown, job: JobHandle): Promise<unknown> => {
  const { fail, file } = input.parse(given);
  job.progress(0.5, 'half of it');
  if (fail !== undefined) throw new Error(fail);
  if (file !== undefined && !existsSync(file)) {
    writeFileSync(file, String(process.pid));
    await sleep(600_000);
  }
  return { environment: job.context.environment, bounds: await job.context.bus.bounds('OPS') };
};
