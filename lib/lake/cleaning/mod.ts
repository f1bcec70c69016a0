import type { Line } from '../source/csv.ts';
import { FLIGHT_RULES } from './flight-rules.ts';
import { AIRLINE_RULES, AIRPORT_RULES, PLANE_RULES } from './register.ts';
import type { CleaningRule } from './rule.ts';
import { WEATHER_RULES } from './weather.ts';

/** Counts up when what a rule does, or the meaning of a clean column, changes: data is then cleaned anew. */
export const CLEANING_VERSION = 1;

/** The rule of every CSV file: a line is one record with all its cells. */
export const MALFORMED_LINE: CleaningRule<Line> = {
  name: 'malformed-line', entity: '*', severity: 'quarantine', explanation: 'The line is not a record: a wrong number of cells, open quotes, not UTF-8, or far too long.',
  check: (line) => line.defect !== null,
};

/** Every rule, as its table in `docs/data.md` lists them. */
export const CLEANING_RULES: readonly Omit<CleaningRule, 'check' | 'mend'>[] = [
  MALFORMED_LINE, ...FLIGHT_RULES, ...WEATHER_RULES, ...PLANE_RULES, ...AIRPORT_RULES, ...AIRLINE_RULES,
];

/** The page `docs/cleaning-rules.md`. */
export function renderCleaningRules(): string {
  const rows = CLEANING_RULES.map(({ entity, name, severity, explanation }) => `| ${entity === '*' ? 'all' : entity} | \`${name}\` | ${severity} | ${explanation.replaceAll('|', '\\|')} |`);
  return ['# Cleaning rules\n', 'A row goes to quarantine for the first such rule that it breaks; repairs and notes are counted in the quality report (`GET /v1/data/quality`).\n', '| Entity | Rule | Then | Explanation |', '|---|---|---|---|', ...rows, ''].join('\n');
}
