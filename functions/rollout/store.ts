import { z } from 'zod';
import type { Bus } from '../../lib/clients/nats/mod.ts';
import { DownlineError } from '../../lib/errors/mod.ts';
import { rollout, type Rollout } from '../../lib/events/mod.ts';
import { BUCKETS, canaryRequest, type CanaryRequest } from '../../lib/pipeline/mod.ts';

/** A record and the revision under which it may be replaced; revision 0 = not there yet. */
export interface Held { readonly record: Rollout; readonly revision: number }

/** The rollout's record of a replay, or null. A damaged record is `INTERNAL`. */
export async function loadRollout(bus: Bus, replay: string): Promise<Held | null> {
  const found = await (await bus.records(BUCKETS.rollout)).get(replay);
  if (found === null) return null;
  const parsed = rollout.safeParse(found.value);
  if (!parsed.success) throw new DownlineError('INTERNAL', `the rollout's record of ${replay} is damaged: ${z.prettifyError(parsed.error).slice(0, 300)}`, { ids: { replay } });
  return { record: parsed.data, revision: found.revision };
}

/** Replaces the record that was read and tells everybody. Throws `CONFLICT` when it is no longer the last. */
export async function saveRollout(bus: Bus, held: { readonly revision: number }, record: Rollout, at: number): Promise<Held> {
  const records = await bus.records(BUCKETS.rollout);
  const value = z.encode(rollout, record);
  const revision = held.revision === 0 ? await records.create(record.replay, value) : await records.update(record.replay, value, held.revision);
  await bus.publish([{ kind: 'rollout.changed', id: `${record.replay}.rollout.${revision}`, source: 'rollout', time: at, replay: record.replay, data: record }], 'any');
  return { record, revision };
}

/** What `pipeline` asks for, or null. */
export async function loadRequest(bus: Bus, replay: string): Promise<CanaryRequest | null> {
  const found = await (await bus.records(BUCKETS.canaries)).get(replay);
  if (found === null) return null;
  const parsed = canaryRequest.safeParse(found.value);
  if (!parsed.success) throw new DownlineError('INTERNAL', `the request for a canary of ${replay} is damaged: ${z.prettifyError(parsed.error).slice(0, 300)}`, { ids: { replay } });
  return parsed.data;
}
