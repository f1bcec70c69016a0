import type { OperationsEvent } from '../events/mod.ts';
import { chance } from './chance.ts';
import { Heap } from './heap.ts';
import { DAMAGES, type Item } from './item.ts';
import { silenceUntil } from './silence.ts';

/** Of the events that are disturbed, the share that meets each accident. The rest (0.1) gets a damaged copy beside it. */
const LATE = 0.4;
const TWICE = 0.25;
const SWAPPED = 0.25;
/** Mean lateness in minutes (exponential) and its bound. */
const MEAN_LATENESS = 20;
const LONGEST_LATENESS = 240;

/**
 * The items of a feed, disturbed: `share` (0 to 0.5) of the events come late,
 * twice, after their successor, or with a damaged copy beside them; on `share / 4`
 * of the days an airport's weather or movements is silent for hours. Seeded: the
 * same feed gives the same items. Ticks and `replay.started` are never touched,
 * and nothing overtakes time: no event comes before it was known. The ordinal is
 * the event's index in the undisturbed feed (the first is `firstOrdinal`), so a
 * fact has the same id with and without disorder.
 */
export async function* disorder(
  feed: AsyncIterable<OperationsEvent> | Iterable<OperationsEvent>,
  options: { readonly share: number; readonly seed: number; readonly firstOrdinal?: number },
): AsyncGenerator<Item> {
  const { share, seed } = options;
  const waiting = new Heap<Item>((a, b) => a.dueAt < b.dueAt || (a.dueAt === b.dueAt && a.ordinal < b.ordinal));
  let ordinal = options.firstOrdinal ?? 0;
  let swapped: Item | undefined;
  for await (const event of feed) {
    const item: Item = { type: 'event', ordinal: ordinal++, dueAt: event.knownAt, event };
    if (share <= 0) {
      yield item;
      continue;
    }
    if (swapped !== undefined && isFixed(event)) {
      yield swapped;
      swapped = undefined;
    }
    // It waits for a successor that is delivered; time goes on meanwhile.
    if (swapped !== undefined) swapped = { ...swapped, dueAt: event.knownAt };
    for (let late = waiting.peek(); late !== undefined && late.dueAt <= event.knownAt; late = waiting.peek()) {
      yield waiting.pop()!;
    }
    if (isFixed(event)) {
      yield item;
      continue;
    }
    const end = silenceUntil(event, seed, share / 4);
    if (end !== null) {
      if (event.kind !== 'weather.observed') waiting.push({ ...item, dueAt: end });
      continue;
    }
    const accident = chance(seed, item.ordinal, 'accident') / share;
    if (accident < LATE) {
      waiting.push({ ...item, dueAt: event.knownAt + lateness(seed, item.ordinal) });
      continue;
    }
    if (accident >= LATE + TWICE && accident < LATE + TWICE + SWAPPED && swapped === undefined) {
      swapped = item;
      continue;
    }
    yield item;
    if (swapped !== undefined) {
      yield swapped;
      swapped = undefined;
    }
    if (accident < LATE + TWICE) {
      waiting.push({ ...item, dueAt: event.knownAt + lateness(seed, item.ordinal) - 1 });
    } else if (accident >= LATE + TWICE + SWAPPED && accident < 1) {
      const damage = DAMAGES[Math.floor(chance(seed, item.ordinal, 'damage') * DAMAGES.length)]!;
      yield { ...item, type: 'damaged', damage };
    }
  }
  if (swapped !== undefined) yield swapped;
  while (waiting.size > 0) yield waiting.pop()!;
}

/** Minutes that an event comes late: at least 1. */
function lateness(seed: number, ordinal: number): number {
  return 1 + Math.floor(Math.min(LONGEST_LATENESS - 1, -Math.log(1 - chance(seed, ordinal, 'lateness')) * MEAN_LATENESS));
}

/** Barriers and the beginning: the conductor's own, not the feed's. */
function isFixed(event: OperationsEvent): boolean {
  return event.kind === 'clock.ticked' || event.kind === 'replay.started';
}
