import { binCounts, populationSpread, psi, quantileEdges } from '../../lib/statistics/mod.ts';

/** Days from which the reference is made, and the factor over their own largest spread that makes a threshold. */
export const REFERENCE_DAYS = 7;
export const SPREAD_FACTOR = 1.5;
/** Below this a PSI is sampling noise, whatever the reference days say. */
const FLOOR = 0.05;
const BINS = 8;

/** What "as usual" means for one number: bin edges, counts (the last bin is "missing"), and the threshold of the PSI. */
export interface Reference {
  readonly edges: readonly number[];
  readonly counts: readonly number[];
  readonly threshold: number;
}

/** The reference of counts of several days over the same bins. */
export function referenceOfCounts(edges: readonly number[], days: readonly (readonly number[])[]): Reference {
  const counts = days[0]!.map((_, bin) => days.reduce((sum, day) => sum + day[bin]!, 0));
  return { edges, counts, threshold: Math.max(FLOOR, populationSpread(days).threshold * SPREAD_FACTOR) };
}

/** The reference of one feature from samples of several days (null = missing). */
export function referenceOf(days: readonly (readonly (number | null)[])[]): Reference {
  const edges = quantileEdges(days.flat().filter((value) => value !== null), BINS);
  return referenceOfCounts(edges, days.map((day) => binCounts(day, edges)));
}

/** Population stability index of a day's sample against the reference. */
export function driftOf(reference: Reference, sample: readonly (number | null)[]): number {
  return psi(reference.counts, binCounts(sample, reference.edges));
}
