import { setTimeout as sleep } from 'node:timers/promises';
import { DownlineError } from '../../lib/errors/mod.ts';
import type { Envelope, OperationsEvent } from '../../lib/events/mod.ts';
import type { Context } from '../../lib/host/mod.ts';
import type { Manifest, Row } from '../../lib/lake/mod.ts';
import { archivedDays, dayOf, historyBefore, lastClosedDay, Parity, readArchivedDays, rebuild, type ParityReport } from '../../lib/replay/mod.ts';
import { CATEGORIES, FEATURES, MEANING, REDUCER_VERSION, type Emission } from '../../lib/rotation/mod.ts';
import { Book } from './book.ts';
import { readInput, type DatasetInput, type DatasetOutput } from './input.ts';
import { Parts, RowParts } from './parts.ts';
import { MESSAGE_COLUMNS, OUTCOME_COLUMNS, ROW_COLUMNS } from './rows.ts';
import { addDays, daysBetween, LEAST_DAYS, splitDays } from './split.ts';

export interface Job {
  readonly context: Context;
  readonly progress: (share: number | null, detail: string) => void;
  readonly signal: AbortSignal;
}

/** Days at the beginning that build the state up and give no rows. */
const WARM_UP_DAYS = 10;

/**
 * Makes a dataset version: history and the archived stream of production go
 * through the reducer in the order in which they became known, what it tells is
 * sampled, and joined with what happened. On the way every logged vector is
 * computed again; one that differs fails the job with `DATASET_INVALID`. The
 * same input gives the same version; killed, it begins again and leaves nothing
 * half-made.
 */
export default async function dataset(input: unknown, job: Job): Promise<DatasetOutput> {
  const wanted = readInput(input);
  const started = await beginningOf(job.context, wanted.replay);
  const production = await archivedProduction(job, wanted, started);
  const historyFrom = wanted.historyFrom > started.data.historyFrom ? wanted.historyFrom : started.data.historyFrom;
  const lastDay = production.at(-1) === undefined ? addDays(started.data.from, -2) : dayOf(production.at(-1)!);
  const all = daysBetween(historyFrom, lastDay);
  // What became known of the day before the replay after the replay's beginning is told to nobody: it has no labels.
  const days = all.slice(Math.min(WARM_UP_DAYS, Math.max(2, Math.floor(all.length / 3)))).filter((day) => day !== addDays(started.data.from, -1));
  if (days.length < LEAST_DAYS) throw new DownlineError('DATASET_INVALID', `${days.length} days between ${historyFrom} and ${lastDay} after the warm-up; a dataset wants ${LEAST_DAYS}`, { ids: { run: wanted.run } });
  const book = new Book({ seed: wanted.seed, rows: wanted.rows, firstDay: days[0]!, split: splitDays(days), shuffleLabels: wanted.shuffleLabels });
  const parts = await Parts.open();
  try {
    const parity = await fill(job, { wanted, started, production, book, parts, total: daysBetween(started.data.historyFrom, lastDay).length });
    return await publish(job, { wanted, started, production, days, book, parts, parity });
  } finally {
    await parts.close();
  }
}

interface Making {
  readonly wanted: DatasetInput;
  readonly started: Envelope<'replay.started'>;
  readonly production: readonly Manifest[];
  readonly book: Book;
  readonly parts: Parts;
}

/** Runs everything through the reducer and writes the parts. */
async function fill({ context: { objects }, progress, signal }: Job, { wanted, started, production, book, parts, total }: Making & { readonly total: number }): Promise<ParityReport> {
  const { replay } = wanted;
  const rows = new RowParts(parts, ROW_COLUMNS);
  const messages: Row[] = [];
  const outcomes: Row[] = [];
  const take = (closed: ReturnType<Book['finish']>): void => {
    for (const day of closed) {
      rows.push(day.rows);
      messages.push(...day.messages);
      outcomes.push(...day.outcomes);
    }
  };
  const told = (emissions: readonly Emission[]): void => take(book.take(emissions));
  const { historyFrom } = started.data;
  const report = (day: string): void => {
    signal.throwIfAborted();
    progress(Math.min(0.95, daysBetween(historyFrom, day).length / total * 0.95), `reducing ${day}`);
  };
  const parity = new Parity(readArchivedDays(objects, production, 'ROTATIONS'));
  await rebuild({
    replay,
    cut: started.time,
    history: daily(historyBefore(objects, started.data), async (day) => {
      report(day);
      await rows.drain();
    }),
    stream: readArchivedDays(objects, production, 'OPS'),
    onHistory: told,
    onStream: async (sequence, emissions) => {
      await parity.compare(sequence, emissions);
      told(emissions);
      const last = emissions.at(-1)!;
      if (last.kind !== 'track.ticked' || last.data.now % 1440 !== 0) return;
      report(new Date(last.data.now * 60_000).toISOString().slice(0, 10));
      await rows.drain();
    },
  });
  take(book.finish());
  await rows.drain(true);
  await parts.add('messages.parquet', 'messages', MESSAGE_COLUMNS, messages);
  await parts.add('outcomes.parquet', 'outcomes', OUTCOME_COLUMNS, outcomes);
  return parity.finish();
}

