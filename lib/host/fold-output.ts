import type { Logger } from 'pino';
import type { Bus } from '../clients/nats/mod.ts';
import { DownlineError } from '../errors/mod.ts';
import { STREAMS, type AnyEnvelope, type DerivedKind, type Envelope, type StreamName } from '../events/mod.ts';
import type { Fold } from './fold.ts';

/** Where the emissions of one replay go: kept until `flush` has stored them. */
export interface FoldOutput {
  /** Last sequence of this replay in the output stream (single-writer mode; else 0). */
  readonly last: number;
  /** While true, what is added is known to be stored. */
  stored: boolean;
  add(emissions: readonly Envelope<DerivedKind>[]): void;
  /** The catch-up is over: from now on everything is new. */
  caughtUp(log: Logger): void;
  /** Stores what was added, in order. Throws `WRITER_FENCED` or `SERVICE_DOWN`; what was not stored is kept. */
  flush(): Promise<void>;
}

/** The last sequence of the output stream as its writer knows it, shared by all replays; null before it was asked for. */
export interface Position { last: number | null }

/**
 * The output of a replay. In single-writer mode the stream's end says what was
 * emitted before a crash: the fold emits the same again in its catch-up, and all
 * up to the last stored one is passed over.
 *
 * `known` is the last sequence of this replay when the snapshot was taken.
 * Throws `WRITER_FENCED` when the stream has grown otherwise than by this fold.
 */
export async function createFoldOutput(bus: Bus, output: Fold<unknown>['output'], replay: string, position: Position, known: number): Promise<FoldOutput> {
  if (output.mode === 'facts') return factsOutput(bus);
  const { stream } = output;
  const { last } = await bus.bounds(stream);
  if (position.last !== null && position.last !== last) {
    throw new DownlineError('WRITER_FENCED', `${stream} ends at ${last}, not at ${position.last}: somebody else has written`, { ids: { stream } });
  }
  position.last = last;
  const lasts = await Promise.all(STREAMS[stream].map((subject) => bus.last(stream, subject.replace('>', `${replay}.>`))));
  const end = lasts.reduce<AnyEnvelope | null>((latest, one) => ((one?.sequence ?? 0) > (latest?.sequence ?? 0) ? one : latest), null);
  return singleWriterOutput(bus, stream, position, end !== null && (end.sequence ?? 0) > known ? end : null, end?.sequence ?? 0);
}

function factsOutput(bus: Bus): FoldOutput {
  let pending: Envelope<DerivedKind>[] = [];
  return {
    last: 0,
    stored: false,
    add(emissions) {
      if (!this.stored) for (const one of emissions) pending.push(one);
    },
    caughtUp: () => undefined,
    async flush() {
      if (pending.length === 0) return;
      await bus.publish(pending, 'new');
      pending = [];
    },
  };
}

function singleWriterOutput(bus: Bus, stream: StreamName, position: Position, end: AnyEnvelope | null, last: number): FoldOutput {
  let pending: Envelope<DerivedKind>[] = [];
  /** The last emission that is stored and has not been emitted again yet. */
  let awaited = end;
  /** What was emitted for the awaited one's cause or later ones, in case it never comes. */
  let beyond: Envelope<DerivedKind>[] = [];
  return {
    get last() { return last; },
    stored: false,
    add(emissions) {
      for (const one of emissions) {
        if (awaited === null) pending.push(one);
        else if (one.id === awaited.id) [awaited, beyond] = [null, []];
        else if ((causeOf(one) ?? 0) > (causeOf(awaited) ?? Number.POSITIVE_INFINITY)) beyond.push(one);
      }
    },
    caughtUp(log) {
      if (awaited === null) return;
      // Only where the code changed since: the same events give other emissions now. What is stored stays; what answers later events is added.
      log.error({ stream, id: awaited.id, sequence: awaited.sequence, later: beyond.length }, 'the last stored emission was not emitted again; going on after its cause');
      pending.push(...beyond);
      [awaited, beyond] = [null, []];
    },
    async flush() {
      if (pending.length === 0) return;
      const events = pending;
      position.last = last = await bus.append(stream, events, position.last ?? 0);
      pending = [];
    },
  };
}

/** The sequence of the OPS stream that an emission answers, where it says so. */
function causeOf(event: Envelope<DerivedKind> | AnyEnvelope): number | undefined {
  const { sequence } = event.data as { sequence?: unknown };
  return typeof sequence === 'number' ? sequence : undefined;
}
