import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DownlineError } from '../errors/mod.ts';
import { logTail } from './files.ts';
import type { Guard } from './guard.ts';
import { signalGroup } from './process-id.ts';

/** A server process to be kept running. */
export interface ServerSpec {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly log: string;
  /** True when the server answers; asked until it does. */
  ready(): Promise<boolean>;
  /** Longest time to become ready, and to end after SIGTERM, in milliseconds. */
  readonly startMs: number;
  readonly stopMs: number;
}

export interface ServerStatus {
  readonly name: string;
  readonly state: 'starting' | 'ready' | 'stopped';
  readonly pid: number | null;
  readonly restarts: number;
  readonly log: string;
}

/** Pauses before the next start after each death in a row; a server that was ready begins anew. Milliseconds. */
const BACKOFF = [100, 500, 2_000, 5_000, 15_000];

/** Runs one server: starts it, waits until it answers, starts it again when it dies, stops it. */
export class Supervisor {
  readonly #spec: ServerSpec;
  readonly #guard: Guard;
  readonly #onChange: (status: ServerStatus) => void;
  #child: ChildProcess | null = null;
  #state: ServerStatus['state'] = 'stopped';
  #restarts = 0;
  #deaths = 0;
  #stopping = false;

  constructor(spec: ServerSpec, guard: Guard, onChange: (status: ServerStatus) => void = () => undefined) {
    this.#spec = spec;
    this.#guard = guard;
    this.#onChange = onChange;
  }

  get status(): ServerStatus {
    return { name: this.#spec.name, state: this.#state, pid: this.#child?.pid ?? null, restarts: this.#restarts, log: this.#spec.log };
  }

  /** Starts and waits until the server answers. Throws `SERVICE_DOWN` with the end of its log; it is not tried further then. */
  async start(): Promise<void> {
    this.#stopping = false;
    this.#launch();
    const deadline = Date.now() + this.#spec.startMs;
    while (Date.now() < deadline) {
      if (await this.#probe()) return;
      if (this.#isStopping()) throw new DownlineError('SERVICE_DOWN', `${this.#spec.name} was stopped before it was ready`, { ids: { service: this.#spec.name } });
      // A port taken in the wrong moment or a lock not yet let go heals itself; a wrong option does not.
      if (this.#deaths >= 3) break;
      await sleep(50);
    }
    await this.stop();
    throw new DownlineError('SERVICE_DOWN', `${this.#spec.name} did not start; its log ${this.#spec.log} ends:\n${logTail(this.#spec.log)}`, { ids: { service: this.#spec.name } });
  }

  /** SIGTERM, then SIGKILL after the server's time. */
  async stop(): Promise<void> {
    this.#stopping = true;
    const child = this.#child;
    if (child?.pid !== undefined) {
      const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
      signalGroup(child.pid, 'SIGTERM');
      const late = setTimeout(() => signalGroup(child.pid!, 'SIGKILL'), this.#spec.stopMs);
      if (child.exitCode === null && child.signalCode === null) await ended;
      clearTimeout(late);
      signalGroup(child.pid, 'SIGKILL');
    }
    this.#change('stopped');
  }

  async #probe(): Promise<boolean> {
    const child = this.#child;
    if (child === null) return false;
    const answered = await this.#spec.ready().catch(() => false);
    if (!answered || this.#child !== child) return false;
    this.#deaths = 0;
    this.#change('ready');
    return true;
  }

  #launch(): void {
    if (this.#stopping) return;
    mkdirSync(dirname(this.#spec.log), { recursive: true });
    const log = openSync(this.#spec.log, 'a', 0o600);
    const child = spawn(this.#spec.command, this.#spec.args, {
      env: { ...process.env, ...this.#spec.env },
      cwd: this.#spec.cwd,
      stdio: ['ignore', log, log],
      detached: true,
    });
    closeSync(log);
    this.#child = child;
    this.#change('starting');
    if (child.pid !== undefined) this.#guard.add(this.#spec.name, child.pid);
    let over = false;
    const ended = (): void => {
      if (over) return;
      over = true;
      void this.#died(child);
    };
    child.once('exit', ended);
    child.once('error', ended);
  }

  async #died(child: ChildProcess): Promise<void> {
    if (child.pid !== undefined) {
      // What the dead leader has left of its group would hold the port or the store.
      signalGroup(child.pid, 'SIGKILL');
      this.#guard.remove(child.pid);
    }
    if (this.#child === child) this.#child = null;
    if (this.#stopping) return;
    this.#change('starting');
    await sleep(BACKOFF[Math.min(this.#deaths, BACKOFF.length - 1)]);
    if (this.#isStopping()) return;
    this.#deaths += 1;
    this.#restarts += 1;
    this.#launch();
    while (!this.#isStopping() && this.#child !== null && !(await this.#probe())) await sleep(100);
  }

  #isStopping(): boolean {
    return this.#stopping;
  }

  #change(state: ServerStatus['state']): void {
    if (this.#state === state) return;
    this.#state = state;
    this.#onChange(this.status);
  }
}
