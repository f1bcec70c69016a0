import { DownlineError } from '../../lib/errors/mod.ts';
import type { Envelope } from '../../lib/events/mod.ts';
import type { Context } from '../../lib/host/mod.ts';
import { encodeParquet, putManifest, type ManifestFile, type Row } from '../../lib/lake/mod.ts';
import { ARCHIVED_STREAMS, lastClosedDay, type ArchivedStream } from '../../lib/replay/mod.ts';
import { ARCHIVE_COLUMNS, archiveRow } from './columns.ts';
import { getPosition, putPosition, type Sequences } from './position.ts';

/** A file is closed at this many rows, or characters of events: what one Parquet file may take of memory. */
const FILE_ROWS = 20_000;
const FILE_CHARACTERS = 24_000_000;

/** Subjects of a replay in each archived stream. */
const SUBJECTS: { readonly [S in ArchivedStream]: readonly string[] } = {
  OPS: ['ops'],
  ROTATIONS: ['rotation', 'outcome', 'clock'],
  PREDICTIONS: ['prediction'],
  OUTCOMES: ['label', 'alert', 'feedback'],
};

/**
 * Closes the operating day that ends with a tick: everything that the streams
 * hold since the last close goes to Parquet, then a manifest, then the position
 * advances. Killed anywhere, it does the same again; a day that is closed is
 * passed over. OPS and ROTATIONS are cut exactly at the tick.
 */
export async function closeDay(context: Context, tick: Envelope<'track.ticked'>): Promise<void> {
  const { bus, objects, log, commit } = context;
  const { replay } = tick;
  const began = performance.now();
  const day = lastClosedDay(tick.data.now);
  const { position, revision } = await getPosition(bus, replay);
  if (position.day !== null && position.day >= day) return;
  let current = revision;
  let plan = position.plan;
  if (plan?.day !== day) {
    plan = { day, upTo: await endOf(context, tick) };
    current = await putPosition(bus, replay, { ...position, plan }, current);
  }
  const files: ManifestFile[] = [];
  for (const stream of ARCHIVED_STREAMS) {
    for await (const file of writeStream(context, { replay, stream, day, from: position.upTo[stream] + 1, to: plan.upTo[stream] })) files.push(file);
  }
  const manifest = await putManifest(objects, {
    kind: 'production',
    source: replay,
    parents: [await lakeOf(context, replay)],
    files,
    rows: Object.fromEntries(ARCHIVED_STREAMS.map((stream) => [stream.toLowerCase(), files.filter((file) => file.entity === stream.toLowerCase()).reduce((sum, file) => sum + (file.rows ?? 0), 0)])),
    quality: null,
    details: { day, after: position.upTo, upTo: plan.upTo },
    commit,
    createdAt: new Date().toISOString(),
  });
  await putPosition(bus, replay, { day, upTo: plan.upTo, plan: null, version: manifest.version }, current);
  log.info({ replay, day, version: manifest.version, files: files.length, rows: manifest.rows, ms: Math.round(performance.now() - began) }, 'day archived');
}

/** Where the streams stand at the tick. */
async function endOf({ bus }: Context, tick: Envelope<'track.ticked'>): Promise<Sequences> {
  if (tick.sequence === undefined) throw new DownlineError('EVENT_INVALID', 'a tick without its sequence cannot close a day', { ids: { id: tick.id } });
  return {
    OPS: tick.data.sequence,
    ROTATIONS: tick.sequence,
    PREDICTIONS: (await bus.bounds('PREDICTIONS')).last,
    OUTCOMES: (await bus.bounds('OUTCOMES')).last,
  };
}

/** Version of the clean data that a replay began from. */
async function lakeOf({ bus }: Context, replay: string): Promise<string> {
  const started = await bus.last('OPS', `ops.${replay}.replay.started`);
  if (started?.kind !== 'replay.started') throw new DownlineError('EVENT_INVALID', `${replay} has ticks but no beginning`, { ids: { replay } });
  return started.data.lake;
}

interface Part { readonly replay: string; readonly stream: ArchivedStream; readonly day: string; readonly from: number; readonly to: number }

/** Writes one stream's part of a day, file by file. */
async function* writeStream(context: Context, part: Part): AsyncGenerator<ManifestFile> {
  if (part.from > part.to) return;
  const subjects = SUBJECTS[part.stream].map((first) => `${first}.${part.replay}.>`);
  let rows: Row[] = [];
  let characters = 0;
  for await (const event of context.bus.read(part.stream, { from: part.from, to: part.to, subjects })) {
    const row = archiveRow(event, event.sequence!);
    rows.push(row);
    characters += (row['body'] as string).length;
    if (rows.length < FILE_ROWS && characters < FILE_CHARACTERS) continue;
    yield await writeFile(context, part, rows);
    rows = [];
    characters = 0;
  }
  if (rows.length > 0) yield await writeFile(context, part, rows);
}

async function writeFile({ objects }: Context, part: Part, rows: readonly Row[]): Promise<ManifestFile> {
  const entity = part.stream.toLowerCase();
  const path = `production/${part.replay}/${entity}/day=${part.day}/${String(rows[0]!['sequence'])}-${String(rows.at(-1)!['sequence'])}.parquet`;
  const { body, sha256, bytes, rows: count } = await encodeParquet(ARCHIVE_COLUMNS[part.stream], rows);
  await objects.put(path, body, 'application/vnd.apache.parquet');
  return { path, entity, partition: part.day, sha256, bytes, rows: count };
}
