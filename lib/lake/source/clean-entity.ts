import type { DuckDBConnection } from '@duckdb/node-api';
import { MALFORMED_LINE } from '../cleaning/mod.ts';
import { judge, type CleaningRule } from '../cleaning/rule.ts';
import type { EntityQuality } from '../quality.ts';
import { Table, type Columns, type Row as CleanRow } from '../table.ts';
import type { Line } from './csv.ts';

/** How the rows of one entity are read, judged and cleaned. */
export interface Entity<Row, Facts> {
  readonly name: string;
  readonly columns: Columns;
  readonly rules: readonly CleaningRule<Row, Facts>[];
  readonly facts: Facts;
  read(cells: readonly string[]): Row;
  clean(row: Row): CleanRow;
}

/** Columns of `quarantine/<source>/<entity>`: where the line was, which rule it broke, and the line itself. */
export const QUARANTINE_COLUMNS = { line: 'integer', reason: 'string', text: 'string' } as const satisfies Columns;

export interface Cleaned {
  readonly clean: Table;
  readonly quarantine: Table;
  readonly quality: EntityQuality;
}

/** Cleans the lines of an entity into two tables: what is kept, and what is not, with its reason. */
export async function cleanEntity<Row, Facts>(connection: DuckDBConnection, entity: Entity<Row, Facts>, lines: AsyncIterable<Line>): Promise<Cleaned> {
  const clean = await Table.create(connection, entity.name, entity.columns);
  const quarantine = await Table.create(connection, `${entity.name}_quarantine`, QUARANTINE_COLUMNS);
  const counts = new Map<string, number>([MALFORMED_LINE, ...entity.rules].map(({ name }) => [name, 0]));
  const count = (rule: string): void => { counts.set(rule, (counts.get(rule) ?? 0) + 1); };
  for await (const line of lines) {
    const row = line.cells === null ? null : entity.read(line.cells);
    const verdict = row === null ? { quarantine: MALFORMED_LINE.name } : judge(entity.rules, row, entity.facts);
    if (row !== null && verdict.quarantine === null) {
      verdict.marks.forEach(count);
      await clean.append(entity.clean(row));
    } else {
      const rule = verdict.quarantine ?? MALFORMED_LINE.name;
      count(rule);
      await quarantine.append({ line: line.number, reason: line.defect === null ? rule : `${rule}: ${line.defect}`, text: line.text.slice(0, 1000).toWellFormed() });
    }
  }
  await clean.flush();
  await quarantine.flush();
  return {
    clean,
    quarantine,
    quality: {
      entity: entity.name,
      read: clean.rows + quarantine.rows,
      kept: clean.rows,
      quarantined: quarantine.rows,
      rules: [MALFORMED_LINE, ...entity.rules].map(({ name, severity }) => ({ rule: name, severity, rows: counts.get(name) ?? 0 })),
    },
  };
}
