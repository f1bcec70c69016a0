import { z } from 'zod';
import type { Bus } from '../../lib/clients/nats/mod.ts';
import { DownlineError } from '../../lib/errors/mod.ts';
import { rollout, run as runSchema, type Rollout, type Run } from '../../lib/events/mod.ts';
import { BUCKETS, canaryRequest, runId, runOrdinal, type CanaryRequest } from '../../lib/pipeline/mod.ts';

/** A run and the revision under which it may be replaced. */
export interface HeldRun { readonly run: Run; readonly revision: number }

/** A run by id, or null. A damaged record is `INTERNAL`. */
export async function loadRun(bus: Bus, id: string): Promise<HeldRun | null> {
  const found = await (await bus.records(BUCKETS.runs)).get(id);
  return found === null ? null : { run: parse(runSchema, found.value, `run ${id}`), revision: found.revision };
}

/** Ids of a replay's runs, oldest first. */
export async function runIds(bus: Bus, replay: string): Promise<string[]> {
  const keys = await (await bus.records(BUCKETS.runs)).keys();
  return keys
    .flatMap((id) => { const ordinal = runOrdinal(replay, id); return ordinal === null ? [] : [{ id, ordinal }]; })
    .sort((a, b) => a.ordinal - b.ordinal)
    .map(({ id }) => id);
}

/** The replay's newest run, or null. */
export async function lastRun(bus: Bus, replay: string): Promise<HeldRun | null> {
  const id = (await runIds(bus, replay)).at(-1);
  return id === undefined ? null : loadRun(bus, id);
}

/** The id that comes after a replay's newest run. Two that ask at once get the same one, and only one can create it. */
export function nextRunId(replay: string, last: HeldRun | null): string {
  return runId(replay, last === null ? 1 : runOrdinal(replay, last.run.id)! + 1);
}

/** Stores a new run. Throws `RUN_ACTIVE` when somebody else was first. */
export async function createRun(bus: Bus, run: Run): Promise<HeldRun> {
  try {
    const revision = await (await bus.records(BUCKETS.runs)).create(run.id, z.encode(runSchema, run));
    await announce(bus, run, revision);
    return { run, revision };
  } catch (error) {
    if (error instanceof DownlineError && error.code === 'CONFLICT') throw new DownlineError('RUN_ACTIVE', `run ${run.id} was requested at the same moment`, { ids: { run: run.id } });
    throw error;
  }
}

/** Replaces the run that was read and tells everybody. Throws `CONFLICT` when it is no longer the last. */
export async function saveRun(bus: Bus, held: HeldRun, run: Run): Promise<HeldRun> {
  const revision = await (await bus.records(BUCKETS.runs)).update(run.id, z.encode(runSchema, run), held.revision);
  await announce(bus, run, revision);
  return { run, revision };
}

/** A notification; the truth is the record. */
export async function announce(bus: Bus, run: Run, revision: number): Promise<void> {
  await bus.publish([{ kind: 'run.changed', id: `${run.id}.${revision}`, source: 'pipeline', time: run.requestedAt, replay: run.replay, data: run }], 'any');
}

/** The rollout's record, or null before it has begun. Only `rollout` writes it. */
export async function loadRollout(bus: Bus, replay: string): Promise<Rollout | null> {
  const found = await (await bus.records(BUCKETS.rollout)).get(replay);
  return found === null ? null : parse(rollout, found.value, `the rollout of ${replay}`);
}

/** Asks `rollout` for a canary, or for its end. Repeating it changes nothing. */
export async function requestCanary(bus: Bus, replay: string, request: CanaryRequest): Promise<void> {
  const records = await bus.records(BUCKETS.canaries);
  const value = z.encode(canaryRequest, request);
  const before = await records.get(replay);
  if (before === null) await records.create(replay, value);
  else if (JSON.stringify(before.value) !== JSON.stringify(value)) await records.update(replay, value, before.revision);
}

function parse<S extends z.ZodType>(schema: S, value: unknown, what: string): z.output<S> {
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw new DownlineError('INTERNAL', `the record of ${what} is damaged: ${z.prettifyError(parsed.error).slice(0, 300)}`);
  return parsed.data;
}
