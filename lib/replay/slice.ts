import { isTick, type Item } from './item.ts';

/** The items between two ticks, in order, and the tick that closes them (null at a feed's end). */
export interface Slice {
  readonly items: readonly Item[];
  readonly tick: Item | null;
}

/** Cuts items at their ticks: the conductor's unit of work, small enough to be held in memory. */
export async function* slices(items: AsyncIterable<Item>): AsyncGenerator<Slice> {
  let current: Item[] = [];
  for await (const item of items) {
    if (!isTick(item)) {
      current.push(item);
      continue;
    }
    yield { items: current, tick: item };
    current = [];
  }
  if (current.length > 0) yield { items: current, tick: null };
}
