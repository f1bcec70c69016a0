import type { AnyEnvelope } from '../events/mod.ts';

/**
 * The events of several streams in the order in which a fold could have been
 * given them live: each stream in its own order, and between streams by what
 * they are a function of.
 *
 * Live, a tick comes only when everything before it is digested, and what comes
 * between two ticks may come in any order. So it is enough to keep each event on
 * its side of the ticks: events that say the sequence of the OPS stream that
 * they are a function of go by that, others by their time, a tick after what has
 * the same time.
 */
export async function* merged(sources: readonly AsyncIterable<AnyEnvelope>[]): AsyncGenerator<AnyEnvelope> {
  if (sources.length === 1) {
    yield* sources[0]!;
    return;
  }
  const iterators = sources.map((source) => source[Symbol.asyncIterator]());
  try {
    const heads = await Promise.all(iterators.map((iterator) => iterator.next()));
    for (;;) {
      let first = -1;
      for (const [index, head] of heads.entries()) {
        if (head.done !== true && (first < 0 || comesBefore(head.value, heads[first]!.value as AnyEnvelope))) first = index;
      }
      if (first < 0) return;
      yield heads[first]!.value as AnyEnvelope;
      heads[first] = await iterators[first]!.next();
    }
  } finally {
    await Promise.all(iterators.map((iterator) => iterator.return?.() ?? Promise.resolve()));
  }
}

/** Kinds whose data say which OPS event they answer. A label says which outcome it joins, but is made later. */
const SEQUENCED = new Set<AnyEnvelope['kind']>(['rotation.changed', 'outcome.known', 'track.ticked', 'prediction.made']);

function comesBefore(a: AnyEnvelope, b: AnyEnvelope): boolean {
  if (SEQUENCED.has(a.kind) && SEQUENCED.has(b.kind)) return (a.data as { sequence: number }).sequence < (b.data as { sequence: number }).sequence;
  if (a.time !== b.time) return a.time < b.time;
  return b.kind === 'track.ticked' && a.kind !== 'track.ticked';
}
