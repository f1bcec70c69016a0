import { beforeAll, expect, test } from 'vitest';
import type { Objects } from '../clients/s3/mod.ts';
import { startS3 } from '../host/testing.ts';
import { getManifest, keyOf, listManifests, putManifest, verifyManifest, versionOf, writeParquet, type ManifestDraft } from './mod.ts';

let objects: Objects;
beforeAll(async () => {
  objects = (await startS3()).objects();
});

async function draft(kind: 'clean' | 'production' = 'clean'): Promise<ManifestDraft> {
  const { key, ...facts } = await writeParquet(objects, `${kind}/x/part.parquet`, { a: 'integer' }, [{ a: 1 }]);
  return { kind, source: 'x', parents: [], files: [{ path: key, entity: 'x', partition: null, ...facts }], rows: { x: 1 }, quality: null, details: {}, commit: 'c1', createdAt: '2026-01-01T00:00:00Z' };
}

test('the same content has the same version, and publishing twice changes nothing', async () => {
  const one = await draft();
  const first = await putManifest(objects, one);
  const second = await putManifest(objects, { ...one, createdAt: '2027-01-01T00:00:00Z', commit: 'c2' });
  expect(second).toEqual(first);
  expect(versionOf({ ...one, details: { seed: 1 } })).not.toBe(first.version);
  expect(await getManifest(objects, first.version)).toEqual(first);
  expect((await listManifests(objects, 'clean')).map((each) => each.version)).toEqual([first.version]);
  expect(await listManifests(objects, 'raw')).toEqual([]);
});

test('a sound version has no defects; a changed, shortened or absent file is named', async () => {
  const sealed = await putManifest(objects, await draft('production'));
  expect(await verifyManifest(objects, sealed.version)).toEqual([]);
  const key = keyOf(sealed, sealed.files[0]!);
  const body = (await objects.get(key)).slice();
  const changed = body.slice();
  changed[5] = changed[5]! ^ 1;
  await objects.put(key, changed);
  expect(await verifyManifest(objects, sealed.version)).toEqual([{ key, defect: 'hash' }]);
  await objects.put(key, body.subarray(1));
  expect(await verifyManifest(objects, sealed.version)).toEqual([{ key, defect: 'size' }]);
  await objects.remove(key);
  expect(await verifyManifest(objects, sealed.version)).toEqual([{ key, defect: 'absent' }]);
});

test('a tampered, truncated or foreign manifest is refused', async () => {
  const sealed = await putManifest(objects, { ...await draft(), source: 'tampered' });
  const path = `manifests/${sealed.version}.json`;
  await objects.put(path, JSON.stringify({ ...sealed, rows: { x: 2 } }));
  await expect(getManifest(objects, sealed.version)).rejects.toMatchObject({ code: 'DATASET_INVALID' });
  await objects.put(path, JSON.stringify(sealed).slice(0, 60));
  await expect(getManifest(objects, sealed.version)).rejects.toMatchObject({ code: 'DATASET_INVALID' });
  await expect(getManifest(objects, '../../etc/passwd')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await expect(getManifest(objects, 'clean-0000000000000000')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await expect(putManifest(objects, { ...await draft(), files: [{ path: '../up', entity: 'x', partition: null, sha256: sealed.files[0]!.sha256, bytes: 1, rows: 1 }] })).rejects.toThrow();
});

test('a dataset lies below its own version', async () => {
  const sealed = await putManifest(objects, { ...await draft(), kind: 'dataset' });
  expect(keyOf(sealed, { path: 'rows/a.parquet' })).toBe(`datasets/${sealed.version}/rows/a.parquet`);
});
