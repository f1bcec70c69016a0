import { emptyTally, type Tally } from './tally.ts';

/** Days after which a day of the past counts half. */
export const HALF_LIFE = 14;
/** Weight below which a history says nothing. */
const LEAST = 0.5;
/** Weight below which a history is forgotten (14 days times 6.6). */
const FORGOTTEN = 0.01;

const DECAY: readonly number[] = Array.from({ length: 400 }, (_, days) => 0.5 ** (days / HALF_LIFE));

/** Sums that fade: what encoding keeps of a history. */
export interface Faded {
  /** Operating day (days since 1970-01-01) to which the sums are faded. */
  day: number;
  departures: number;
  delay: number;
  late: number;
  taxis: number;
  taxi: number;
  arrivals: number;
  arrivalDelay: number;
  gains: number;
  gain: number;
  scheduled: number;
  block: number;
}

const FIELDS = ['departures', 'delay', 'late', 'taxis', 'taxi', 'arrivals', 'arrivalDelay', 'gains', 'gain', 'scheduled', 'block'] as const;
type Field = (typeof FIELDS)[number];

/**
 * Experience with a route, a flight number, an airport: the closed operating
 * days, faded with a half-life of 14 days, and the whole sums of the days that
 * are still open. A day is folded in once, as one number per field, so that
 * the order of its flights does not matter.
 */
export class History {
  faded: Faded | null = null;
  readonly live: Tally = emptyTally();

  /** Folds a closed day's sums in. The caller takes them out of `live`. */
  fold(day: number, sums: Tally): void {
    if (this.faded === null) {
      this.faded = { day, departures: 0, delay: 0, late: 0, taxis: 0, taxi: 0, arrivals: 0, arrivalDelay: 0, gains: 0, gain: 0, scheduled: 0, block: 0 };
    }
    const decay = decayOver(day - this.faded.day);
    for (const field of FIELDS) this.faded[field] = this.faded[field] * decay + sums[field];
    this.faded.day = Math.max(day, this.faded.day);
  }

  /** True when so little is left that forgetting it changes nothing. */
  forgettable(day: number): boolean {
    if (this.live.scheduled > 0) return false;
    return this.faded === null || this.faded.scheduled * decayOver(day - this.faded.day) < FORGOTTEN;
  }

  /** Mean of a sum as seen on an operating day; null where there is next to nothing. */
  mean(day: number, sum: Field, count: Field): number | null {
    const weight = this.weight(day, count);
    if (weight < LEAST) return null;
    const faded = this.faded;
    const past = faded === null ? 0 : decayOver(day - faded.day) * faded[sum];
    return (past + this.live[sum]) / weight;
  }

  /** Faded count of something. */
  weight(day: number, count: Field): number {
    const faded = this.faded;
    return (faded === null ? 0 : decayOver(day - faded.day) * faded[count]) + this.live[count];
  }
}

function decayOver(days: number): number {
  return days <= 0 ? 1 : (DECAY[days] ?? 0);
}

/** The faded sums as an array for encoding, and back. */
export function encodeFaded(faded: Faded): readonly number[] {
  return [faded.day, ...FIELDS.map((field) => faded[field])];
}

/** Inverse of `encodeFaded`. */
export function decodeFaded(values: readonly number[]): Faded {
  const faded: Record<string, number> = { day: values[0] ?? 0 };
  FIELDS.forEach((field, index) => {
    faded[field] = values[index + 1] ?? 0;
  });
  return faded as unknown as Faded;
}
