import type { LegContext } from '../context.ts';
import { conditionFeatures } from './conditions.ts';
import { experienceFeatures } from './experience.ts';
import type { Feature, FeatureGroup } from './feature.ts';
import { scheduleFeatures } from './schedule.ts';
import { trafficFeatures } from './traffic.ts';
import { turnFeatures } from './turn.ts';

export { CATEGORIES, categoriesOf } from './categories.ts';
export type { Feature } from './feature.ts';

/** The groups, in the order of the vector. */
export const FEATURE_GROUPS: readonly FeatureGroup[] = [scheduleFeatures, turnFeatures, trafficFeatures, experienceFeatures, conditionFeatures];

/** The numbers of a leg's vector, in order: the one definition, online and in training. */
export const FEATURES: readonly Feature[] = FEATURE_GROUPS.flatMap((group) => group.features);

/** A leg's numbers in the order of `FEATURES`: finite, to four decimals, or null where missing. */
export function featuresOf(context: LegContext): (number | null)[] {
  const out = new Array<number | null>(FEATURES.length).fill(null);
  let at = 0;
  for (const group of FEATURE_GROUPS) {
    group.fill(out, at, context);
    at += group.features.length;
  }
  for (let index = 0; index < out.length; index++) {
    const value = out[index] ?? Number.NaN;
    // Adding 0 makes 0 of -0, which JSON does not tell from it.
    out[index] = Number.isFinite(value) ? Math.round(value * 10_000) / 10_000 + 0 : null;
  }
  return out;
}
