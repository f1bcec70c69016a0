import type { RotationChanged } from '../../lib/events/mod.ts';
import { chance } from '../../lib/replay/mod.ts';

/**
 * Which messages become rows. Lead times are met very unevenly; a stratum is a
 * range of the lead of a message's next departure, and a stratum with n rows
 * gets a share in proportion to the square root of n: between "as they come"
 * and "as many of each". Decided by a hash of the message's id, so that the same
 * message is in or out whenever the dataset is made.
 */

/** Upper bounds of the strata: minutes before the next scheduled departure; the first is overdue. */
const BOUNDS = [0, 30, 60, 120, 180, 240, 360, 480, 720];

/** The stratum of a message: by the lead of its first open leg. */
export function stratumOf(message: RotationChanged): number {
  const open = message.legs.find((leg) => leg.features !== null);
  const lead = (open?.scheduledOff ?? message.asOf) - message.asOf;
  const index = BOUNDS.findIndex((bound) => lead < bound);
  return index < 0 ? BOUNDS.length : index;
}

/** Legs that become rows. */
export function openLegs(message: RotationChanged): number {
  return message.legs.reduce((count, leg) => count + (leg.features === null ? 0 : 1), 0);
}

/** Counts messages and rows by stratum over some days: what the rates are set by. */
export class Census {
  readonly messages: number[] = new Array<number>(BOUNDS.length + 1).fill(0);
  readonly rows: number[] = new Array<number>(BOUNDS.length + 1).fill(0);
  readonly #days = new Set<string>();

  add(message: RotationChanged): void {
    const stratum = stratumOf(message);
    this.messages[stratum]! += 1;
    this.rows[stratum]! += openLegs(message);
    this.#days.add(message.day);
  }

  get days(): number {
    return this.#days.size;
  }

  /** The messages of all strata. */
  get total(): number {
    return this.messages.reduce((sum, count) => sum + count, 0);
  }
}

/** The rate of each stratum that gives about `wanted` rows over `days` days like those of the census. */
export function ratesFor(census: Census, wanted: number, days: number): number[] {
  const expected = census.rows.map((rows) => rows / Math.max(1, census.days) * days);
  const at = (scale: number): number[] => expected.map((rows) => (rows === 0 ? 1 : Math.min(1, scale / Math.sqrt(rows))));
  const total = (rates: readonly number[]): number => rates.reduce((sum, rate, index) => sum + rate * expected[index]!, 0);
  let low = 0;
  let high = Math.sqrt(Math.max(1, ...expected));
  if (total(at(high)) <= wanted) return at(high);
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    if (total(at(middle)) < wanted) low = middle;
    else high = middle;
  }
  return at(high);
}

/** The number in [0, 1) that decides over a message: below a rate, it is in. A higher rate keeps what a lower one kept. */
export function drawOf(seed: number, id: string): number {
  return chance(seed, id, 'sample');
}
