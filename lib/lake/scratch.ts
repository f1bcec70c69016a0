import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A new temporary folder, and what removes it. */
export async function openScratch(): Promise<{ folder: string; remove: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'downline-lake-'));
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}

/** Runs `work` with a new temporary folder, which is removed afterwards however `work` ends. */
export async function withScratch<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const { folder, remove } = await openScratch();
  try {
    return await work(folder);
  } finally {
    await remove();
  }
}
