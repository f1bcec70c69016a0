import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Bus } from '../clients/nats/mod.ts';
import { DownlineError, isDownlineError, toDownlineError } from '../errors/mod.ts';
import type { OperationsEvent, ReplayStarted } from '../events/mod.ts';
import { operationsSubject } from '../events/mod.ts';
import { damagedMessage } from './damage.ts';
import { disorder } from './disorder.ts';
import { envelopeOf, type Item } from './item.ts';
import { Logbook, type Progress } from './logbook.ts';
import { Pace, type RealTime } from './pace.ts';
import { conflict, findPosition, storedOf, type Position } from './position.ts';
import { slices, type Slice } from './slice.ts';

export interface ConductorOptions {
  readonly bus: Bus;
  /** The operations events of the span in the order in which they became known, with their ticks. */
  readonly feed: AsyncIterable<OperationsEvent>;
  /** Id of the replay: part of subjects and event ids. */
  readonly replay: string;
  readonly started: ReplayStarted;
  /** Simulated minutes a real minute; 0 = as fast as the functions follow. */
  readonly speed: number;
  /** Share of events that are disturbed, 0 to 0.5. */
  readonly disorder: number;
  readonly seed: number;
  /** True while the simulated clock has to stand still (see `runsHoldClock`). */
  readonly clockWaits: () => Promise<boolean>;
  readonly signal: AbortSignal;
  readonly log: Logger;
  readonly onProgress?: (progress: Progress) => void;
  /** Real time; tests bring their own. */
  readonly time?: RealTime;
}

/** A replay under way. */
export interface Conductor {
  /** Resolves at the end of the span or when the signal has stopped it; rejects only with what waiting cannot mend. */
  readonly done: Promise<Progress>;
  setSpeed(speed: number): void;
  pause(): void;
  resume(): void;
  progress(): Progress;
}

/** How long the functions may take over one barrier before it is asked for again, milliseconds. */
const SETTLE_MS = 2_000;

/** Events published at once; more are in flight than a tick interval usually has. */
const BATCH = 256;

/**
 * Plays a feed into OPS: `replay.started`, then the events of each tick
 * interval, a barrier until every function has digested them, the tick, a
 * barrier again. The stream is its memory: started anew, it generates the same
 * sequence and passes over what is stored. It waits out a server that is away.
 * `done` rejects with `CONFLICT` when OPS holds another replay under this id,
 * with `WRITER_FENCED` when another conductor has taken this one over.
 */
export function runConductor(options: ConductorOptions): Conductor {
  const pace = new Pace(options.speed, options.time);
  const logbook = new Logbook(options, pace, randomUUID());
  const done = play(options, pace, logbook);
  return {
    done,
    setSpeed: (speed) => logbook.control({ speed, paused: pace.paused }),
    pause: () => logbook.control({ speed: pace.speed, paused: true }),
    resume: () => logbook.control({ speed: pace.speed, paused: false }),
    progress: () => logbook.progress(),
  };
}

async function play(options: ConductorOptions, pace: Pace, logbook: Logbook): Promise<Progress> {
  const { bus, signal } = options;
  const own = new AbortController();
  const following = logbook.followControls(AbortSignal.any([signal, own.signal]));
  try {
    await patiently(options, logbook, () => logbook.begin());
    let position = null as Position | null;
    let previousTick = -1;
    const player = new Player(options, pace, logbook);
    for await (const slice of slices(disorder(withBeginning(options), { share: options.disorder, seed: options.seed }))) {
      let stored = false;
      const storedAll = (): boolean => stored || signal.aborted;
      while (!storedAll()) {
        await patiently(options, logbook, async () => {
          if (position === null) {
            // What is stored may not be digested yet: the barrier comes before anything else.
            await player.settle();
            position = await findPosition(bus, options.replay);
          }
          const have = storedOf(slice, previousTick, position, options.replay);
          if (have === 'all') {
            // Ahead of this slice: the position still holds for the next one.
            logbook.passed(slice);
          } else {
            const at = position;
            position = null;
            position = await player.give(slice, have.count, at);
          }
          stored = true;
        });
      }
      if (signal.aborted) break;
      previousTick = slice.tick?.ordinal ?? previousTick;
    }
    if (!signal.aborted && position !== null && position.tick > previousTick) throw conflict(options.replay, `OPS has the tick ${position.tick}, after this feed's end`);
    return await logbook.end(signal.aborted ? 'stopped' : 'finished');
  } finally {
    own.abort();
    await following;
  }
}

