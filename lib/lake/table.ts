import { BIGINT, BOOLEAN, DOUBLE, DuckDBDataChunk, VARCHAR, type DuckDBConnection, type DuckDBType, type DuckDBValue } from '@duckdb/node-api';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { DownlineError } from '../errors/mod.ts';
import { identifier, literal } from './database.ts';

/** The column types of the lake: safe integer, finite double, UTF-8, boolean; each may be null. */
export type ColumnType = 'integer' | 'double' | 'string' | 'boolean';
export type Columns = Readonly<Record<string, ColumnType>>;
export type Cell = string | number | boolean | null;
export type Row = Readonly<Record<string, Cell>>;

const TYPES: Record<ColumnType, DuckDBType> = { integer: BIGINT, double: DOUBLE, string: VARCHAR, boolean: BOOLEAN };
/** DuckDB's vector size: the most rows of a chunk. */
const CHUNK = 2048;

/** Rows on their way to Parquet: appended in chunks, kept column-wise by DuckDB. */
export class Table {
  readonly #connection: DuckDBConnection;
  readonly #columns: Columns;
  readonly name: string;
  #pending: Row[] = [];
  rows = 0;

  private constructor(connection: DuckDBConnection, name: string, columns: Columns) {
    this.#connection = connection;
    this.#columns = columns;
    this.name = name;
  }

  static async create(connection: DuckDBConnection, name: string, columns: Columns): Promise<Table> {
    const list = Object.entries(columns).map(([column, type]) => `${identifier(column)} ${TYPES[type].toString()}`);
    await connection.run(`CREATE TABLE ${identifier(name)} (${list.join(', ')})`);
    return new Table(connection, name, columns);
  }

  /** Adds a row; a column that it lacks is null. Throws `DATASET_INVALID` when a cell has another type than its column. */
  async append(row: Row): Promise<void> {
    this.#pending.push(row);
    this.rows += 1;
    if (this.#pending.length < CHUNK) return;
    await this.flush();
    // A chunk is some milliseconds of work: others get their turn.
    await nextTurn();
  }

  async flush(): Promise<void> {
    const rows = this.#pending;
    if (rows.length === 0) return;
    this.#pending = [];
    const columns = Object.entries(this.#columns);
    const chunk = DuckDBDataChunk.create(columns.map(([, type]) => TYPES[type]), rows.length);
    chunk.setColumns(columns.map(([name, type]) => rows.map((row) => toValue(name, type, row[name] ?? null))));
    const appender = await this.#connection.createAppender(this.name);
    appender.appendDataChunk(chunk);
    appender.closeSync();
  }

  /** Writes the rows that `where` selects (SQL; all by default) to a Parquet file, in `order` (SQL) or the order of appending. */
  async toParquet(file: string, options: { where?: string; order?: string } = {}): Promise<void> {
    await this.flush();
    const where = options.where === undefined ? '' : ` WHERE ${options.where}`;
    const order = options.order === undefined ? '' : ` ORDER BY ${options.order}`;
    await this.#connection.run(`COPY (SELECT * FROM ${identifier(this.name)}${where}${order}) TO ${literal(file)} (FORMAT parquet, COMPRESSION zstd)`);
  }
}

function toValue(column: string, type: ColumnType, cell: Cell): DuckDBValue {
  if (cell === null) return null;
  switch (type) {
    case 'integer':
      if (Number.isSafeInteger(cell)) return BigInt(cell);
      break;
    case 'double':
      if (Number.isFinite(cell)) return Number(cell);
      break;
    case 'string':
      if (typeof cell === 'string') return cell;
      break;
    case 'boolean':
      if (typeof cell === 'boolean') return cell;
  }
  throw new DownlineError('DATASET_INVALID', `column ${column} is ${type}, but got ${JSON.stringify(cell).slice(0, 100)}`);
}
