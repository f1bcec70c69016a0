import { z } from 'zod';
import type { Bus } from '../../lib/clients/nats/mod.ts';
import { ARCHIVED_STREAMS } from '../../lib/replay/mod.ts';

/** Last sequence of each stream. */
const sequences = z.object({ OPS: z.number().int(), ROTATIONS: z.number().int(), PREDICTIONS: z.number().int(), OUTCOMES: z.number().int() });
export type Sequences = z.output<typeof sequences>;

/**
 * How far a replay is archived (bucket `archive`, key = replay id). The plan is
 * written before the first file of a day: an archive that is killed meanwhile
 * writes the same files again, whatever came into the streams since.
 */
const archivePosition = z.object({
  /** Last day that is closed and published; null before the first. */
  day: z.string().nullable(),
  upTo: sequences,
  plan: z.object({ day: z.string(), upTo: sequences }).nullable(),
  /** Version of the last production manifest. */
  version: z.string().nullable(),
});
export type ArchivePosition = z.output<typeof archivePosition>;

const BUCKET = 'archive';

/** The position of a replay with its revision for the compare-and-swap; revision 0 before the first. */
export async function getPosition(bus: Bus, replay: string): Promise<{ position: ArchivePosition; revision: number }> {
  const found = await (await bus.records(BUCKET)).get(replay);
  if (found !== null) return { position: archivePosition.parse(found.value), revision: found.revision };
  const nothing = Object.fromEntries(ARCHIVED_STREAMS.map((stream) => [stream, 0])) as Sequences;
  return { position: { day: null, upTo: nothing, plan: null, version: null }, revision: 0 };
}

/** Stores a position over the revision that was read; returns the new revision. Throws `CONFLICT` when another instance was quicker. */
export async function putPosition(bus: Bus, replay: string, position: ArchivePosition, revision: number): Promise<number> {
  const records = await bus.records(BUCKET);
  return revision === 0 ? records.create(replay, position) : records.update(replay, position, revision);
}
