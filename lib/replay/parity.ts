import { z } from 'zod';
import { DownlineError } from '../errors/mod.ts';
import { formatMinute, type Leg, type OutcomeKnown, type RotationChanged } from '../events/mod.ts';
import { MEANING, type Emission } from '../rotation/mod.ts';
import type { ArchivedRow } from './archive.ts';

/** One thing that was computed again and came out otherwise. */
export interface Mismatch {
  /** Sequence in OPS of the event that it is a function of. */
  readonly sequence: number;
  readonly id: string;
  readonly difference: string;
}

export interface ParityReport {
  /** Logged messages compared, and the vectors in them. */
  readonly messages: number;
  readonly vectors: number;
  /** Messages of an older meaning: not comparable, not compared. */
  readonly older: number;
  readonly mismatches: number;
  /** The first of them. */
  readonly examples: readonly Mismatch[];
}

const EXAMPLES = 20;
const logged = z.looseObject({ data: z.looseObject({}) });

/**
 * Compares what `track` logged (the archived ROTATIONS stream) with what the
 * same code makes of the archived OPS stream: message by message, vector by
 * vector, number by number, without a tolerance.
 */
export class Parity {
  readonly #archived: AsyncIterator<ArchivedRow>;
  #next: ArchivedRow | null | undefined;
  #messages = 0;
  #vectors = 0;
  #older = 0;
  #mismatches = 0;
  readonly #examples: Mismatch[] = [];

  constructor(archived: AsyncIterable<ArchivedRow>) {
    this.#archived = archived[Symbol.asyncIterator]();
  }

  /** Compares what an event of OPS gave now with what it gave then. Sequences must ascend. */
  async compare(sequence: number, emissions: readonly Emission[]): Promise<void> {
    const then = new Map<string, ArchivedRow>();
    for (;;) {
      const row = await this.#peek();
      if (row === null || opsSequence(row) > sequence) break;
      this.#next = undefined;
      if (opsSequence(row) < sequence) this.#mismatch(opsSequence(row), row.id, 'was logged, is not told any more');
      else then.set(row.id, row);
    }
    for (const emission of emissions) {
      const row = then.get(emission.id);
      if (row === undefined) {
        this.#mismatch(sequence, emission.id, 'is told now, was not logged');
        continue;
      }
      then.delete(emission.id);
      this.#compareOne(sequence, emission, row);
    }
    for (const id of then.keys()) this.#mismatch(sequence, id, 'was logged, is not told any more');
  }

  /** The report, after the last event: whatever is logged beyond it counts too. */
  async finish(): Promise<ParityReport> {
    for (let row = await this.#peek(); row !== null; row = await this.#peek()) {
      this.#next = undefined;
      this.#mismatch(opsSequence(row), row.id, 'was logged, is not told any more');
    }
    return { messages: this.#messages, vectors: this.#vectors, older: this.#older, mismatches: this.#mismatches, examples: this.#examples };
  }

  async #peek(): Promise<ArchivedRow | null> {
    if (this.#next === undefined) {
      const next = await this.#archived.next();
      this.#next = next.done === true ? null : next.value;
    }
    return this.#next;
  }

  #compareOne(sequence: number, emission: Emission, row: ArchivedRow): void {
    const parsed = logged.safeParse(JSON.parse(row.body));
    if (!parsed.success || row.kind !== emission.kind) {
      this.#mismatch(sequence, row.id, `was logged as ${row.kind}, is ${emission.kind}`);
      return;
    }
    const data = parsed.data.data;
    if (emission.kind === 'rotation.changed') {
      if (data['meaning'] !== MEANING) {
        this.#older += 1;
        return;
      }
      this.#vectors += emission.data.legs.reduce((count, leg) => count + (leg.features === null ? 0 : 1), 0);
    }
    this.#messages += 1;
    const difference = emission.kind === 'rotation.changed' ? changedDifference(data, emission.data)
      : emission.kind === 'outcome.known' ? outcomeDifference(data, emission.data)
      : data['now'] === formatMinute(emission.data.now) ? null : 'now';
    if (difference !== null) this.#mismatch(sequence, row.id, difference);
  }

  #mismatch(sequence: number, id: string, difference: string): void {
    this.#mismatches += 1;
    if (this.#examples.length < EXAMPLES) this.#examples.push({ sequence, id, difference });
  }
}

type Logged = Record<string, unknown>;

/** The event of OPS that a message of ROTATIONS is a function of. Throws `DATASET_INVALID`. */
function opsSequence(row: ArchivedRow): number {
  const sequence = row['ops_sequence'];
  if (typeof sequence !== 'number') throw new DownlineError('DATASET_INVALID', `the archived message ${row.id} does not say which event it is of`);
  return sequence;
}

function changedDifference(then: Logged, now: RotationChanged): string | null {
  if (then['asOf'] !== formatMinute(now.asOf)) return 'asOf';
  for (const field of ['rotation', 'tail', 'day', 'sequence', 'cause'] as const) if (then[field] !== now[field]) return field;
  if (!sameList(then['stale'], now.stale)) return 'stale';
  const legs = then['legs'] as Logged[];
  if (!Array.isArray(legs) || legs.length !== now.legs.length) return 'legs';
  for (const [index, leg] of now.legs.entries()) {
    const difference = legDifference(legs[index]!, leg);
    if (difference !== null) return `leg ${index} (${leg.flight}): ${difference}`;
  }
  return null;
}

function legDifference(then: Logged, now: Leg): string | null {
  if (then['flight'] !== now.flight) return 'flight';
  if (then['status'] !== now.status) return 'status';
  const rule = then['rule'] as Logged;
  if (rule['departure'] !== now.rule.departure || rule['arrival'] !== now.rule.arrival) return 'rule';
  if (!sameList(then['features'], now.features)) return `features ${JSON.stringify(then['features'])} against ${JSON.stringify(now.features)}`;
  return sameList(then['categories'], now.categories) ? null : 'categories';
}

function outcomeDifference(then: Logged, now: OutcomeKnown): string | null {
  if (then['knownAt'] !== formatMinute(now.knownAt)) return 'knownAt';
  for (const field of ['flight', 'state', 'departureDelay', 'arrivalDelay', 'sequence'] as const) if (then[field] !== now[field]) return field;
  return null;
}

/** True when two lists, or two nulls, are the same value by value. JSON writes every double so that it reads back as the same bits (but -0, which no feature has). */
function sameList(then: unknown, now: readonly unknown[] | null): boolean {
  if (!Array.isArray(then) || now === null) return then === now;
  return then.length === now.length && now.every((value, index) => value === then[index]);
}