/** The feed after its first event. */
async function* withBeginning(options: ConductorOptions): AsyncGenerator<OperationsEvent> {
  let begun = false;
  for await (const event of options.feed) {
    if (!begun) yield { kind: 'replay.started', knownAt: event.knownAt, data: options.started };
    begun = true;
    yield event;
  }
  if (!begun) throw new DownlineError('DATASET_INVALID', `the feed of ${options.started.from} to ${options.started.to} has no events`);
}

/** Does something until it succeeds: waits out what is away, looks again where the fence refused. */
async function patiently(options: ConductorOptions, logbook: Logbook, attempt: () => Promise<void>): Promise<void> {
  for (let delay = 50; !options.signal.aborted; delay = Math.min(delay * 2, 2_000)) {
    try {
      await attempt();
      return;
    } catch (error) {
      if (isDownlineError(error, 'WRITER_FENCED')) {
        await logbook.stillOwner();
        // Somebody else's message (an outsider's, a damaged one): look where the stream stands now.
        options.log.warn({ replay: options.replay }, 'OPS was written by somebody else; looking again');
        return;
      }
      if (!isDownlineError(error, 'SERVICE_DOWN')) throw error;
      logbook.wait('nats');
      options.log.warn({ replay: options.replay, error: toDownlineError(error).message }, 'the event service is away; waiting');
      await sleep(delay, undefined, { signal: options.signal }).catch(() => undefined);
    }
  }
}

/** Publishes slices. */
class Player {
  readonly #options: ConductorOptions;
  readonly #pace: Pace;
  readonly #logbook: Logbook;

  constructor(options: ConductorOptions, pace: Pace, logbook: Logbook) {
    this.#options = options;
    this.#pace = pace;
    this.#logbook = logbook;
  }

  /** Publishes a slice but for its first `skip` events, and its tick; returns the position after it, null when it is not known. */
  async give(slice: Slice, skip: number, position: Position): Promise<Position | null> {
    const { bus, replay, signal } = this.#options;
    let end = position.end;
    let seen = 0;
    let batch: Item[] = [];
    const flush = async (): Promise<void> => {
      if (batch.length === 0) return;
      end = await bus.append('OPS', batch.map((item) => envelopeOf(replay, item)), end);
      this.#logbook.published(batch);
      batch = [];
    };
    await this.#stand();
    for (const item of slice.items) {
      if (seen < skip) {
        // A damaged message before a stored event is stored too; one at the very end may come once more.
        if (item.type === 'event') seen++;
        continue;
      }
      if (batch.length >= BATCH || this.#pace.early(item.dueAt)) await flush();
      await this.#pace.until(item.dueAt, signal);
      if (signal.aborted) return null;
      if (item.type === 'event') {
        batch.push(item);
        continue;
      }
      await flush();
      const { headers, body } = damagedMessage(replay, item);
      const sequence = await bus.publishRaw(operationsSubject(replay, item.event.kind), headers, body);
      // A sequence beyond the next one means that somebody wrote in between: the next append finds out.
      if (sequence === end + 1) end = sequence;
    }
    await flush();
    if (slice.tick === null) {
      await this.settle();
      return null;
    }
    await this.#pace.until(slice.tick.dueAt, signal);
    await this.settle();
    await this.#stand();
    if (signal.aborted) return null;
    end = await bus.append('OPS', [envelopeOf(replay, slice.tick)], end);
    await this.settle();
    await this.#logbook.ticked(slice.tick);
    return { tick: slice.tick.ordinal, after: [], end };
  }

  /** Waits until no run holds the clock. */
  async #stand(): Promise<void> {
    const { signal, clockWaits } = this.#options;
    let stood = false;
    while (!signal.aborted && await clockWaits()) {
      stood = true;
      this.#logbook.wait('run');
      await sleep(250, undefined, { signal }).catch(() => undefined);
    }
    if (stood) this.#pace.restart();
    this.#logbook.wait(null);
  }

  /** Waits until every function has digested what is published. */
  async settle(): Promise<void> {
    const { bus, signal } = this.#options;
    while (!signal.aborted) {
      try {
        await bus.settled(SETTLE_MS);
        break;
      } catch (error) {
        if (!isDownlineError(error, 'BUSY')) throw error;
        this.#logbook.wait('functions');
      }
    }
    this.#logbook.wait(null);
  }
}
