import { quantileOf } from '../lib/statistics/mod.ts';

/** Median and extremes over the rounds of one run. */
export interface Summary { readonly median: number; readonly min: number; readonly max: number }

/** One figure of the product, the same of its peer, and their ratio (product / peer) round by round. */
export interface Figure {
  readonly name: string;
  readonly unit: string;
  readonly better: 'higher' | 'lower';
  readonly product: Summary;
  readonly peer: Summary;
  readonly ratio: Summary;
  readonly rounds: number;
}

/** What is measured in a round: numbers by key. Throws when an answer is not what it should be. */
export type Measure<Key extends string> = () => Promise<Readonly<Record<Key, number>>>;

export interface Comparison<Key extends string> {
  readonly figures: Readonly<Record<Key, Pick<Figure, 'name' | 'unit' | 'better'>>>;
  readonly product: Measure<Key>;
  readonly peer: Measure<Key>;
  readonly rounds: number;
  /** Instant (`performance.now()`) after which no further round begins; three are made in any case. */
  readonly until: number;
}

const FEWEST_ROUNDS = 3;

/**
 * Product and peer in turn, one round of each to warm up, then the counted
 * ones. Who begins changes from round to round, so that whatever else the
 * machine does meets both alike.
 */
export async function compare<Key extends string>({ figures, product, peer, rounds, until }: Comparison<Key>): Promise<Figure[]> {
  await product();
  await peer();
  const ours: Readonly<Record<Key, number>>[] = [];
  const theirs: Readonly<Record<Key, number>>[] = [];
  for (let round = 0; round < rounds && (round < FEWEST_ROUNDS || performance.now() < until); round += 1) {
    const turn = async (): Promise<number> => ours.push(await product());
    const other = async (): Promise<number> => theirs.push(await peer());
    for (const one of round % 2 === 0 ? [turn, other] : [other, turn]) await one();
  }
  return (Object.keys(figures) as Key[]).map((key) => ({
    ...figures[key],
    product: summarise(ours.map((values) => values[key])),
    peer: summarise(theirs.map((values) => values[key])),
    ratio: summarise(ours.map((values, round) => values[key] / theirs[round]![key])),
    rounds: ours.length,
  }));
}

/** Median, least and largest. */
export function summarise(values: readonly number[]): Summary {
  return { median: quantileOf(values, 0.5), min: Math.min(...values), max: Math.max(...values) };
}
