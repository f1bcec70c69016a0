import { createHash } from 'node:crypto';
import type { Context } from './definition.ts';
import type { AnyEnvelope, StreamName } from '../events/mod.ts';
import { DownlineError, isDownlineError, toDownlineError } from '../errors/mod.ts';
import { matches, subjectOf } from '../clients/nats/mod.ts';
import { createFoldOutput, type FoldOutput, type Position } from './fold-output.ts';
import { merged } from './fold-merge.ts';
import type { Fold } from './fold.ts';
import { withExtras } from './problem.ts';
import { createSnapshots, type Snapshots } from './snapshots.ts';

/** What a fold needs of a function's context. */
export type FoldContext = Pick<Context, 'bus' | 'objects' | 'log'>;

/** Drives a fold over its streams. Calls may overlap; they are worked off one after the other. */
export interface FoldDriver<State> {
  /**
   * Applies events of one stream, in its order, and stores what they emit.
   * Repetitions are passed over. Throws the error of `apply` (with the index of
   * the event when it is at fault, after what came before it was stored), or
   * `WRITER_FENCED` or `SERVICE_DOWN`, after which the same events may come again.
   */
  handle(events: readonly AnyEnvelope[]): Promise<void>;
  /** The state as of everything that the streams have or that was handled; not to be changed by the caller. */
  state(replay: string): Promise<State>;
  /** SHA-256 of the canonical state, hex. */
  hash(replay: string): Promise<string>;
  /** Stores a snapshot of each replay in memory. Throws `SERVICE_DOWN`. */
  snapshot(): Promise<void>;
  /** Waits for what is under way, a snapshot included. */
  close(): Promise<void>;
}

/** A replay in memory. */
interface Replay<State> {
  readonly id: string;
  state: State;
  /** Last sequence applied, by input stream. */
  readonly applied: Map<StreamName, number>;
  readonly output: FoldOutput;
  /** Events whose `apply` threw: passed over in a catch-up, but told to whoever delivers them. */
  readonly faults: Map<string, DownlineError>;
  snapshotDue: boolean;
}

/** Events between two writes of emissions in a catch-up. */
const FLUSH_EVERY = 500;

/**
 * See `Fold`. `consumer` is the name before `-<STREAM>` of the durable consumers
 * that bring the events (default: the fold's name): what they have acknowledged
 * was emitted, and need not be stored again after a start.
 */
