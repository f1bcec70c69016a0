import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Objects } from '../../clients/s3/mod.ts';
import { startS3 } from '../../host/testing.ts';
import { flightCells, writeSource } from '../testing.ts';
import { filesOf, ingestNycflights13, keyOf, lakeFeed, listManifests, scanParquet, verifyManifest, type Ingested } from '../mod.ts';
import { z } from 'zod';

let newObjects: () => Objects;
let objects: Objects;
let folder: string;

const WEATHER = [
  'EWR,2013,1,1,5,39.02,26.06,59.37,270,10.357019999999999,NA,0,1e3,10,2013-01-01T10:00:00Z',
  'EWR,2013,1,1,6,39.02,26.06,59.37,270,1048.36058,NA,0,1012,10,2013-01-01T11:00:00Z',
  'EWR,2013,1,1,6,39.02,26.06,59.37,270,9,NA,0,1012,10,2013-01-01T11:00:00Z',
];

beforeAll(async () => {
  const s3 = await startS3();
  newObjects = () => s3.objects();
});
beforeEach(async () => {
  objects = newObjects();
  folder = await mkdtemp(join(tmpdir(), 'downline-source-'));
  await writeSource(folder, [
    flightCells().join(), flightCells({ flight: '2', month: '2' , time_hour: '2013-02-01T10:00:00Z' }).join(), flightCells().join(), flightCells({ sched_dep_time: '2599' }).join(),
    flightCells({ flight: '3', dep_time: 'NA', dep_delay: 'NA', arr_time: 'NA', arr_delay: 'NA', air_time: 'NA', tailnum: 'NA' }).join(), 'truncated,li',
  ], WEATHER);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const run = (into: Objects = objects, createdAt = '2026-01-01T00:00:00Z'): Promise<Ingested> => ingestNycflights13(into, { folder, commit: 'test', createdAt });

test('a source comes into the lake: clean, quarantine, report, lineage', async () => {
  const { raw, clean, repeated } = await run();
  expect(repeated).toBe(false);
  expect(clean.parents).toEqual([raw.version]);
  expect(clean.rows).toEqual({ flights: 3, weather: 2, planes: 2, airports: 5, airlines: 1 });
  expect(clean.quality?.states).toEqual({ operated: 2, cancelled: 1, diverted: 0, 'never-arrived': 0 });
  expect(filesOf(clean, 'flights').map(({ partition, rows }) => [partition, rows])).toEqual([['2013-01', 2], ['2013-02', 1]]);
  expect(clean.files.every(({ path }) => /^(clean|quarantine)\/nycflights13\/(flights|weather|planes|airports|airlines)([/-])/.test(path))).toBe(true);
  const rules = clean.quality?.entities.find(({ entity }) => entity === 'flights')?.rules.filter(({ rows }) => rows > 0);
  expect(rules).toEqual([
    { rule: 'malformed-line', severity: 'quarantine', rows: 1 }, { rule: 'impossible-time', severity: 'quarantine', rows: 1 }, { rule: 'duplicate-flight', severity: 'quarantine', rows: 1 },
    { rule: 'cancelled', severity: 'note', rows: 1 }, { rule: 'missing-tail', severity: 'note', rows: 1 },
  ]);
  const bad: unknown[] = [];
  for (const file of filesOf(clean, 'quarantine/flights')) for await (const row of scanParquet(objects, keyOf(clean, file), z.object({ line: z.number(), reason: z.string(), text: z.string() }))) bad.push(row);
  expect(bad).toMatchObject([{ line: 4, reason: 'duplicate-flight' }, { line: 5, reason: 'impossible-time' }, { line: 7, reason: 'malformed-line: 2 cells, want 19', text: 'truncated,li' }]);
  for (const { version } of [raw, clean]) expect(await verifyManifest(objects, version)).toEqual([]);
  const reader = lakeFeed(objects, clean.version);
  expect((await reader.flights('2013-01-01')).map(({ number }) => number)).toEqual([1545, 3]);
  expect(await reader.flights('2013-06-01')).toEqual([]);
  const hour = Date.parse('2013-01-01T11:00Z') / 60_000;
  expect(await reader.weather(hour, hour + 60)).toMatchObject([{ airport: 'EWR', windSpeed: null, pressure: 1012 }]);
  expect((await reader.planes()).get('N24211')).toEqual({ built: null, seats: 149 });
});

test('the same source again changes nothing; a lost object is put back', async () => {
  const first = await run();
  const keys = await objects.list('');
  const second = await run(objects, '2027-01-01T00:00:00Z');
  expect(second).toEqual({ ...first, repeated: true });
  expect(await objects.list('')).toEqual(keys);
  await objects.remove(keyOf(first.clean, filesOf(first.clean, 'weather')[0]!));
  expect(await run()).toEqual(first);
  expect(await verifyManifest(objects, first.clean.version)).toEqual([]);
});

test('broken off at any put, then repeated, it ends as if undisturbed, and never shows half a version', async () => {
  const undisturbed = await run();
  const wanted = (await objects.list('')).length;
  // At the first file, after the raw manifest, among the clean files, and before the last manifest.
  for (const allowed of [0, 6, 9, wanted - 1]) {
    const broken = newObjects();
    let puts = 0;
    await expect(run({ ...broken, put: (...put) => (puts++ < allowed ? broken.put(...put) : Promise.reject(new Error('power cut'))) })).rejects.toThrow('power cut');
    expect((await listManifests(broken, 'clean')).length).toBe(0);
    const repeated = await run(broken);
    expect(repeated.clean).toEqual(undisturbed.clean);
    expect(await broken.list('')).toEqual(await objects.list(''));
  }
});

test('damaged sources are refused as a whole, with the file named', async () => {
  await truncate(join(folder, 'flights.csv.zip'), 300);
  await expect(run()).rejects.toMatchObject({ code: 'DATASET_INVALID' });
  await writeFile(join(folder, 'weather.csv'), 'PK something else');
  await expect(run()).rejects.toMatchObject({ code: 'DATASET_INVALID', message: expect.stringContaining('weather.csv') as string });
  await rm(join(folder, 'planes.csv'));
  await expect(run()).rejects.toMatchObject({ code: 'PREREQUISITE_MISSING', message: expect.stringContaining('planes.csv') as string });
  expect(await listManifests(objects, 'clean')).toEqual([]);
});

test('it can be stopped', async () => {
  const stop = new AbortController();
  const running = ingestNycflights13(objects, { folder, commit: 'test', createdAt: '2026-01-01T00:00:00Z', signal: stop.signal });
  stop.abort();
  await expect(running).rejects.toThrow();
  expect(await listManifests(objects, 'clean')).toEqual([]);
});
