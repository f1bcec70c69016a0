import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { digestOf } from '../lib/events/mod.ts';
import { bundleManifest, SERVING, type BundleFiles } from '../lib/model/mod.ts';
import { tinyFiles } from '../lib/model/testing/tiny.ts';

/** The bundle that is measured, with all its files in memory. */
export interface MeasuredBundle extends BundleFiles {
  readonly digest: string;
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** What it is, for the results: its name, size and bins. */
  readonly about: string;
}

/**
 * The bundle of a folder; without one, the newest that the home has kept and
 * that speaks the language of this code; without one, the tests' tiny one.
 */
export async function measuredBundle(home: string, folder?: string): Promise<MeasuredBundle> {
  if (folder !== undefined) return bundleOf(await readFolder(folder));
  for (const kept of await newestFirst(join(home, 'bundles'))) {
    const bundle = await readFolder(kept).then(bundleOf).catch(() => null);
    if (bundle !== null) return bundle;
  }
  return bundleOf(tinyFiles(SERVING).files);
}

async function newestFirst(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  const dated = await Promise.all(names.map(async (name) => ({ path: join(folder, name), at: (await stat(join(folder, name))).mtimeMs })));
  return dated.sort((a, b) => b.at - a.at).map(({ path }) => path);
}

async function readFolder(folder: string): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  for (const name of await readdir(folder)) if (/^[a-z0-9-]+\.(json|onnx)$/.test(name)) files.set(name, await readFile(join(folder, name)));
  return files;
}

/** Throws when `bundle.json` is absent, no manifest, or of another language; the product checks the rest as it loads. */
function bundleOf(files: ReadonlyMap<string, Uint8Array>): MeasuredBundle {
  const text = files.get('bundle.json');
  if (text === undefined) throw new Error('a bundle has a bundle.json');
  const { name, meaning, edges, graphs } = bundleManifest.parse(JSON.parse(Buffer.from(text).toString('utf8')));
  if (meaning !== SERVING.meaning || graphs === null) throw new Error(`the bundle ${name} is not of this code's features`);
  const bytes = graphs.m1.bytes + graphs.m2.bytes + graphs.m3.bytes;
  return {
    digest: digestOf(text), files, about: `${name}: three graphs of ${Math.round(bytes / 1024)} KiB together, ${edges.length - 1} bins`,
    read: (file) => Promise.resolve(files.get(file) ?? new Uint8Array()),
  };
}
