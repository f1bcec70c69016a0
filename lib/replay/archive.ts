import { z } from 'zod';
import type { Objects } from '../clients/s3/mod.ts';
import { DownlineError } from '../errors/mod.ts';
import { decodeEvent, type AnyEnvelope } from '../events/mod.ts';
import { filesOf, keyOf, listManifests, scanParquet, type Manifest } from '../lake/mod.ts';

/** Reading what `archive` keeps: every event of production, by stream and operating day, in stream order. */

/** The streams that are archived. */
export const ARCHIVED_STREAMS = ['OPS', 'ROTATIONS', 'PREDICTIONS', 'OUTCOMES'] as const;
export type ArchivedStream = (typeof ARCHIVED_STREAMS)[number];

/** A day closes at this minute of the next day (09:00Z): the night's last arrivals are in, the morning's first departure is not. */
export const DAY_CLOSES = 9 * 60;

/** The last operating day that is closed at an instant (UTC minutes). */
export function lastClosedDay(minute: number): string {
  const dayNumber = Math.floor((minute - DAY_CLOSES) / 1440) - 1;
  return new Date(dayNumber * 86_400_000).toISOString().slice(0, 10);
}

/** Columns that every archived stream has. */
export const archivedRow = z.looseObject({
  sequence: z.number().int().positive(),
  id: z.string(),
  kind: z.string(),
  known_at: z.number().int(),
  /** The CloudEvent as JSON text. */
  body: z.string(),
});
export type ArchivedRow = z.output<typeof archivedRow>;

/** The production manifests of a replay in the order of their days, to a day (inclusive) if given. */
export async function archivedDays(objects: Objects, replay: string, to?: string): Promise<Manifest[]> {
  return (await listManifests(objects, 'production'))
    .filter((manifest) => manifest.source === replay && (to === undefined || dayOf(manifest) <= to))
    .sort((a, b) => (dayOf(a) < dayOf(b) ? -1 : 1));
}

/** The operating day that a production manifest closes. */
export function dayOf(manifest: Manifest): string {
  return z.string().parse(manifest.details['day']);
}

/**
 * The archived rows of a stream in stream order: of a replay, some of its days
 * (default all). Throws `DATASET_INVALID` where sequences go back: a file that
 * should not be there.
 */
export async function* readArchive(
  objects: Objects,
  what: { readonly replay: string; readonly stream: ArchivedStream; readonly days?: readonly string[] },
): AsyncGenerator<ArchivedRow> {
  const manifests = (await archivedDays(objects, what.replay)).filter((manifest) => what.days?.includes(dayOf(manifest)) ?? true);
  yield* readArchivedDays(objects, manifests, what.stream);
}

/** As `readArchive`, of manifests that are at hand. */
export async function* readArchivedDays(objects: Objects, manifests: readonly Manifest[], stream: ArchivedStream): AsyncGenerator<ArchivedRow> {
  let last = 0;
  for (const manifest of manifests) {
    const files = filesOf(manifest, stream.toLowerCase()).toSorted((a, b) => firstSequence(a.path) - firstSequence(b.path));
    for (const file of files) {
      for await (const row of scanParquet(objects, keyOf(manifest, file), archivedRow)) {
        if (row.sequence <= last) throw new DownlineError('DATASET_INVALID', `${file.path} has the sequence ${row.sequence} after ${last}`, { ids: { version: manifest.version } });
        last = row.sequence;
        yield row;
      }
    }
  }
}

/** The event of an archived row. Throws `EVENT_INVALID`, `EVENT_UNKNOWN`. */
export function decodeArchived(row: Pick<ArchivedRow, 'body' | 'id'>): AnyEnvelope {
  let event: unknown;
  try {
    event = JSON.parse(row.body);
  } catch (error) {
    throw new DownlineError('EVENT_INVALID', `archived event ${row.id} is no JSON`, { ids: { id: row.id }, cause: error });
  }
  return decodeEvent(event);
}

/** The first sequence in a file's name, `<first>-<last>.parquet`. */
function firstSequence(path: string): number {
  return Number(/(\d+)-\d+\.parquet$/.exec(path)?.[1] ?? NaN);
}
