import type { DuckDBConnection } from '@duckdb/node-api';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Objects } from '../clients/s3/mod.ts';
import { DownlineError } from '../errors/mod.ts';
import { digestOf } from '../events/mod.ts';
import { identifier, literal, openDatabase, select, withDatabase } from './database.ts';
import { Table, type Columns, type Row } from './table.ts';

/** A Parquet file as bytes, with what a manifest says of it. */
export interface Encoded {
  readonly body: Uint8Array;
  /** `sha256:<hex>` of the body. */
  readonly sha256: string;
  readonly bytes: number;
  readonly rows: number;
}

/** What was written where. */
export type Written = Omit<Encoded, 'body'> & { readonly key: string };

/** Rows as a Parquet file (zstd); the same rows give the same bytes. Rows are taken one by one, the file must fit in memory. */
export async function encodeParquet(columns: Columns, rows: Iterable<Row> | AsyncIterable<Row>): Promise<Encoded> {
  return withDatabase(async ({ connection, folder }) => {
    const table = await Table.create(connection, 'rows', columns);
    for await (const row of rows) await table.append(row);
    const file = join(folder, 'rows.parquet');
    await table.toParquet(file);
    const body = await readFile(file);
    return { body, sha256: digestOf(body), bytes: body.byteLength, rows: table.rows };
  });
}

/** Writes rows as a Parquet object. Throws `DATASET_INVALID` when a cell has another type than its column. */
export async function writeParquet(objects: Objects, key: string, columns: Columns, rows: Iterable<Row> | AsyncIterable<Row>): Promise<Written> {
  const { body, ...facts } = await encodeParquet(columns, rows);
  await objects.put(key, body, 'application/vnd.apache.parquet');
  return { key, ...facts };
}

/** The rows of a Parquet object, each checked. Throws `NOT_FOUND`, `DATASET_INVALID`. */
export async function readParquet<S extends z.ZodType>(objects: Objects, key: string, schema: S): Promise<z.output<S>[]> {
  const rows: z.output<S>[] = [];
  for await (const row of scanParquet(objects, key, schema)) rows.push(row);
  return rows;
}

/** As `readParquet`, row by row in bounded memory. */
export async function* scanParquet<S extends z.ZodType>(objects: Objects, key: string, schema: S): AsyncGenerator<z.output<S>> {
  yield* queryRows(objects, { object: key }, 'SELECT * FROM object', schema);
}

/**
 * Runs a query over Parquet objects: `tables` names each table's object, or
 * its several objects of one schema. Integers come as numbers. The answer must
 * fit in memory; what is read need not. The SQL is the program's own, never a
 * user's. Throws `NOT_FOUND`, `DATASET_INVALID`.
 */
export async function queryParquet<S extends z.ZodType>(objects: Objects, tables: Tables, sql: string, schema: S): Promise<z.output<S>[]> {
  const rows: z.output<S>[] = [];
  for await (const row of queryRows(objects, tables, sql, schema)) rows.push(row);
  return rows;
}

/** Objects by the name of their table. */
export type Tables = Readonly<Record<string, string | readonly string[]>>;

/** As `queryParquet`, row by row in bounded memory. */
export async function* queryRows<S extends z.ZodType>(objects: Objects, tables: Tables, sql: string, schema: S): AsyncGenerator<z.output<S>> {
  const about = Object.values(tables).flat().slice(0, 3).join(', ');
  const database = await openDatabase();
  try {
    let count = 0;
    for (const [alias, keys] of Object.entries(tables)) {
      const files: string[] = [];
      for (const key of [keys].flat()) {
        const file = join(database.folder, `${(count += 1)}.parquet`);
        await writeFile(file, await objects.get(key));
        files.push(literal(file));
      }
      await define(database.connection, alias, files, about);
    }
    for await (const row of select(database, sql, about)) {
      const parsed = schema.safeParse(row);
      if (!parsed.success) throw new DownlineError('DATASET_INVALID', `${about}: ${z.prettifyError(parsed.error).slice(0, 500)}`);
      yield parsed.data;
    }
  } finally {
    await database.close();
  }
}

/** A table's view over its files; a file that is no Parquet is found here. */
async function define(connection: DuckDBConnection, alias: string, files: readonly string[], about: string): Promise<void> {
  try {
    await connection.run(`CREATE VIEW ${identifier(alias)} AS SELECT * FROM read_parquet([${files.join(', ')}])`);
  } catch (error) {
    throw new DownlineError('DATASET_INVALID', `${about}: ${(error instanceof Error ? error.message : String(error)).slice(0, 500)}`, { cause: error });
  }
}
