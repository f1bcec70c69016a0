import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Objects } from '../clients/s3/mod.ts';
import { isDownlineError, DownlineError } from '../errors/mod.ts';
import { digestOf } from '../events/mod.ts';

/** The files of one bundle. What is read may be damaged: the reader checks hashes. */
export interface BundleFiles { read(name: string, sha256: string): Promise<Uint8Array> }

/** Folder of a bundle in the lake: `bundles/<hex>`. Throws `BUNDLE_INVALID` for what is not a digest. */
export function bundlePrefix(digest: string): string {
  const hex = /^sha256:([0-9a-f]{64})$/.exec(digest)?.[1];
  if (hex === undefined) throw new DownlineError('BUNDLE_INVALID', `${digest.slice(0, 100)} is not the digest of a bundle (sha256:<64 hex>)`);
  return `bundles/${hex}`;
}

/**
 * Files of a bundle from the lake, kept under `<home>/bundles/<hex>/`: a
 * revision that starts again needs no S3. A kept file that is damaged is
 * fetched anew. Files appear whole (written beside, then renamed).
 */
export function keptFiles(objects: Objects, digest: string, home: string): BundleFiles {
  const prefix = bundlePrefix(digest);
  return {
    async read(name, sha256) {
      const kept = join(home, prefix, name);
      const found = await readFile(kept).catch(() => null);
      if (found !== null && digestOf(found) === sha256) return found;
      const bytes = await objects.get(`${prefix}/${name}`).catch((error: unknown) => {
        if (isDownlineError(error, 'NOT_FOUND')) throw new DownlineError('BUNDLE_INVALID', `bundle ${digest}: ${name} is not in the lake`, { ids: { bundle: digest }, cause: error });
        throw error;
      });
      if (digestOf(bytes) === sha256) await keep(kept, bytes);
      return bytes;
    },
  };
}

async function keep(path: string, bytes: Uint8Array): Promise<void> {
  const beside = `${path}.${randomUUID()}`;
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(beside, bytes);
    await rename(beside, path);
  } catch {
    // A full or read-only disk costs a download at the next start, not the answer.
    await rm(beside, { force: true }).catch(() => undefined);
  }
}
