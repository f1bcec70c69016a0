import fc from 'fast-check';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, test, vi } from 'vitest';
import { z } from 'zod';
import type { Objects } from '../clients/s3/mod.ts';
import { startS3 } from '../host/testing.ts';
import { encodeParquet, queryParquet, readParquet, writeParquet, type Columns } from './mod.ts';

const COLUMNS = { id: 'integer', share: 'double', name: 'string', good: 'boolean' } as const satisfies Columns;
const ROW = z.object({ id: z.number().nullable(), share: z.number().nullable(), name: z.string().nullable(), good: z.boolean().nullable() });

let objects: Objects;
beforeAll(async () => {
  objects = (await startS3()).objects();
});

test('what is written is what is read', async () => {
  const cell = { id: fc.option(fc.maxSafeInteger()), share: fc.option(fc.double({ noNaN: true, noDefaultInfinity: true })), name: fc.option(fc.string({ unit: 'binary' })), good: fc.option(fc.boolean()) };
  await fc.assert(fc.asyncProperty(fc.array(fc.record(cell), { maxLength: 40 }), async (rows) => {
    const written = await writeParquet(objects, 'round/trip.parquet', COLUMNS, rows);
    expect(written.rows).toBe(rows.length);
    expect(await readParquet(objects, 'round/trip.parquet', ROW)).toEqual(rows);
  }), { numRuns: 8 });
});

test('more rows than a chunk keep their order, and give the same bytes again', async () => {
  const rows = Array.from({ length: 5000 }, (_, id) => ({ id, share: id / 7, name: `n${id}`, good: id % 2 === 0 }));
  const written = await writeParquet(objects, 'many.parquet', COLUMNS, rows);
  expect(await readParquet(objects, 'many.parquet', ROW)).toEqual(rows);
  expect((await encodeParquet(COLUMNS, rows)).sha256).toBe(written.sha256);
});

test('SQL over several objects', async () => {
  await writeParquet(objects, 'a.parquet', COLUMNS, [{ id: 1, name: 'x' }]);
  await writeParquet(objects, 'b.parquet', COLUMNS, [{ id: 2, name: 'x' }, { id: 3, name: 'y' }]);
  const answer = await queryParquet(objects, { t: ['a.parquet', 'b.parquet'] }, 'SELECT name, count(*) AS n, sum(id) AS s FROM t GROUP BY name ORDER BY name', z.object({ name: z.string(), n: z.number(), s: z.number() }));
  expect(answer).toEqual([{ name: 'x', n: 2, s: 3 }, { name: 'y', n: 1, s: 3 }]);
});

test('wrong input is named, and no temporary folder stays', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'downline-empty-'));
  vi.stubEnv('TMPDIR', folder);
  await objects.put('damaged.parquet', 'PAR1 this is none');
  await writeParquet(objects, 'other.parquet', { other: 'string' }, [{ other: 'x' }]);
  const { body } = await encodeParquet(COLUMNS, [{ id: 1 }]);
  await objects.put('truncated.parquet', body.subarray(0, body.length - 9));
  await expect(readParquet(objects, 'damaged.parquet', ROW)).rejects.toMatchObject({ code: 'DATASET_INVALID' });
  await expect(readParquet(objects, 'truncated.parquet', ROW)).rejects.toMatchObject({ code: 'DATASET_INVALID' });
  await expect(readParquet(objects, 'other.parquet', ROW)).rejects.toMatchObject({ code: 'DATASET_INVALID' });
  await expect(readParquet(objects, 'absent.parquet', ROW)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await expect(writeParquet(objects, 'x.parquet', COLUMNS, [{ id: 1.5 }])).rejects.toMatchObject({ code: 'DATASET_INVALID' });
  await expect(writeParquet(objects, 'x.parquet', COLUMNS, [{ share: NaN }])).rejects.toMatchObject({ code: 'DATASET_INVALID' });
  await expect(writeParquet(objects, 'x.parquet', COLUMNS, [{ name: 7 }])).rejects.toMatchObject({ code: 'DATASET_INVALID' });
  expect(await readdir(folder)).toEqual([]);
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});
