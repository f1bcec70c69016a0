import type { Bus } from '../clients/nats/mod.ts';
import { DownlineError } from '../errors/mod.ts';
import { itemId } from './item.ts';
import type { Slice } from './slice.ts';

/** How far a replay is stored in OPS: the ordinal of its last tick, the ids that came after it, and the stream's end. */
export interface Position {
  /** -1 before the first tick. */
  readonly tick: number;
  readonly after: readonly string[];
  /** The sequence after which the next append must land: the fence. */
  readonly end: number;
}

/** Reads where a replay stands: the stream itself is the conductor's memory. */
export async function findPosition(bus: Bus, replay: string): Promise<Position> {
  // The end first: whatever is stored after this look makes the next append fail, and the look is repeated.
  const { first, last: end } = await bus.bounds('OPS');
  const tick = await bus.last('OPS', `ops.${replay}.clock.ticked`);
  const after: string[] = [];
  const from = tick?.sequence === undefined ? first : tick.sequence + 1;
  if (from <= end && end > 0) {
    for await (const event of bus.read('OPS', { from, to: end, subjects: [`ops.${replay}.>`] })) after.push(event.id);
  }
  return { tick: tick === null ? -1 : ordinalOf(replay, tick.id), after, end };
}

/** The ordinal in an event id of a replay. Throws `EVENT_INVALID` where it is none: somebody else wrote on the replay's subjects. */
export function ordinalOf(replay: string, id: string): number {
  const ordinal = id.startsWith(`${replay}.`) ? Number(id.slice(replay.length + 1)) : NaN;
  if (!Number.isSafeInteger(ordinal) || ordinal < 0) throw new DownlineError('EVENT_INVALID', `the event ${id} in OPS is not of the replay ${replay}'s conductor`, { ids: { replay, id } });
  return ordinal;
}

/** What of a slice is stored already: all of it, or its first `count` events. */
export type Stored = 'all' | { readonly count: number };

/**
 * Compares a slice with the stored position. `previousTick` is the ordinal of
 * the tick before the slice (-1 for the first). Throws `CONFLICT` when what is
 * stored is not what is generated: another seed, span, disorder or lake.
 */
export function storedOf(slice: Slice, previousTick: number, position: Position, replay: string): Stored {
  if (slice.tick !== null && position.tick >= slice.tick.ordinal) return 'all';
  if (position.tick !== previousTick) {
    throw conflict(replay, `OPS has the tick ${position.tick} where this feed has ${previousTick}`);
  }
  const ids = slice.items.filter((item) => item.type === 'event').map((item) => itemId(replay, item.ordinal));
  const differs = position.after.findIndex((id, index) => ids[index] !== id);
  if (differs >= 0) {
    throw conflict(replay, `OPS has ${position.after[differs] ?? ''} where this feed has ${ids[differs] ?? 'nothing'}`);
  }
  return slice.tick === null && position.after.length === ids.length ? 'all' : { count: position.after.length };
}

/** What is stored is not what would be played. */
export function conflict(replay: string, what: string): DownlineError {
  return new DownlineError('CONFLICT', `${what}: ${replay} was played with other data or settings, or the stream lost what it had; begin a new replay`, { ids: { replay } });
}
