/**
 * A named rule of cleaning. `check` is true where a row breaks it. `quarantine`:
 * the row is kept apart with this as its reason; `repair`: `mend` changes the
 * row in place; `note`: counted only.
 */
export interface CleaningRule<Row = never, Facts = never> {
  readonly name: string;
  readonly entity: string;
  readonly severity: 'quarantine' | 'repair' | 'note';
  /** What is wrong with such a row, and what is done. */
  readonly explanation: string;
  check(row: Row, facts: Facts): boolean;
  mend?(row: Row, facts: Facts): void;
}

/** What the rules say of one row: why it goes to quarantine, or which repairs and notes apply (repairs are made). */
export type Verdict = { readonly quarantine: string } | { readonly quarantine: null; readonly marks: readonly string[] };

/** Applies the rules to a row, in their order: all of quarantine first, then repairs, then notes. */
export function judge<Row, Facts>(rules: readonly CleaningRule<Row, Facts>[], row: Row, facts: Facts): Verdict {
  for (const rule of rules) if (rule.severity === 'quarantine' && rule.check(row, facts)) return { quarantine: rule.name };
  const marks: string[] = [];
  for (const severity of ['repair', 'note']) {
    for (const rule of rules) {
      if (rule.severity !== severity || !rule.check(row, facts)) continue;
      rule.mend?.(row, facts);
      marks.push(rule.name);
    }
  }
  return { quarantine: null, marks };
}
