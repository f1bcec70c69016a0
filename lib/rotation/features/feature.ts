import type { LegContext } from '../context.ts';

/** One number of the vector. */
export interface Feature {
  readonly name: string;
  readonly meaning: string;
  readonly unit: string;
  /** The events that it is made of. */
  readonly source: string;
  /** When it is null. */
  readonly missing: string;
}

/** Features that are made together: `fill` writes exactly as many values, in the same order, from `at` on. */
export interface FeatureGroup {
  readonly features: readonly Feature[];
  fill(out: (number | null)[], at: number, context: LegContext): void;
}

/** A row of a group's table. */
export function feature(name: string, meaning: string, unit: string, source: string, missing = 'never'): Feature {
  return { name, meaning, unit, source, missing };
}