/** Publishes the version, or says why it must not be. */
async function publish({ context, progress }: Job, { wanted, started, production, days, book, parts, parity }: Making & { readonly days: readonly string[]; readonly parity: ParityReport }): Promise<DatasetOutput> {
  const { run, replay } = wanted;
  if (parity.mismatches > 0) {
    const example = parity.examples[0]!;
    throw new DownlineError('DATASET_INVALID', `${parity.mismatches} logged messages are not what the same events give now; the first: ${example.id}, ${example.difference.slice(0, 300)}`, { ids: { run, replay } });
  }
  const used = days.filter((day) => !book.dropped.includes(day));
  const { train, valid, test, embargoed } = splitDays(days);
  const kept = (split: readonly string[]): string[] => split.filter((day) => used.includes(day));
  const split = { train: kept(train), valid: kept(valid), test: kept(test) };
  if (book.rowsBySplit.train === 0 || book.rowsBySplit.valid === 0 || book.rowsBySplit.test === 0) {
    throw new DownlineError('DATASET_INVALID', `a split is empty: ${JSON.stringify(book.rowsBySplit)}; days without all outcomes: ${book.dropped.join(', ') || 'none'}`, { ids: { run, replay } });
  }
  progress(0.97, 'publishing');
  const rows = parts.rowsOf('rows');
  const { told, sampled, unlabelled } = book.counts;
  const manifest = await parts.publish(context.objects, {
    kind: 'dataset',
    source: replay,
    parents: [started.data.lake, ...production.map((one) => one.version)],
    rows: { rows, messages: parts.rowsOf('messages'), outcomes: parts.rowsOf('outcomes') },
    quality: {
      entities: [{
        entity: 'messages', read: sampled, kept: sampled - unlabelled, quarantined: unlabelled,
        rules: [{ rule: 'outcomes-of-the-day-known', severity: 'quarantine', rows: unlabelled }],
      }],
      states: book.states,
    },
    details: {
      asOf: wanted.asOf, seed: wanted.seed, historyFrom: wanted.historyFrom, wantedRows: wanted.rows, shuffledLabels: wanted.shuffleLabels,
      meaning: MEANING, reducer: REDUCER_VERSION, features: FEATURES.map(({ name }) => name), categories: CATEGORIES.map(({ name }) => name),
      splits: split, embargoedDays: embargoed, droppedDays: book.dropped, rowsBySplit: book.rowsBySplit,
      messagesTold: told, samplingRates: book.rates,
      missing: Object.fromEntries(FEATURES.map(({ name }, index) => [name, book.missing[index]! / rows])),
      parity: { messages: parity.messages, vectors: parity.vectors, older: parity.older },
    },
    commit: context.commit,
    createdAt: new Date().toISOString(),
  });
  context.log.info({ run, version: manifest.version, rows: book.rowsBySplit, parity: parity.vectors }, 'dataset published');
  return { version: manifest.version, rows: book.rowsBySplit, messages: parts.rowsOf('messages'), days: split, parity: { messages: parity.messages, vectors: parity.vectors } };
}

/** The replay's first event. Throws `NOT_FOUND` when there is no such replay. */
async function beginningOf({ bus }: Context, replay: string): Promise<Envelope<'replay.started'>> {
  const started = await bus.last('OPS', `ops.${replay}.replay.started`);
  if (started?.kind !== 'replay.started') throw new DownlineError('NOT_FOUND', `no replay ${replay} has begun`, { ids: { replay } });
  return started;
}

/** How long the archive may need after the tick that closes a day. */
const ARCHIVE_PATIENCE_MS = 10 * 60_000;

/** The production manifests up to the last day that was closed at `asOf`; waits for the archive to write them. */
async function archivedProduction({ context, progress, signal }: Job, { replay, asOf, run }: DatasetInput, started: Envelope<'replay.started'>): Promise<Manifest[]> {
  const last = lastClosedDay(asOf);
  if (last < started.data.from) return [];
  for (const end = Date.now() + ARCHIVE_PATIENCE_MS; ;) {
    const days = await archivedDays(context.objects, replay, last);
    if (days.at(-1) !== undefined && dayOf(days.at(-1)!) === last) return days;
    if (Date.now() > end) throw new DownlineError('UNAVAILABLE', `the archive of ${last} is not there`, { ids: { run, replay } });
    signal.throwIfAborted();
    progress(0, `waiting for the archive of ${last}`);
    await sleep(500, undefined, { signal });
  }
}

/** Passes events on and does something whenever a new UTC day begins. */
async function* daily(events: AsyncIterable<OperationsEvent>, onDay: (day: string) => Promise<void>): AsyncGenerator<OperationsEvent> {
  let today = -1;
  for await (const event of events) {
    const day = Math.floor(event.knownAt / 1440);
    if (day > today) {
      today = day;
      await onDay(new Date(day * 86_400_000).toISOString().slice(0, 10));
    }
    yield event;
  }
}
