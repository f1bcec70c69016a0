import { FEATURES, CATEGORIES, type Feature } from './features/mod.ts';

/** One line on a feature for people: meaning, unit, where it comes from, when it is missing; null for a name that is none. */
export function explainFeature(name: string): string | null {
  const known = FEATURES.find((feature) => feature.name === name) ?? CATEGORIES.find((feature) => feature.name === name);
  if (known === undefined) return null;
  return `${known.meaning} (${known.unit}; from ${known.source}; missing: ${known.missing})`;
}

/** `docs/features.md`: the tables of the vector. */
export function renderFeatures(): string {
  return [
    '# Features', '',
    'Made by `lib/rotation` (`features/`), online by `track` and for training by `dataset`: one code. Times are minutes, averages clip delays to -30 to 180 min, "quarters" are quarters of an hour.', '',
    `## Numbers (${FEATURES.length})`, '', table(FEATURES), '',
    `## Words (${CATEGORIES.length})`, '', table(CATEGORIES), '',
  ].join('\n');
}

function table(features: readonly Feature[]): string {
  const rows = features.map(({ name, meaning, unit, source, missing }) => `| \`${name}\` | ${meaning} | ${unit} | ${source} | ${missing} |`);
  return ['| Name | Meaning | Unit | Source | Missing when |', '|---|---|---|---|---|', ...rows].join('\n');
}
