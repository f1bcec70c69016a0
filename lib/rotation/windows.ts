import type { UtcMinute } from '../events/mod.ts';
import { emptyTally, isEmptyTally, type Tally } from './tally.ts';

/** Width of a slot in minutes. */
export const SLOT = 15;

/** Means and counts over the last quarters of an hour; null where nothing happened. */
export interface Recent {
  readonly delay1h: number | null;
  readonly delay3h: number | null;
  readonly late3h: number | null;
  readonly departures1h: number;
  readonly taxi2h: number | null;
  readonly arrivalDelay6h: number | null;
  readonly cancellations3h: number;
  /** Scheduled in the last three hours and neither gone nor cancelled. */
  readonly overdue3h: number;
  /** Share of flights scheduled in the last six hours that are cancelled. */
  readonly cancelled6h: number | null;
}

/** Tallies of one place or carrier by quarter of an hour, with the sums over recent ones remembered. */
export class Windows {
  readonly slots = new Map<number, Tally>();
  private changed = true;
  private readAt = Number.NaN;
  private memory: Recent | null = null;

  /** The tally of the slot of a minute, to be changed. */
  slot(at: UtcMinute): Tally {
    this.changed = true;
    const key = Math.floor(at / SLOT);
    const known = this.slots.get(key);
    if (known !== undefined) return known;
    const fresh = emptyTally();
    this.slots.set(key, fresh);
    return fresh;
  }

  /**
   * Sums over the quarters that end with the one of `now`: 4 = "1 h", 8, 12,
   * 24. Whole quarters, so that "1 h" is the last 45 to 60 minutes.
   */
  recent(now: UtcMinute): Recent {
    const last = Math.floor(now / SLOT);
    if (!this.changed && last === this.readAt && this.memory !== null) return this.memory;
    let departures = 0;
    let delay = 0;
    let late = 0;
    let arrivals = 0;
    let arrivalDelay = 0;
    let taxis = 0;
    let taxi = 0;
    let cancellations = 0;
    let overdue = 0;
    let scheduled = 0;
    let cancelled = 0;
    let departures1h = 0;
    let delay1h: number | null = null;
    let taxi2h: number | null = null;
    let delay3h: number | null = null;
    let late3h: number | null = null;
    let cancellations3h = 0;
    let overdue3h = 0;
    for (let back = 0; back < 24; back++) {
      const one = this.slots.get(last - back);
      if (one !== undefined) {
        departures += one.departures;
        delay += one.delay;
        late += one.late;
        arrivals += one.arrivals;
        arrivalDelay += one.arrivalDelay;
        taxis += one.taxis;
        taxi += one.taxi;
        cancellations += one.cancellations;
        scheduled += one.scheduled;
        cancelled += one.cancelled;
        // The quarter under way is left out: its flights are not overdue yet.
        if (back > 0) overdue += one.scheduled - one.gone - one.cancelled;
      }
      if (back === 3) {
        departures1h = departures;
        delay1h = mean(delay, departures);
      } else if (back === 7) {
        taxi2h = mean(taxi, taxis);
      } else if (back === 11) {
        delay3h = mean(delay, departures);
        late3h = mean(late, departures);
        cancellations3h = cancellations;
        overdue3h = overdue;
      }
    }
    this.memory = {
      delay1h, delay3h, late3h, departures1h, taxi2h,
      arrivalDelay6h: mean(arrivalDelay, arrivals),
      cancellations3h, overdue3h, cancelled6h: mean(cancelled, scheduled),
    };
    this.readAt = last;
    this.changed = false;
    return this.memory;
  }

  /** Flights scheduled and not cancelled in `count` slots from the one of `from`. */
  demand(from: UtcMinute, count: number): number {
    const first = Math.floor(from / SLOT);
    let flights = 0;
    for (let slot = first; slot < first + count; slot++) {
      const one = this.slots.get(slot);
      if (one !== undefined) flights += one.scheduled - one.cancelled;
    }
    return flights;
  }

  /** Forgets slots in which nothing is counted any more. */
  sweep(): void {
    for (const [key, tally] of this.slots) if (isEmptyTally(tally)) this.slots.delete(key);
    this.changed = true;
  }
}

function mean(sum: number, count: number): number | null {
  return count > 0 ? sum / count : null;
}
