import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What code runs: its digest (what an image's digest is on a cluster) and its commit. */
export interface Release { readonly image: string; readonly commit: string }

const CODE = ['functions', 'lib', 'package-lock.json', 'stack.yml'];

/** The release of a checkout: SHA-256 over the names and contents of the code that serves, tests left out. */
export function releaseOf(root: string): Release {
  const hash = createHash('sha256');
  for (const path of CODE.flatMap((entry) => filesOf(root, entry)).sort()) {
    hash.update(path).update('\0').update(createHash('sha256').update(readFileSync(join(root, path))).digest());
  }
  return { image: `sha256:${hash.digest('hex')}`, commit: commitOf(root) };
}

function filesOf(root: string, entry: string): string[] {
  if (!entry.includes('.')) {
    return readdirSync(join(root, entry), { recursive: true, withFileTypes: true })
      .filter((file) => file.isFile() && !/\.test\.ts$|(^|\/)__pycache__/.test(file.name))
      .map((file) => join(file.parentPath, file.name).slice(root.length + 1));
  }
  return [entry];
}

function commitOf(root: string): string {
  try {
    return execFileSync('git', ['rev-parse', 'HEAD'], { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    // A copy without its history still has its digest.
    return 'unknown';
  }
}
