import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import type { Bus } from '../lib/clients/nats/mod.ts';
import type { Objects } from '../lib/clients/s3/mod.ts';
import { decodeEvent } from '../lib/events/mod.ts';
import { spanEvents } from '../lib/feed/mod.ts';
import { createHost, createRelay, type Context, type Relay } from '../lib/host/mod.ts';
import { startNats, startS3, type NatsServer, type S3Server } from '../lib/host/testing.ts';
import { encodeParquet, filesOf, getManifest, ingestNycflights13, keyOf, lakeFeed, putManifest, queryParquet, scanParquet, verifyManifest, type Manifest } from '../lib/lake/mod.ts';
import { flightCells, writeSource } from '../lib/lake/testing.ts';
import { MEANING } from '../lib/rotation/mod.ts';
import { archivedDays, auditParity, runConductor } from '../lib/replay/mod.ts';
import archive from './archive/handler.ts';
import type { DatasetOutput } from './dataset/input.ts';
import dataset from './dataset/job.ts';
import { addDays, daysBetween } from './dataset/split.ts';
import track from './track/handler.ts';

// The way of production's events into a dataset: conductor → track → archive → dataset, over real NATS and S3.

const [HISTORY_FROM, FROM, TO] = ['2013-05-16', '2013-05-31', '2013-06-02'];
const REPLAY = 'p1';
/** 09:00Z after the last but one day: it is closed then. */
const AS_OF = Date.parse(TO) / 60_000 + 540;
const input = { run: 'run-1', replay: REPLAY, asOf: AS_OF, rows: 400, seed: 13, historyFrom: HISTORY_FROM };
let nats: NatsServer;
let s3: S3Server;
let bus: Bus;
let objects: Objects;
let folder: string;
let lake: Manifest;
let relays: Relay[];

beforeAll(async () => {
  [nats, s3, folder] = await Promise.all([startNats(), startS3(), mkdtemp(join(tmpdir(), 'downline-source-'))]);
  bus = await nats.connect();
  objects = s3.objects();
  await writeSource(folder, daysBetween(HISTORY_FROM, addDays(TO, 1)).flatMap(flightsOf));
  lake = (await ingestNycflights13(objects, { folder, commit: 'test', createdAt: '2026-01-01T00:00:00Z' })).clean;
  relays = await Promise.all([[track, 'OPS', ['ops.>']] as const, [archive, 'ROTATIONS', ['clock.>']] as const].map(async ([definition, stream, subjects]) => {
    const host = createHost(definition, contextOf(objects));
    await host.start();
    const relay = createRelay({ bus, name: definition.name, trigger: { stream, subjects }, sink: (request) => host.fetch(request), log });
    await relay.start();
    return relay;
  }));
  const started = { from: FROM, to: TO, historyFrom: HISTORY_FROM, lake: lake.version, seed: 13 };
  await runConductor({
    bus, feed: spanEvents(lakeFeed(objects, lake.version), { from: FROM, to: TO, seed: 13 }), replay: REPLAY, started, speed: 0, disorder: 0.2, seed: 13,
    clockWaits: () => Promise.resolve(false), signal: new AbortController().signal, log,
  }).done;
});
afterAll(async () => {
  await Promise.all(relays.map((relay) => relay.stop()));
  await Promise.all([nats.stop(), s3.stop(), rm(folder, { recursive: true, force: true })]);
});

const log = pino({ level: 'silent' });
const contextOf = (over: Objects): Context => ({ bus, objects: over, log, commit: 'test', image: 'test', environment: 'production' }) as unknown as Context;
const make = (changes: object = {}, over = objects, signal = new AbortController().signal): Promise<DatasetOutput> =>
  dataset({ ...input, ...changes }, { context: contextOf(over), progress: () => undefined, signal });

/** Ten flights of a day: two aircraft of the carrier, some late, one cancelled now and then. */
function flightsOf(day: string): string[] {
  const [year, month, date] = day.split('-').map(Number);
  return Array.from({ length: 10 }, (_, index) => {
    const hour = 6 + Math.floor(index / 2) * 3;
    const delay = (Number(date) * 7 + index * 13) % 45 - 5;
    const clock = (minutes: number): string => String(Math.floor(minutes / 60) % 24 * 100 + minutes % 60);
    const cancelled = (Number(date) + index) % 17 === 0;
    const changes = {
      year: String(year), month: String(month), day: String(date), flight: String(100 + index), tailnum: index % 2 === 0 ? 'N14228' : 'N24211',
      sched_dep_time: `${hour}00`, sched_arr_time: clock(hour * 60 + 180), hour: String(hour), minute: '0', time_hour: `${day}T${String(hour + 4).padStart(2, '0')}:00:00Z`,
      dep_delay: String(delay), dep_time: clock(hour * 60 + delay), arr_delay: String(delay - 4), arr_time: clock(hour * 60 + 180 + delay - 4), air_time: '200',
    };
    return flightCells(cancelled ? { ...changes, dep_time: 'NA', dep_delay: 'NA', arr_time: 'NA', arr_delay: 'NA', air_time: 'NA' } : changes).join();
  });
}

async function rowsOf<S extends z.ZodType>(version: string, entity: string, sql: string, schema: S): Promise<z.output<S>[]> {
  const manifest = await getManifest(objects, version);
  return queryParquet(objects, { t: filesOf(manifest, entity).map((file) => keyOf(manifest, file)) }, sql, schema);
}

