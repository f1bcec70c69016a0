import { parentPort, workerData } from 'node:worker_threads';
import { z } from 'zod';
import { toDownlineError } from '../../errors/mod.ts';
import { cleanNycflights13 } from './nycflights13.ts';

/** A thread of its own: cleaning a year is seconds of work that nobody else should wait for. */
const { folder, output } = z.object({ folder: z.string(), output: z.string() }).parse(workerData);
try {
  parentPort?.postMessage({ cleaned: await cleanNycflights13(folder, output) });
} catch (error) {
  const { code, message, ids } = toDownlineError(error);
  parentPort?.postMessage({ error: { code, message, ids } });
}
