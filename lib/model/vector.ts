import type { Leg } from '../events/mod.ts';
import type { Bundle } from './bundle.ts';
import type { Input } from './graph.ts';

/** Encoded vectors of many legs, from which runs take rows. */
export interface Vectors { rows(which: readonly number[]): { numeric: Input; categorical: Input } }

/**
 * Vectors of legs as a bundle's graphs want them: float32 with NaN for what is
 * missing, and codes of categories (0 for a value that the bundle has not
 * seen). A leg whose vector is absent or of another length is reported by
 * `refuse` and encoded as all missing.
 */
export function encodeVectors(bundle: Bundle, legs: readonly Leg[], refuse: (index: number, reason: string) => void): Vectors {
  const { features, categories } = bundle.manifest;
  const numeric = new Float32Array(legs.length * features.length).fill(Number.NaN);
  const categorical = new BigInt64Array(legs.length * categories.length);
  legs.forEach((leg, index) => {
    if (leg.features?.length !== features.length || leg.categories?.length !== categories.length) {
      refuse(index, `the vector of ${leg.flight} has ${leg.features?.length ?? 0} features and ${leg.categories?.length ?? 0} categories, the bundle wants ${features.length} and ${categories.length}`);
      return;
    }
    leg.features.forEach((value, feature) => { if (value !== null) numeric[index * features.length + feature] = value; });
    leg.categories.forEach((value, category) => { categorical[index * categories.length + category] = BigInt(bundle.codes[category]!.get(value) ?? 0); });
  });
  return {
    rows(which) {
      const floats = new Float32Array(which.length * features.length);
      const codes = new BigInt64Array(which.length * categories.length);
      which.forEach((row, index) => {
        floats.set(numeric.subarray(row * features.length, (row + 1) * features.length), index * features.length);
        codes.set(categorical.subarray(row * categories.length, (row + 1) * categories.length), index * categories.length);
      });
      return { numeric: { data: floats, width: features.length }, categorical: { data: codes, width: categories.length } };
    },
  };
}
