import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { z } from 'zod';
import { readState, writeAtomic, type Guard } from '../../embedded/mod.ts';
import { DownlineError } from '../../errors/mod.ts';
import type { Inventory } from '../inventory.ts';
import type { JobSpec, JobState } from '../platform.ts';
import { Child } from './child-process.ts';

const record = z.object({
  name: z.string(),
  function: z.string(),
  input: z.unknown(),
  attempts: z.number().int(),
  /** `interrupted`: its process was killed or the platform went; it can be started again. */
  status: z.enum(['running', 'interrupted', 'succeeded', 'failed']),
  output: z.unknown(),
  reason: z.string(),
});
type Record = z.output<typeof record>;

/**
 * Jobs as child processes. What is known of one is in `<home>/jobs/`, so that
 * it outlives the platform. A job that fails by itself stays failed; one that
 * was interrupted is failed until `start` is called again, which starts it anew.
 */
export class Jobs {
  readonly #home: string;
  readonly #inventory: Inventory;
  readonly #guard: Guard;
  readonly #environment: (job: { function: string; folder: string }) => { [name: string]: string };
  readonly #running = new Map<string, { child: Child; progress: number | null; detail: string }>();
  #stopping = false;

  constructor(options: { home: string; inventory: Inventory; guard: Guard; environment(job: { function: string; folder: string }): { [name: string]: string } }) {
    this.#home = options.home;
    this.#inventory = options.inventory;
    this.#guard = options.guard;
    this.#environment = (job) => options.environment(job);
  }

  /** See `Platform.start`. Throws `NOT_FOUND` for a function that is no job, `CONFLICT` for a name with another input. */
  start(spec: JobSpec): void {
    const entry = this.#inventory.functions.find((one) => one.name === spec.function && one.job);
    if (entry === undefined) throw new DownlineError('NOT_FOUND', `stack.yml has no job ${spec.function}`, { ids: { job: spec.name } });
    const before = this.#load(spec.name);
    const input: unknown = JSON.parse(JSON.stringify(spec.input ?? null));
    if (before !== null && (before.function !== spec.function || JSON.stringify(before.input) !== JSON.stringify(input))) {
      throw new DownlineError('CONFLICT', `the job ${spec.name} exists with another input`, { ids: { job: spec.name } });
    }
    if (this.#running.has(spec.name) || before?.status === 'succeeded' || before?.status === 'failed' || this.#stopping) return;
    const known: Record = { name: spec.name, function: spec.function, input, attempts: (before?.attempts ?? 0) + 1, status: 'running', output: null, reason: '' };
    this.#save(known);
    let end: Partial<Record> | null = null;
    const child = new Child({
      name: `job-${spec.name}`,
      env: { ...this.#environment({ function: entry.name, folder: entry.folder }), DOWNLINE_JOB: JSON.stringify({ name: spec.name, input }) },
      log: join(this.#home, 'logs', `job-${fileName(spec.name)}.log`),
      guard: this.#guard,
      onMessage: (message) => {
        const running = this.#running.get(spec.name);
        if (message.type === 'progress' && running !== undefined) [running.progress, running.detail] = [message.share, message.detail];
        if (message.type === 'done') end = { status: 'succeeded', output: message.output };
        if (message.type === 'failed') end = { status: 'failed', reason: message.reason };
      },
    });
    this.#running.set(spec.name, { child, progress: null, detail: 'starting' });
    void child.ended.then((how) => {
      const interrupted = this.#stopping || end === null;
      this.#save({ ...known, ...(interrupted && end?.status !== 'succeeded' ? { status: 'interrupted', reason: `the job's process was interrupted (${how})` } : end) });
      this.#running.delete(spec.name);
    });
  }

  /** See `Platform.job`. */
  job(name: string): JobState | null {
    const running = this.#running.get(name);
    if (running !== undefined) return { status: 'running', progress: running.progress, detail: running.detail };
    const known = this.#load(name);
    if (known === null) return null;
    if (known.status === 'succeeded') return { status: 'succeeded', output: known.output };
    return { status: 'failed', reason: known.status === 'failed' ? known.reason : known.reason || 'the job was interrupted: the platform went away' };
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    await Promise.all([...this.#running.values()].map(({ child }) => child.stop(5_000)));
  }

  #path(name: string): string {
    return join(this.#home, 'jobs', `${fileName(name)}.json`);
  }

  #load(name: string): Record | null {
    return readState(this.#path(name), record);
  }

  #save(known: Record): void {
    writeAtomic(this.#path(known.name), JSON.stringify(known));
  }
}

/** A name as a file name: readable, and different for different names. */
function fileName(name: string): string {
  const safe = name.replace(/[^A-Za-z0-9-]/g, '_').slice(0, 60);
  return safe === name ? name : `${safe}-${createHash('sha256').update(name).digest('hex').slice(0, 8)}`;
}
