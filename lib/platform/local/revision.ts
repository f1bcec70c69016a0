import { setTimeout as sleep } from 'node:timers/promises';
import { logTail, type Guard } from '../../embedded/mod.ts';
import { DownlineError } from '../../errors/mod.ts';
import type { RevisionSpec, RevisionState } from '../platform.ts';
import { Child } from './child-process.ts';
import { Tally } from './tally.ts';

/** Pauses before a revision that died is started again, milliseconds. */
const BACKOFF = [0, 200, 1_000, 3_000, 10_000];
/** A revision that has never been ready and dies this often will not be. */
const HOPELESS = 3;

/** A revision: a child process behind HTTP that is started again when it dies. */
export class Revision {
  readonly spec: RevisionSpec;
  readonly tally = new Tally();
  readonly #options: { env: Record<string, string>; log: string; guard: Guard };
  #child: Child | null = null;
  #port: number | null = null;
  #restarts = 0;
  #deaths = 0;
  #stopped = false;
  /** Why it died last; with `#hopeless` it is not tried again. */
  #reason: string | null = null;
  #hopeless = false;
  #everReady = false;

  constructor(spec: RevisionSpec, options: { env: Record<string, string>; log: string; guard: Guard }) {
    this.spec = spec;
    this.#options = options;
    void this.#live();
  }

  /** The port it answers on; null while it does not. */
  get port(): number | null {
    return this.#port;
  }

  get url(): string {
    return this.#port === null ? '' : `http://127.0.0.1:${this.#port}`;
  }

  get state(): RevisionState {
    const { name, environment, bundle } = this.spec;
    const { requests, errors } = this.tally;
    return { name, environment, bundle, ready: this.#port !== null, restarts: this.#restarts, requests, errors, p50: this.tally.quantile(0.5), p99: this.tally.quantile(0.99), url: this.url };
  }

  /** Waits until it is ready. Throws `REVISION_FAILED` with the end of its log. */
  async ready(milliseconds = 120_000): Promise<void> {
    const deadline = Date.now() + milliseconds;
    while (this.#port === null) {
      if (this.#hopeless || this.#stopped || Date.now() > deadline) {
        throw new DownlineError('REVISION_FAILED', `${this.spec.name} is not ready: ${this.#stopped ? 'it was removed' : this.#reason ?? 'it took too long'}\n${logTail(this.#options.log)}`, { ids: { revision: this.spec.name } });
      }
      await sleep(20);
    }
  }

  /** No more requests from now on; those under way are finished. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#port = null;
    await this.#child?.stop();
  }

  async #live(): Promise<void> {
    while (!this.#stopped) {
      const child = new Child({
        name: this.spec.name,
        env: this.#options.env,
        log: this.#options.log,
        guard: this.#options.guard,
        onMessage: (message) => {
          if (message.type === 'failed') this.#reason = message.reason;
          if (message.type !== 'ready' || this.#stopped || this.#child !== child) return;
          this.#everReady = true;
          this.#reason = null;
          this.#deaths = 0;
          this.#port = message.port;
        },
      });
      this.#child = child;
      const how = await child.ended;
      this.#port = null;
      if (this.#isStopped()) return;
      this.#deaths += 1;
      this.#reason ??= how;
      if (!this.#everReady && this.#deaths >= HOPELESS) {
        this.#hopeless = true;
        return;
      }
      await sleep(BACKOFF[Math.min(this.#deaths - 1, BACKOFF.length - 1)]);
      this.#restarts += 1;
    }
  }

  #isStopped(): boolean {
    return this.#stopped;
  }
}