test('a dataset of history and production, with every logged vector computed again', async () => {
  const made = await make();
  expect(made.parity.messages).toBeGreaterThan(100);
  expect(made.parity.vectors).toBeGreaterThan(100);
  const manifest = await getManifest(objects, made.version);
  const production = await archivedDays(objects, REPLAY, addDays(TO, -1));
  expect(manifest.parents).toEqual([lake.version, ...production.map((one) => one.version)].sort());
  expect(await verifyManifest(objects, made.version)).toEqual([]);
  expect(manifest.details).toMatchObject({ meaning: MEANING, rowsBySplit: made.rows });
  const count = z.object({ split: z.string(), day: z.string(), rows: z.number(), unlabelled: z.number() });
  const counts = await rowsOf(made.version, 'rows', `SELECT split, day, count(*) AS rows, count(*) FILTER (y_departure IS NULL AND y_cancelled = 0) AS unlabelled FROM t GROUP BY ALL ORDER BY day`, count);
  expect(counts.every((row) => made.days[row.split as 'train'].includes(row.day) && row.unlabelled === 0)).toBe(true);
  expect(Math.max(...counts.filter((row) => row.split === 'test').map((row) => Date.parse(row.day)))).toBeGreaterThanOrEqual(Date.parse(FROM));
  // Every message that the evaluation gets is an event of the contract, with the outcomes of its legs beside it.
  const outcomes = new Set((await rowsOf(made.version, 'outcomes', 'SELECT * FROM t', z.object({ flight: z.string(), body: z.string() }))).map((row) => row.flight));
  for (const { body } of await rowsOf(made.version, 'messages', 'SELECT * FROM t', z.object({ body: z.string() }))) {
    const event = decodeEvent(JSON.parse(body));
    if (event.kind !== 'rotation.changed') throw new Error(event.kind);
    for (const leg of event.data.legs) if (leg.features !== null) expect(outcomes.has(leg.flight)).toBe(true);
  }
});

test('the audit finds every archived vector as the archived events give it', async () => {
  const report = await auditParity(objects, REPLAY);
  expect(report).toMatchObject({ mismatches: 0, older: 0, examples: [] });
  expect(report.days.at(-1)).toBe(TO);
  expect(report.vectors).toBeGreaterThan(100);
  await expect(auditParity(objects, 'nobody')).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

test('the same input gives the same version; other labels, rows or instants another', async () => {
  const first = await make();
  const again = await make({ run: 'run-2' });
  expect(again).toEqual(first);
  const shuffled = await make({ shuffleLabels: true });
  expect(shuffled.version).not.toBe(first.version);
  expect(shuffled.rows).toEqual(first.rows);
  const label = z.object({ message: z.string(), flight: z.string(), y: z.number().nullable() });
  const sql = (split: string): string => `SELECT message, flight, y_departure AS y FROM t WHERE split = '${split}' ORDER BY ALL`;
  // The test is on the truth.
  expect(await rowsOf(shuffled.version, 'rows', sql('test'), label)).toEqual(await rowsOf(first.version, 'rows', sql('test'), label));
  expect(await rowsOf(shuffled.version, 'rows', sql('train'), label)).not.toEqual(await rowsOf(first.version, 'rows', sql('train'), label));
});

test('killed anywhere, it leaves no version behind, and then makes the same one', async () => {
  const stop = new AbortController();
  let puts = 0;
  const dying: Objects = { ...objects, put: (...args) => (puts++ < 1 ? objects.put(...args) : Promise.reject(new Error('killed'))) };
  const changes = { rows: 300 };
  await expect(make(changes, dying)).rejects.toThrow('killed');
  const expected = await make(changes);
  stop.abort(new Error('stopped'));
  await expect(make(changes, objects, stop.signal)).rejects.toThrow('stopped');
  expect(await make(changes)).toEqual(expected);
});

test('a logged vector that is not what the events give blocks the dataset', async () => {
  const [day] = (await archivedDays(objects, REPLAY)).slice(1);
  const file = filesOf(day!, 'rotations')[0]!;
  const rows = [];
  let altered = 0;
  for await (const row of scanParquet(objects, keyOf(day!, file), z.record(z.string(), z.union([z.string(), z.number(), z.null()])))) {
    const body = String(row['body']);
    const changed = altered === 0 ? body.replace(/"features":\[[\d.-]+,/, '"features":[123456.5,') : body;
    if (changed !== body) altered += 1;
    rows.push({ ...row, body: changed });
  }
  expect(altered).toBe(1);
  const columns = Object.fromEntries(Object.keys(rows[0]!).map((name) => [name, ['sequence', 'known_at', 'ops_sequence'].includes(name) ? 'integer' as const : 'string' as const]));
  const forged = s3.objects('forged');
  for (const { key } of await objects.list('')) await forged.put(key, await objects.get(key));
  const { body, sha256, bytes, rows: count } = await encodeParquet(columns, rows);
  await forged.put(file.path, body);
  await forged.remove(`manifests/${day!.version}.json`);
  await putManifest(forged, { ...day!, files: day!.files.map((one) => (one.path === file.path ? { ...one, sha256, bytes, rows: count } : one)) });
  await expect(make({}, forged)).rejects.toMatchObject({ code: 'DATASET_INVALID', message: expect.stringContaining('123456.5') as string });
});

test('wrong, empty and hostile input is refused with its field', async () => {
  for (const wrong of [null, {}, { ...input, rows: -1 }, { ...input, rows: 1e12 }, { ...input, asOf: 'yesterday' }, { ...input, historyFrom: '2013-5-1' }, { ...input, replay: 'x'.repeat(1e5) }]) {
    await expect(dataset(wrong, { context: contextOf(objects), progress: () => undefined, signal: new AbortController().signal })).rejects.toMatchObject({ code: 'BAD_REQUEST' });
  }
  await expect(make({ replay: 'nobody' })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await expect(make({ historyFrom: '2013-05-30' })).rejects.toMatchObject({ code: 'DATASET_INVALID' });
});
