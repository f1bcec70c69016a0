import { chance } from '../../lib/replay/mod.ts';
import type { Labels } from './rows.ts';

/** How many earlier flights a false label may come from. */
const POOL = 5_000;

/**
 * Gives flights the labels of other flights: for the test that a model trained
 * on nonsense does not get through. The pool is a reservoir of all flights so
 * far (Vitter's algorithm R), so that neither the day nor the weather is left
 * in a label; seeded by the flight.
 */
export class LabelShuffle {
  readonly #seed: number;
  readonly #pool: Labels[] = [];
  #seen = 0;

  constructor(seed: number) {
    this.#seed = seed;
  }

  add(labels: Labels): void {
    this.#seen += 1;
    if (this.#pool.length < POOL) {
      this.#pool.push(labels);
      return;
    }
    const place = Math.floor(chance(this.#seed, this.#seen, 'pool') * this.#seen);
    if (place < POOL) this.#pool[place] = labels;
  }

  /** The labels that stand in for a flight's own. */
  of(flight: string): Labels {
    const labels = this.#pool[Math.floor(chance(this.#seed, flight, 'shuffle') * this.#pool.length)];
    if (labels === undefined) throw new RangeError('no labels to shuffle yet');
    return labels;
  }
}
