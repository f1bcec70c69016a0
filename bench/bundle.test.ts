import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openBundle, SERVING } from '../lib/model/mod.ts';
import { tinyFiles } from '../lib/model/testing/tiny.ts';
import { measuredBundle } from './bundle.ts';

let home: string;
beforeAll(async () => { home = await mkdtemp(join(tmpdir(), 'downline-bench-bundle-')); });
afterAll(() => rm(home, { recursive: true, force: true }));

async function keep(name: string, files: ReadonlyMap<string, Uint8Array>, minute: number): Promise<string> {
  const folder = join(home, 'bundles', name);
  await mkdir(folder, { recursive: true });
  for (const [file, bytes] of files) await writeFile(join(folder, file), bytes);
  await utimes(folder, minute * 60, minute * 60);
  return folder;
}

it('is the tiny one in an empty home, and opens', async () => {
  const bundle = await measuredBundle(home);
  expect(bundle.digest).toBe(tinyFiles(SERVING).digest);
  await (await openBundle(bundle.digest, bundle, SERVING)).close();
});

it('is the newest kept one of this code: damaged, foreign and unfinished ones are passed over, but not when they are asked for', async () => {
  await keep('older', tinyFiles(SERVING, { name: 'older' }).files, 1);
  await keep('newer', tinyFiles(SERVING, { name: 'newer' }).files, 2);
  const foreign = await keep('foreign', tinyFiles(SERVING, { meaning: 'another' }).files, 3);
  await keep('unfinished', new Map(), 4);
  await keep('damaged', new Map([['bundle.json', Buffer.from('{')]]), 5);
  expect((await measuredBundle(home)).about).toMatch(/^newer: /);
  expect((await measuredBundle('/nowhere', join(home, 'bundles', 'older'))).about).toMatch(/^older: /);
  await expect(measuredBundle(home, foreign)).rejects.toThrow("not of this code's features");
  await expect(measuredBundle(home, join(home, 'nowhere'))).rejects.toThrow('ENOENT');
});
