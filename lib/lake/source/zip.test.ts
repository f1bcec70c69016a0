import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { withScratch } from '../scratch.ts';
import { collect, zipOf } from '../testing.ts';
import { unzip } from './zip.ts';

const CONTENT = Buffer.from('a,b\n'.repeat(50_000));

async function unpack(archive: Uint8Array, name = 'flights.csv'): Promise<Buffer> {
  return withScratch(async (folder) => {
    const file = join(folder, 'x.zip');
    await writeFile(file, archive);
    return Buffer.concat(await collect(unzip(file, name)));
  });
}

test('gives what was packed', async () => {
  expect((await unpack(zipOf('flights.csv', CONTENT))).equals(CONTENT)).toBe(true);
});

test.each([
  ['truncated', zipOf('flights.csv', CONTENT).subarray(0, 200)],
  ['empty', Buffer.alloc(0)],
  ['no archive', Buffer.from('year,month\n2013,1\n')],
  ['of other content than its checksum', zipOf('flights.csv', CONTENT, { crc: 7 })],
  ['shorter than it claims', zipOf('flights.csv', CONTENT, { size: CONTENT.length + 1 })],
  ['longer than it claims', zipOf('flights.csv', CONTENT, { size: 3 })],
  ['a bomb by its own account', zipOf('flights.csv', CONTENT, { size: 4_000_000_000 })],
  ['without the file', zipOf('other.csv', CONTENT)],
  ['climbing out', zipOf('../flights.csv', CONTENT)],
])('an archive that is %s is refused', async (_what, archive) => {
  await expect(unpack(archive)).rejects.toMatchObject({ code: 'DATASET_INVALID' });
});

test('a flipped bit in the packed data is found', async () => {
  const archive = zipOf('flights.csv', CONTENT);
  archive[60] = archive[60]! ^ 4;
  await expect(unpack(archive)).rejects.toMatchObject({ code: 'DATASET_INVALID' });
});
