import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createHost, type Context, type Host } from '../../lib/host/mod.ts';
import { startS3, type S3Server } from '../../lib/host/testing.ts';
import { putManifest, type Manifest } from '../../lib/lake/mod.ts';
import dataset from './handler.ts';

let s3: S3Server;
let host: Host;
let made: Manifest;

beforeAll(async () => {
  s3 = await startS3();
  const objects = s3.objects();
  made = await putManifest(objects, { kind: 'dataset', source: 'r1', parents: ['clean-0123456789abcdef'], files: [], rows: { rows: 0 }, quality: null, details: { seed: 1 }, commit: 'test', createdAt: '2026-01-01T00:00:00Z' });
  host = createHost(dataset, { objects, log: pino({ level: 'silent' }), commit: 'test', environment: 'production' } as unknown as Context);
  await host.start();
});
afterAll(() => s3.stop());

const get = async (path: string): Promise<[number, unknown]> => {
  const response = await host.fetch(new Request(`http://localhost${path}`));
  return [response.status, await response.json()];
};

test('tells the versions, and the whole manifest of one', async () => {
  expect(await get('/v1/data/datasets')).toMatchObject([200, { datasets: [{ version: made.version, replay: 'r1', details: { seed: 1 } }] }]);
  expect(await get(`/v1/data/datasets/${made.version}`)).toEqual([200, JSON.parse(JSON.stringify(made))]);
});

test('unknown versions, hostile names and limits get a problem', async () => {
  expect(await get('/v1/data/datasets/dataset-0000000000000000')).toMatchObject([404, { code: 'NOT_FOUND' }]);
  expect(await get('/v1/data/datasets/..%2F..%2Fsecret')).toMatchObject([404, { code: 'NOT_FOUND' }]);
  expect(await get(`/v1/data/datasets/${'a'.repeat(500)}`)).toMatchObject([400, { code: 'BAD_REQUEST' }]);
  expect(await get('/v1/data/datasets?limit=1e9')).toMatchObject([400, { code: 'BAD_REQUEST' }]);
});
