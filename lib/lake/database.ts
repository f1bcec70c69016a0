import { DuckDBInstance, type DuckDBConnection, type DuckDBValue } from '@duckdb/node-api';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { DownlineError } from '../errors/mod.ts';
import { openScratch } from './scratch.ts';
import type { Row } from './table.ts';

/** A database in memory with a temporary folder beside it. */
export interface Database {
  readonly connection: DuckDBConnection;
  readonly folder: string;
  /** Closes it and removes the folder. */
  close(): Promise<void>;
}

/**
 * Opens a database of its own. One thread, so that rows keep their order and
 * the same rows give the same bytes; beyond its memory it spills to its folder.
 */
export async function openDatabase(): Promise<Database> {
  const { folder, remove } = await openScratch();
  try {
    const instance = await DuckDBInstance.create(':memory:', {
      threads: '1',
      memory_limit: '512MB',
      temp_directory: join(folder, 'spill'),
      preserve_insertion_order: 'true',
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
    });
    const connection = await instance.connect();
    return {
      connection,
      folder,
      async close() {
        connection.closeSync();
        instance.closeSync();
        await remove();
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** Runs `work` on a database of its own, closed however it ends. */
export async function withDatabase<T>(work: (database: Database) => Promise<T>): Promise<T> {
  const database = await openDatabase();
  try {
    return await work(database);
  } finally {
    await database.close();
  }
}

/** The rows of a query, chunk by chunk; others get their turn in between. Throws `DATASET_INVALID` with what DuckDB says. */
export async function* select({ connection }: Database, sql: string, about: string): AsyncGenerator<Row> {
  try {
    const result = await connection.stream(sql);
    const names = result.deduplicatedColumnNames();
    for (let chunk = await result.fetchChunk(); chunk !== null && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
      for (const values of chunk.getRows()) {
        yield Object.fromEntries(values.map((value, index) => [names[index] ?? '', toCell(value)]));
      }
      await nextTurn();
    }
  } catch (error) {
    if (error instanceof DownlineError) throw error;
    throw new DownlineError('DATASET_INVALID', `${about}: ${(error instanceof Error ? error.message : String(error)).slice(0, 500)}`, { cause: error });
  }
}

/** Integers and decimals as numbers, everything without a JSON form as its text. */
function toCell(value: DuckDBValue): string | number | boolean | null {
  if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  if (typeof value === 'bigint') return Number(value);
  const text = value.toString();
  const number = Number(text);
  return Number.isNaN(number) ? text : number;
}

/** A string as a SQL literal. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** A name as a quoted SQL identifier. */
export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
