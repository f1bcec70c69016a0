/** Splitting operating days by time: what is tested on lies after what was trained on. */

export type Split = 'train' | 'valid' | 'test';

/** The days of each split in order, and the days between them that are left out. */
export interface DaySplit {
  readonly train: readonly string[];
  readonly valid: readonly string[];
  readonly test: readonly string[];
  /** The last day before each cut: some of its outcomes were unknown when the next split began. */
  readonly embargoed: readonly string[];
}

/** Share of the days for the test, and its most days: a quarter is enough for any interval. */
const TEST_SHARE = 0.15;
const MOST_TEST_DAYS = 28;
/** Share of the remaining days for validation. */
const VALID_SHARE = 0.15;
const MOST_VALID_DAYS = 28;
/** Fewer days than this cannot be split with an embargo. */
export const LEAST_DAYS = 5;

/**
 * Splits consecutive days: train | one day embargoed | valid | one day
 * embargoed | test. Test is about 15 % of the days, valid about 15 % of the
 * rest, each at least one day. Wants at least `LEAST_DAYS` days in order.
 */
export function splitDays(days: readonly string[]): DaySplit {
  if (days.length < LEAST_DAYS) throw new RangeError(`${days.length} days cannot be split; ${LEAST_DAYS} are needed`);
  const test = Math.min(MOST_TEST_DAYS, Math.max(1, Math.round(days.length * TEST_SHARE)));
  const rest = days.length - test;
  const valid = Math.min(MOST_VALID_DAYS, Math.max(1, Math.round((rest - 1) * VALID_SHARE)));
  const cutTest = days.length - test;
  const cutValid = cutTest - 1 - valid;
  return {
    train: days.slice(0, cutValid - 1),
    valid: days.slice(cutValid, cutTest - 1),
    test: days.slice(cutTest),
    embargoed: [days[cutValid - 1]!, days[cutTest - 1]!],
  };
}

/** The split that each day belongs to; embargoed days are not in it. */
export function splitOf(split: DaySplit): ReadonlyMap<string, Split> {
  return new Map((['train', 'valid', 'test'] as const).flatMap((name) => split[name].map((day) => [day, name] as const)));
}

/** The days from one to another, both included. */
export function daysBetween(from: string, to: string): string[] {
  const days: string[] = [];
  for (let at = Date.parse(from); at <= Date.parse(to); at += 86_400_000) days.push(new Date(at).toISOString().slice(0, 10));
  return days;
}

/** The day some days later (or earlier). */
export function addDays(day: string, count: number): string {
  return new Date(Date.parse(day) + count * 86_400_000).toISOString().slice(0, 10);
}
