import { setTimeout as sleep } from 'node:timers/promises';

/** Real time, injected so that tests need not wait for it. */
export interface RealTime {
  /** Milliseconds, monotonic. */
  now(): number;
  /** Resolves after the milliseconds, or at once when the signal aborts. */
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
}

export const REAL_TIME: RealTime = {
  now: () => performance.now(),
  sleep: (milliseconds, signal) => sleep(milliseconds, undefined, { signal }).catch(() => undefined),
};

/** Behind its schedule by more than this many milliseconds, a replay gives the time up instead of racing after it. */
const PATIENCE = 2_000;

/**
 * Maps simulated minutes to real time at a speed that may change: `speed`
 * simulated minutes a real minute, 0 = never wait.
 */
export class Pace {
  readonly #time: RealTime;
  #speed: number;
  #paused = false;
  #anchor: { real: number; minute: number } | undefined;
  #changed = new AbortController();
  /** Milliseconds behind the schedule when last asked. */
  lag = 0;

  constructor(speed: number, time: RealTime = REAL_TIME) {
    this.#speed = speed;
    this.#time = time;
  }

  get speed(): number {
    return this.#speed;
  }

  get paused(): boolean {
    return this.#paused;
  }

  /** Changes speed or pausing; who waits at this moment waits by the new one. */
  set(change: { readonly speed?: number; readonly paused?: boolean }): void {
    this.#speed = change.speed ?? this.#speed;
    this.#paused = change.paused ?? this.#paused;
    this.restart();
  }

  /** Begins to count anew at the next wait: after time that must not be caught up with. */
  restart(): void {
    this.#anchor = undefined;
    const before = this.#changed;
    this.#changed = new AbortController();
    before.abort();
  }

  /** True when the simulated minute has not come yet. */
  early(minute: number): boolean {
    return this.#paused || (this.#speed > 0 && this.#anchor !== undefined && this.#due(minute) > this.#time.now());
  }

  /** Resolves when the simulated minute has come, or the signal aborts. */
  async until(minute: number, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const changed = this.#changed.signal;
      if (this.#paused) {
        await this.#time.sleep(2 ** 30, AbortSignal.any([changed, signal]));
        continue;
      }
      if (this.#speed === 0) return;
      this.#anchor ??= { real: this.#time.now(), minute };
      const wait = this.#due(minute) - this.#time.now();
      this.lag = Math.max(0, -wait);
      if (wait <= 0) {
        if (this.lag > PATIENCE) this.#anchor = { real: this.#time.now(), minute };
        return;
      }
      await this.#time.sleep(Math.min(wait, 2 ** 30), AbortSignal.any([changed, signal]));
    }
  }

  #due(minute: number): number {
    const anchor = this.#anchor!;
    return anchor.real + (minute - anchor.minute) / this.#speed * 60_000;
  }
}
