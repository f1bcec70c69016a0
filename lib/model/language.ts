import { CATEGORIES, FEATURES, MEANING } from '../rotation/mod.ts';

/** The features that some code computes, by name, order and meaning. */
export interface Language { readonly features: readonly string[]; readonly categories: readonly string[]; readonly meaning: string }

/** What the running code speaks. */
export const SERVING: Language = {
  features: FEATURES.map((feature) => feature.name),
  categories: CATEGORIES.map((category) => category.name),
  meaning: MEANING,
};
