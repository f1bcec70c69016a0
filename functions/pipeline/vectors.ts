import type { Bus } from '../../lib/clients/nats/mod.ts';
import type { Envelope } from '../../lib/events/mod.ts';
import { DownlineError } from '../../lib/errors/mod.ts';

/** How far back in PREDICTIONS vectors are looked for, messages. */
const LOOK_BACK = 2000;

/**
 * Real rotation messages that this revision of production has answered by
 * event, newest last. Asked again, production stores nothing: the answer is on
 * its subject already. Throws `UNAVAILABLE` while there is none.
 */
export async function answeredVectors(bus: Bus, options: { replay: string; revision: string; count: number }): Promise<Envelope<'rotation.changed'>[]> {
  const { replay, revision, count } = options;
  const { last } = await bus.bounds('PREDICTIONS');
  const sequences = new Map<string, number>();
  for await (const event of bus.read('PREDICTIONS', { from: Math.max(1, last - LOOK_BACK), to: last, subjects: [`prediction.${replay}.production.event.>`] })) {
    if (event.kind === 'prediction.made' && event.data.revision === revision) sequences.set(event.data.rotation, event.data.vectorSequence);
  }
  const vectors: Envelope<'rotation.changed'>[] = [];
  for (const sequence of [...sequences.values()].sort((a, b) => a - b).slice(-count)) {
    const event = await bus.at('ROTATIONS', sequence);
    if (event?.kind === 'rotation.changed') vectors.push(event);
  }
  if (vectors.length === 0) throw new DownlineError('UNAVAILABLE', `waits for a vector that ${revision} has answered`);
  return vectors;
}
