import { quantileOf, sameLength } from './summary.ts';

/** Area under the ROC curve: the chance that a true case has the higher score, ties half (Mann and Whitney 1947). NaN without both classes. */
export function rocAuc(scores: readonly number[], truths: readonly boolean[]): number {
  sameLength('scores and truths', scores, truths);
  const order = scores.map((_, index) => index).sort((a, b) => scores[a]! - scores[b]!);
  let ranks = 0;
  let positives = 0;
  for (let start = 0; start < order.length; ) {
    let end = start;
    while (end < order.length && scores[order[end]!] === scores[order[start]!]) end += 1;
    for (let place = start; place < end; place += 1) {
      if (!truths[order[place]!]) continue;
      positives += 1;
      ranks += (start + end + 1) / 2;
    }
    start = end;
  }
  return (ranks - (positives * (positives + 1)) / 2) / (positives * (scores.length - positives));
}

/**
 * Of the true cases, the share among the flagged, when each day's highest
 * scores are flagged up to `budget` (share of the day's cases, rounded down).
 * Ties go to the earlier case. It ranks a whole day in hindsight: an upper
 * bound; what could be acted on is `thresholdAtBudget` on days before.
 */
export function recallAtBudget(
  days: readonly string[], scores: readonly number[], truths: readonly boolean[], budget: number,
): { readonly recall: number; readonly precision: number; readonly flagged: number } {
  sameLength('days, scores and truths', days, scores, truths);
  if (!(budget >= 0 && budget <= 1)) throw new RangeError(`a budget is in [0, 1], got ${budget}`);
  const groups = new Map<string, number[]>();
  days.forEach((day, index) => {
    const group = groups.get(day);
    if (group === undefined) groups.set(day, [index]);
    else group.push(index);
  });
  let flagged = 0;
  let hits = 0;
  for (const group of groups.values()) {
    // The small term keeps 0.1 * 30 = 3.0000000000000004 and its likes honest on either side.
    const room = Math.floor(group.length * budget + 1e-9);
    for (const index of group.sort((a, b) => scores[b]! - scores[a]! || a - b).slice(0, room)) {
      flagged += 1;
      if (truths[index]) hits += 1;
    }
  }
  return { recall: hits / truths.filter(Boolean).length, precision: hits / flagged, flagged };
}

/** The score above which `budget` of past scores lie: a threshold known beforehand. */
export function thresholdAtBudget(past: readonly number[], budget: number): number {
  return quantileOf(past, 1 - budget);
}

/**
 * False discovery rate control at `rate` (Benjamini and Hochberg 1995):
 * adjusted p-values in the order given, and which are rejected.
 */
export function benjaminiHochberg(pValues: readonly number[], rate: number): { readonly adjusted: number[]; readonly rejected: boolean[] } {
  if (pValues.some((p) => !(p >= 0 && p <= 1))) throw new RangeError('p-values are in [0, 1]');
  const order = pValues.map((_, index) => index).sort((a, b) => pValues[b]! - pValues[a]!);
  const adjusted = new Array<number>(pValues.length).fill(1);
  let least = 1;
  order.forEach((index, fromLargest) => {
    least = Math.min(least, (pValues[index]! * pValues.length) / (pValues.length - fromLargest));
    adjusted[index] = least;
  });
  return { adjusted, rejected: adjusted.map((p) => p <= rate) };
}
