import { z } from 'zod';
import type { Bus } from '../clients/nats/mod.ts';
import { DownlineError } from '../errors/mod.ts';

const pointer = z.object({ id: z.string() });

/** The id of the replay (or live feed) that the HTTP interface speaks of: key `current` of the bucket `replays`. Throws `UNAVAILABLE` before the first one. */
export async function currentReplay(bus: Bus): Promise<string> {
  const record = await (await bus.records('replays')).get('current');
  if (record === null) throw new DownlineError('UNAVAILABLE', 'no replay has begun yet');
  return pointer.parse(record.value).id;
}

/** The simulated "now" of a replay, UTC minutes: the last tick that `track` handed on. Throws `UNAVAILABLE` before the first. */
export async function currentMinute(bus: Bus, replay: string): Promise<number> {
  const tick = await bus.last('ROTATIONS', `clock.${replay}.ticked`);
  if (tick?.kind !== 'track.ticked') throw new DownlineError('UNAVAILABLE', 'the clock has not ticked yet', { ids: { replay } });
  return tick.data.now;
}
