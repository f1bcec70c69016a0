import { z } from 'zod';
import type { Records } from '../clients/nats/mod.ts';
import { isDownlineError } from '../errors/mod.ts';
import { replayStarted, utcMinute } from '../events/mod.ts';

/** Bucket of the replays' records; the key `current` points at the one that is lived. */
export const REPLAYS = 'replays';
/** Bucket of what others want of a conductor: its speed, and whether it pauses. */
export const CONTROLS = 'replay-controls';

/** A replay as its conductor last reported it (bucket `replays`, key = replay id). Only the conductor writes it. */
export const replayRecord = z.object({
  id: z.string(),
  started: replayStarted,
  seed: z.number().int(),
  disorder: z.number(),
  speed: z.number(),
  status: z.enum(['running', 'paused', 'finished', 'stopped']),
  /** What it waits for: a run on its way to its canary, functions that have not digested the last tick, a server that is away. */
  waiting: z.enum(['run', 'functions', 'nats']).nullable(),
  /** Ordinal of the last event that is stored; simulated now. */
  ordinal: z.number().int(),
  now: utcMinute.nullable(),
  /** Of the conductor's process: a newer one takes over. */
  owner: z.string(),
});
export type ReplayRecord = z.output<typeof replayRecord>;

export const replayControl = z.object({ speed: z.number().min(0).max(1e9), paused: z.boolean() });
export type ReplayControl = z.output<typeof replayControl>;

/** Writes a record whatever it was before, or throws what `check` throws about it. */
export async function putRecord(records: Records, key: string, value: unknown, check: (before: unknown) => void = () => undefined): Promise<void> {
  for (;;) {
    const before = await records.get(key);
    if (before !== null) check(before.value);
    try {
      await (before === null ? records.create(key, value) : records.update(key, value, before.revision));
      return;
    } catch (error) {
      if (!isDownlineError(error, 'CONFLICT')) throw error;
    }
  }
}

/** The record of a replay, or null. */
export async function getReplay(records: Records, replay: string): Promise<ReplayRecord | null> {
  const found = await records.get(replay);
  return found === null ? null : replayRecord.parse(found.value);
}
