import { encodeEvent, type Envelope, type OutcomeKnown } from '../../lib/events/mod.ts';
import type { Row } from '../../lib/lake/mod.ts';
import { FEATURES, type Emission } from '../../lib/rotation/mod.ts';
import type { RowBatch } from './parts.ts';
import { isLabelled, rowsOf, type Labels } from './rows.ts';
import { Census, drawOf, openLegs, ratesFor, stratumOf } from './sampling.ts';
import { LabelShuffle } from './shuffle.ts';
import { addDays, splitOf, type DaySplit, type Split } from './split.ts';

/** About how many messages are kept whole for the evaluation. */
const EVALUATION_MESSAGES: { readonly [S in Split]: number } = { train: 0, valid: 4_000, test: 12_000 };

export interface BookOptions {
  readonly seed: number;
  /** Training rows that are wanted, about. */
  readonly rows: number;
  /** Days before this one warm the state up; those but the last are counted to set the sampling rates. */
  readonly firstDay: string;
  readonly split: DaySplit;
  readonly shuffleLabels: boolean;
}

type Changed = Envelope<'rotation.changed'>;
interface Rates { readonly rows: readonly number[]; readonly evaluation: { readonly [S in Split]: number } }
interface Day { readonly rows: Changed[]; readonly evaluation: Changed[]; readonly outcomes: Map<string, OutcomeKnown> }

/** A day that is done: its rows and what the evaluation needs of it. */
export interface ClosedDay { readonly day: string; readonly rows: RowBatch; readonly messages: Row[]; readonly outcomes: Row[] }

/**
 * Takes what the reducer tells, samples messages, keeps them until the
 * outcomes of their day are known, and gives each day's rows. Days are closed
 * in order; one of which a message lacks an outcome is dropped whole.
 */
export class Book {
  readonly dropped: string[] = [];
  readonly states: Record<string, number> = {};
  readonly rowsBySplit = { train: 0, valid: 0, test: 0 };
  /** Of each feature, rows without it. */
  readonly missing: number[] = new Array<number>(FEATURES.length).fill(0);
  /** Messages that were told of the days of the splits, those sampled, those without an outcome. */
  readonly counts = { told: 0, sampled: 0, unlabelled: 0 };
  readonly #options: BookOptions;
  readonly #splits: ReadonlyMap<string, Split>;
  readonly #census = new Census();
  readonly #shuffle: LabelShuffle | null;
  readonly #days = new Map<string, Day>();
  #rates: Rates | null = null;

  constructor(options: BookOptions) {
    this.#options = options;
    this.#splits = splitOf(options.split);
    this.#shuffle = options.shuffleLabels ? new LabelShuffle(options.seed) : null;
  }

  /** The rates by stratum, null before the first sampled day. */
  get rates(): readonly number[] | null {
    return this.#rates?.rows ?? null;
  }

  /** Takes what was told of one event; returns the days that it closes. */
  take(emissions: readonly Emission[]): ClosedDay[] {
    let closed: ClosedDay[] = [];
    for (const emission of emissions) {
      if (emission.kind === 'rotation.changed') this.#message(emission);
      else if (emission.kind === 'outcome.known') this.#outcome(emission.data);
      else closed = this.#close(emission.data.now);
    }
    return closed;
  }

  /** Closes every day that is left. */
  finish(): ClosedDay[] {
    return this.#close(Infinity);
  }

  #message(message: Changed): void {
    const { day } = message.data;
    if (day < this.#options.firstDay) {
      if (day < addDays(this.#options.firstDay, -1)) this.#census.add(message.data);
      return;
    }
    const split = this.#splits.get(day);
    if (split === undefined) return;
    const rates = this.#rates ??= this.#setRates();
    this.counts.told += 1;
    const draw = drawOf(this.#options.seed, message.id);
    const inRows = draw < rates.rows[stratumOf(message.data)]!;
    const inEvaluation = draw < rates.evaluation[split];
    if (!inRows && !inEvaluation) return;
    const book = this.#dayOf(day);
    if (inRows) book.rows.push(message);
    if (inEvaluation) book.evaluation.push(message);
  }

  #setRates(): Rates {
    const { rows, split } = this.#options;
    const census = this.#census;
    const perDay = census.total / Math.max(1, census.days);
    const evaluation = (name: Split): number => Math.min(1, EVALUATION_MESSAGES[name] / Math.max(1, perDay * split[name].length));
    return {
      rows: ratesFor(census, rows, split.train.length),
      evaluation: { train: 0, valid: evaluation('valid'), test: evaluation('test') },
    };
  }

  #outcome(outcome: OutcomeKnown): void {
    this.#shuffle?.add(outcome);
    if (this.#splits.has(outcome.day)) this.#dayOf(outcome.day).outcomes.set(outcome.flight, outcome);
  }

  #dayOf(day: string): Day {
    let book = this.#days.get(day);
    if (book === undefined) this.#days.set(day, book = { rows: [], evaluation: [], outcomes: new Map() });
    return book;
  }

  #close(now: number): ClosedDay[] {
    const closed: ClosedDay[] = [];
    for (const [day, book] of [...this.#days].sort(([a], [b]) => (a < b ? -1 : 1))) {
      if (Date.parse(day) / 60_000 + CLOSES_AFTER > now) break;
      this.#days.delete(day);
      const unlabelled = [...book.rows, ...book.evaluation].filter((message) => !isLabelled(message.data, book.outcomes)).length;
      this.counts.sampled += book.rows.length;
      if (unlabelled > 0) {
        this.counts.unlabelled += book.rows.length;
        this.dropped.push(day);
      } else {
        closed.push(this.#rowsOf(day, book));
      }
    }
    return closed;
  }

  #rowsOf(day: string, { rows, evaluation, outcomes }: Day): ClosedDay {
    const split = this.#splits.get(day)!;
    for (const { state } of outcomes.values()) this.states[state] = (this.states[state] ?? 0) + 1;
    // The test is on the truth, whatever was trained on.
    const labels = this.#shuffle === null || split === 'test' ? outcomes : this.#shuffled(outcomes);
    const count = rows.reduce((sum, message) => sum + openLegs(message.data), 0);
    this.rowsBySplit[split] += count;
    for (const message of rows) this.#countMissing(message);
    return {
      day,
      rows: { count, *make() { for (const message of rows) yield* rowsOf(message.id, message.data, split, labels); } },
      messages: evaluation.map((message) => ({ id: message.id, day, split, body: JSON.stringify(encodeEvent(message)) })),
      outcomes: split === 'train' ? [] : [...outcomes.values()].map((outcome) => ({ flight: outcome.flight, day, body: JSON.stringify(outcomeEvent(outcome)) })),
    };
  }

  #countMissing(message: Changed): void {
    for (const { features } of message.data.legs) {
      if (features === null) continue;
      for (let index = 0; index < features.length; index++) if (features[index] === null) this.missing[index]! += 1;
    }
  }

  #shuffled(outcomes: ReadonlyMap<string, Labels>): ReadonlyMap<string, Labels> {
    return new Map([...outcomes.keys()].map((flight) => [flight, this.#shuffle!.of(flight)]));
  }
}

/** Minutes after a day's midnight (UTC) when everything of it is known: a flight without news counts as never arrived 30 h after its schedule at the latest. */
const CLOSES_AFTER = (3 * 24 + 12) * 60;

function outcomeEvent(outcome: OutcomeKnown): Record<string, unknown> {
  return encodeEvent({ kind: 'outcome.known', id: `${outcome.replay}.outcome.${outcome.flight}`, source: 'downline/dataset', time: outcome.knownAt, replay: outcome.replay, data: outcome });
}
