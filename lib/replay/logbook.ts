import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { Records } from '../clients/nats/mod.ts';
import { DownlineError, isDownlineError, toDownlineError } from '../errors/mod.ts';
import { canonicalJson } from '../events/mod.ts';
import type { ConductorOptions } from './conductor.ts';
import type { Item } from './item.ts';
import type { Pace } from './pace.ts';
import { conflict } from './position.ts';
import { CONTROLS, getReplay, putRecord, replayControl, replayRecord, REPLAYS, type ReplayControl, type ReplayRecord } from './record.ts';
import type { Slice } from './slice.ts';

/** How a replay goes. */
export interface Progress {
  readonly replay: string;
  readonly status: ReplayRecord['status'];
  readonly waiting: ReplayRecord['waiting'];
  /** Simulated now (UTC minutes) and UTC day; null before the first tick. */
  readonly now: number | null;
  readonly day: string | null;
  readonly speed: number;
  /** Events stored by this process, and how many a real second of late. */
  readonly events: number;
  readonly eventsPerSecond: number;
  /** Real milliseconds behind the schedule that the speed asks for. */
  readonly lag: number;
  /** Ordinal of the last event that is stored. */
  readonly ordinal: number;
}

/** Keeps a replay's record, hears what others want of it, and counts. */
export class Logbook {
  readonly #options: ConductorOptions;
  readonly #pace: Pace;
  readonly #owner: string;
  #status: ReplayRecord['status'] = 'running';
  #waiting: ReplayRecord['waiting'] = null;
  #now: number | null = null;
  #ordinal = -1;
  #events = 0;
  /** Real milliseconds and count of the events of the last seconds. */
  #window: { at: number; events: number }[] = [];

  constructor(options: ConductorOptions, pace: Pace, owner: string) {
    this.#options = options;
    this.#pace = pace;
    this.#owner = owner;
  }

  /** Takes the replay over and makes it the current one. Throws `CONFLICT` when it was begun with other settings. */
  async begin(): Promise<void> {
    const { bus, replay, speed, started, seed, disorder } = this.#options;
    const before = await getReplay(await bus.records(REPLAYS), replay);
    if (before !== null && canonicalJson([before.started, before.seed, before.disorder]) !== canonicalJson([started, seed, disorder])) {
      throw conflict(replay, `its record says ${JSON.stringify(before.started)}, seed ${before.seed}, disorder ${before.disorder}`);
    }
    await this.#write({ takeOver: true });
    await putRecord(await bus.records(REPLAYS), 'current', { id: replay });
    await putRecord(await bus.records(CONTROLS), replay, { speed, paused: false } satisfies ReplayControl);
  }

  /** Throws `WRITER_FENCED` when another conductor has taken the replay over. */
  async stillOwner(): Promise<void> {
    const { bus, replay } = this.#options;
    this.#checkOwner((await (await bus.records(REPLAYS)).get(replay))?.value);
  }

  /** Changes speed and pausing, here and in the record that other processes see. */
  control(control: ReplayControl): void {
    this.#apply(control);
    void this.#options.bus.records(CONTROLS)
      .then((records) => putRecord(records, this.#options.replay, control))
      .catch((error: unknown) => this.#options.log.warn({ error: toDownlineError(error).message }, 'the replay control could not be stored'));
  }

  /** Obeys what others write into the control record, until the signal aborts. */
  async followControls(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        const records: Records = await this.#options.bus.records(CONTROLS);
        for await (const entry of records.watch(signal)) {
          const control = replayControl.safeParse(entry.value);
          // What `begin` or `control` wrote comes back as it is here already.
          if (entry.key === this.#options.replay && control.success) this.#apply(control.data);
        }
      } catch (error) {
        if (!isDownlineError(error, 'SERVICE_DOWN')) this.#options.log.warn({ error: toDownlineError(error).message }, 'following the replay control failed; trying again');
      }
      await sleep(1_000, undefined, { signal }).catch(() => undefined);
    }
  }

  published(items: readonly Item[]): void {
    this.#events += items.length;
    this.#ordinal = items.at(-1)?.ordinal ?? this.#ordinal;
    const now = performance.now();
    this.#window.push({ at: now, events: items.length });
    while (this.#window.length > 1 && this.#window[0]!.at < now - 5_000) this.#window.shift();
  }

  /** A slice that was stored before. */
  passed(slice: Slice): void {
    this.#now = slice.tick?.event.knownAt ?? this.#now;
    this.#ordinal = slice.tick?.ordinal ?? this.#ordinal;
  }

  /** A tick is stored and digested: reported at once, recorded on the hour. */
  async ticked(tick: Item): Promise<void> {
    this.published([tick]);
    this.#now = tick.event.knownAt;
    this.#options.onProgress?.(this.progress());
    if (tick.event.knownAt % 60 === 0) await this.#write();
  }

  wait(waiting: ReplayRecord['waiting']): void {
    if (waiting === this.#waiting) return;
    this.#waiting = waiting;
    this.#options.onProgress?.(this.progress());
  }

  async end(status: 'finished' | 'stopped'): Promise<Progress> {
    this.#status = status;
    this.#waiting = null;
    // A server that is away at the end is no reason to fail: the stream has the truth.
    await this.#write().catch((error: unknown) => this.#options.log.warn({ error: toDownlineError(error).message }, 'the end of the replay could not be recorded'));
    this.#options.onProgress?.(this.progress());
    return this.progress();
  }

  progress(): Progress {
    const seconds = (performance.now() - (this.#window[0]?.at ?? 0)) / 1_000;
    const events = this.#window.reduce((sum, entry) => sum + entry.events, 0);
    return {
      replay: this.#options.replay,
      status: this.#status,
      waiting: this.#waiting,
      now: this.#now,
      day: this.#now === null ? null : new Date(this.#now * 60_000).toISOString().slice(0, 10),
      speed: this.#pace.speed,
      events: this.#events,
      eventsPerSecond: seconds > 0 && this.#window.length > 1 ? events / seconds : 0,
      lag: this.#pace.lag,
      ordinal: this.#ordinal,
    };
  }

  #apply(control: ReplayControl): void {
    if (control.speed === this.#pace.speed && control.paused === this.#pace.paused) return;
    this.#pace.set(control);
    if (this.#status === 'running' || this.#status === 'paused') this.#status = control.paused ? 'paused' : 'running';
    this.#options.onProgress?.(this.progress());
  }

  #checkOwner(stored: unknown): void {
    const record = replayRecord.safeParse(stored);
    const { replay } = this.#options;
    if (record.success && record.data.owner !== this.#owner) {
      throw new DownlineError('WRITER_FENCED', `another conductor has taken over ${replay}`, { ids: { replay } });
    }
  }

  async #write({ takeOver = false } = {}): Promise<void> {
    const { bus, replay, started, seed, disorder } = this.#options;
    const record: ReplayRecord = {
      id: replay, started, seed, disorder, speed: this.#pace.speed, status: this.#status, waiting: this.#waiting,
      ordinal: this.#ordinal, now: this.#now, owner: this.#owner,
    };
    await putRecord(await bus.records(REPLAYS), replay, z.encode(replayRecord, record), (before) => { if (!takeOver) this.#checkOwner(before); });
  }
}
