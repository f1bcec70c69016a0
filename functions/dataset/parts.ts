import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Objects } from '../../lib/clients/s3/mod.ts';
import { encodeParquet, keyOf, putManifest, sealManifest, type Columns, type Manifest, type ManifestDraft, type ManifestFile, type Row } from '../../lib/lake/mod.ts';

/** Rows of a part: about 10 MB of Parquet, and what is held in memory meanwhile. */
const PART_ROWS = 30_000;

/**
 * The files of a version that is being made. They lie in a temporary folder
 * until the version is known, since it is the hash of them all.
 */
export class Parts {
  readonly #folder: string;
  readonly #files: ManifestFile[] = [];

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async open(): Promise<Parts> {
    return new Parts(await mkdtemp(join(tmpdir(), 'downline-dataset-')));
  }

  /** Adds a file of an entity. */
  async add(path: string, entity: string, columns: Columns, rows: Iterable<Row>): Promise<void> {
    const { body, sha256, bytes, rows: count } = await encodeParquet(columns, rows);
    await writeFile(join(this.#folder, String(this.#files.length)), body);
    this.#files.push({ path, entity, partition: null, sha256, bytes, rows: count });
  }

  /** Rows of an entity so far. */
  rowsOf(entity: string): number {
    return this.#files.reduce((sum, file) => sum + (file.entity === entity ? file.rows ?? 0 : 0), 0);
  }

  /** Puts every file under the version's root, then the manifest: a version that has one is complete. */
  async publish(objects: Objects, draft: Omit<ManifestDraft, 'files'>): Promise<Manifest> {
    const sealed = sealManifest({ ...draft, files: this.#files });
    for (const [index, file] of this.#files.entries()) {
      await objects.put(keyOf(sealed, file), await readFile(join(this.#folder, String(index))), 'application/vnd.apache.parquet');
    }
    return putManifest(objects, { ...draft, files: this.#files });
  }

  async close(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** A batch of rows that are made when they are written: as objects they are large. */
export interface RowBatch { readonly count: number; readonly make: () => Iterable<Row> }

/** Collects batches of rows and cuts them into parts, `rows/part-000.parquet` and so on. */
export class RowParts {
  readonly #parts: Parts;
  readonly #columns: Columns;
  #pending: RowBatch[] = [];
  #rows = 0;
  #count = 0;

  constructor(parts: Parts, columns: Columns) {
    this.#parts = parts;
    this.#columns = columns;
  }

  push(batch: RowBatch): void {
    this.#pending.push(batch);
    this.#rows += batch.count;
  }

  /** Writes a part when there is enough for one, or all that is left; call it often. */
  async drain(all = false): Promise<void> {
    if (this.#rows === 0 || (this.#rows < PART_ROWS && !all)) return;
    const batches = this.#pending;
    this.#pending = [];
    this.#rows = 0;
    await this.#parts.add(`rows/part-${String(this.#count++).padStart(3, '0')}.parquet`, 'rows', this.#columns, flat(batches));
  }
}

function* flat(batches: readonly RowBatch[]): Generator<Row> {
  for (const batch of batches) yield* batch.make();
}