export function createFold<State>(fold: Fold<State>, context: FoldContext, options: { consumer?: string } = {}): FoldDriver<State> {
  const { bus } = context;
  const log = context.log.child({ fold: fold.name });
  const snapshots: Snapshots = createSnapshots(context.objects, `state/${fold.name}/${fold.version}`, log);
  const replays = new Map<string, Replay<State>>();
  const background = new Set<Promise<unknown>>();
  /** Last sequence of the output stream, shared by the replays: its only writer is this fold. */
  const position: Position = { last: null };
  let turn: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const result = turn.then(work, work);
    turn = result.catch(() => undefined);
    return result;
  };

  const inputOf = (event: AnyEnvelope): StreamName | undefined => {
    const input = fold.inputs.find(({ stream }) => stream === event.stream);
    if (input === undefined) return undefined;
    const subject = subjectOf(event);
    return input.subjects(event.replay).some((pattern) => matches(pattern, subject)) ? input.stream : undefined;
  };

  /** Applies one event unless it was; an event at fault is remembered and thrown. */
  const apply = async (replay: Replay<State>, event: AnyEnvelope, stream: StreamName, sequence: number): Promise<void> => {
    if (sequence <= (replay.applied.get(stream) ?? 0)) {
      const fault = replay.faults.get(`${stream} ${sequence}`);
      if (fault !== undefined) throw fault;
      return;
    }
    try {
      replay.output.add(await fold.apply(replay.state, event));
    } catch (error) {
      const known = toDownlineError(error);
      if (known.retry === 'never' && known.status < 500) {
        replay.faults.set(`${stream} ${sequence}`, known);
        replay.applied.set(stream, sequence);
      }
      throw known;
    }
    replay.applied.set(stream, sequence);
    if (fold.snapshotAfter?.(event) === true) replay.snapshotDue = true;
  };

  const load = async (id: string): Promise<Replay<State>> => {
    const began = performance.now();
    const snapshot = await snapshots.newest(id, (text) => fold.decode(text));
    // The order matters: the ends are read after the output's position, so what is emitted by then is an answer to what is read.
    const output = await createFoldOutput(bus, fold.output, id, position, snapshot?.output ?? 0);
    const replay: Replay<State> = {
      id,
      state: snapshot?.state ?? await fold.initial(id),
      applied: new Map(snapshot?.applied ?? []),
      output,
      faults: new Map(),
      snapshotDue: false,
    };
    const consumers = fold.output.mode === 'facts' ? await bus.consumers() : [];
    const acked = new Map(consumers.filter(({ name, stream }) => name === `${options.consumer ?? fold.name}-${stream}`).map(({ stream, acked: floor }) => [stream, floor]));
    const sources = fold.inputs.map((input) => bus.read(input.stream, { from: (replay.applied.get(input.stream) ?? 0) + 1, subjects: input.subjects(id) }));
    let count = 0;
    for await (const event of merged(sources)) {
      const [stream, sequence] = placeOf(event);
      output.stored = sequence <= (acked.get(stream) ?? 0);
      await apply(replay, event, stream, sequence).catch((error: unknown) => {
        if (!replay.faults.has(`${stream} ${sequence}`)) throw error;
        log.warn({ replay: id, stream, sequence, code: toDownlineError(error).code }, 'an event at fault was passed over');
      });
      count += 1;
      if (count % FLUSH_EVERY === 0) await output.flush();
    }
    output.stored = false;
    output.caughtUp(log);
    await output.flush();
    log.info({ replay: id, events: count, from: Object.fromEntries(snapshot?.applied ?? []), ms: Math.round(performance.now() - began) }, 'state loaded');
    return replay;
  };

  const replayOf = async (id: string): Promise<Replay<State>> => {
    let replay = replays.get(id);
    if (replay === undefined) replays.set(id, replay = await load(id).catch(orForget));
    return replay;
  };

  /** A writer that was fenced starts over from what is stored. */
  const orForget = (error: unknown): never => {
    if (isDownlineError(error, 'WRITER_FENCED')) {
      replays.clear();
      position.last = null;
    }
    throw error;
  };

  const flush = (replay: Replay<State>): Promise<void> => replay.output.flush().catch(orForget);

  const storeWhenDue = (replay: Replay<State>): void => {
    if (!replay.snapshotDue) return;
    replay.snapshotDue = false;
    const writing = store(replay).catch((error: unknown) => log.warn({ err: error, replay: replay.id }, 'no snapshot was stored; going on'));
    background.add(writing);
    void writing.finally(() => background.delete(writing));
  };

  /** The state is put into text at once; only its storing takes time. */
  const store = (replay: Replay<State>): Promise<void> => snapshots.store(replay.id, {
    applied: [...replay.applied], output: replay.output.last, text: fold.encode(replay.state),
  });

  return {
    handle: (events) => inTurn(async () => {
      const touched = new Set<Replay<State>>();
      for (const [index, event] of events.entries()) {
        const [, sequence] = placeOf(event);
        const stream = inputOf(event);
        if (stream === undefined) continue;
        const replay = await replayOf(event.replay);
        touched.add(replay);
        try {
          await apply(replay, event, stream, sequence);
        } catch (error) {
          // No snapshot here: it would pass over the event before the relay has buried it.
          for (const one of touched) await flush(one);
          throw withExtras(toDownlineError(error), { index });
        }
      }
      for (const replay of touched) {
        await flush(replay);
        storeWhenDue(replay);
      }
    }),
    state: (id) => inTurn(async () => (await replayOf(id)).state),
    hash: (id) => inTurn(async () => createHash('sha256').update(fold.encode((await replayOf(id)).state)).digest('hex')),
    snapshot: () => inTurn(async () => {
      for (const replay of replays.values()) {
        await flush(replay);
        await store(replay);
      }
    }),
    async close() {
      await turn;
      await Promise.all(background);
      replays.clear();
    },
  };
}

function placeOf(event: AnyEnvelope): [stream: StreamName, sequence: number] {
  if (event.stream === undefined || event.sequence === undefined) {
    throw new DownlineError('EVENT_INVALID', 'an event of a fold has a stream and a sequence', { ids: { id: event.id } });
  }
  return [event.stream as StreamName, event.sequence];
}
