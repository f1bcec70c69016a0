import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeEvent, encodeEvent, type OperationsEvent } from '../events/mod.ts';
import { isDownlineError } from '../errors/mod.ts';
import { damagedMessage } from './damage.ts';
import { disorder } from './disorder.ts';
import { DAMAGES, envelopeOf, isTick, type Item } from './item.ts';
import { silenceUntil } from './silence.ts';
import { slices } from './slice.ts';
import { feedOf } from './testing.ts';

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
const play = (feed: OperationsEvent[], share: number, seed: number): Promise<Item[]> => collect(disorder(feed, { share, seed }));
const settings = fc.record({ share: fc.double({ min: 0, max: 0.5, noNaN: true }), seed: fc.nat(), hours: fc.integer({ min: 1, max: 40 }) });

describe('disorder', () => {
  test('without disorder the feed passes untouched, numbered from 0', async () => {
    const feed = feedOf({ hours: 5 });
    const items = await play(feed, 0, 1);
    expect(items.map((item) => item.event)).toEqual(feed);
    expect(items.map((item) => item.ordinal)).toEqual(feed.map((_, index) => index));
  });

  test('is seeded, loses nothing but silent weather, adds only repeated and damaged copies, and nothing comes before it was known', async () => {
    await fc.assert(fc.asyncProperty(settings, async ({ share, seed, hours }) => {
      const feed = feedOf({ hours });
      const items = await play(feed, share, seed);
      expect(await play(feed, share, seed)).toEqual(items);
      const counts = new Map<number, number>();
      for (const item of items) {
        expect(item.event).toBe(feed[item.ordinal]);
        expect(item.dueAt).toBeGreaterThanOrEqual(item.event.knownAt);
        if (item.type === 'event') counts.set(item.ordinal, (counts.get(item.ordinal) ?? 0) + 1);
      }
      feed.forEach((event, ordinal) => {
        const count = counts.get(ordinal) ?? 0;
        if (count === 0) expect(event.kind === 'weather.observed' && silenceUntil(event, seed, share / 4) !== null).toBe(true);
        expect(count).toBeLessThanOrEqual(2);
      });
      const due = items.map((item) => item.dueAt);
      expect(due).toEqual(due.toSorted((a, b) => a - b));
      const ticks = items.filter(isTick);
      expect(ticks.map((tick) => tick.ordinal)).toEqual(feed.flatMap((event, ordinal) => (event.kind === 'clock.ticked' ? [ordinal] : [])));
    }), { numRuns: 60 });
  });

  test('at a high share every accident happens', async () => {
    const feed = feedOf({ hours: 72 });
    const items = await play(feed, 0.4, 7);
    const events = items.filter((item) => item.type === 'event');
    const ordinals = events.map((item) => item.ordinal);
    expect(new Set(items.flatMap((item) => (item.type === 'damaged' ? [item.damage] : []))).size).toBe(DAMAGES.length);
    expect(events.some((item) => item.dueAt > item.event.knownAt + 60)).toBe(true);
    expect(ordinals.length - new Set(ordinals).size).toBeGreaterThan(0);
    expect(ordinals.some((ordinal, index) => index > 0 && ordinals[index - 1] === ordinal + 1)).toBe(true);
    for (const kind of ['weather.observed', 'flight.offblock', 'flight.onblock']) {
      expect([1, 2, 3, 4, 5, 6, 7, 8, 9].some((seed) => feed.some((event) => event.kind === kind && silenceUntil(event, seed, 0.1) !== null))).toBe(true);
    }
  });

  test('slices end with their tick and hold every item once, in order', async () => {
    const items = await play(feedOf({ hours: 9 }), 0.3, 3);
    const cut = await collect(slices(disorder(feedOf({ hours: 9 }), { share: 0.3, seed: 3 })));
    expect(cut.flatMap((slice) => [...slice.items, ...(slice.tick === null ? [] : [slice.tick])])).toEqual(items);
    expect(cut.every((slice) => !slice.items.some(isTick))).toBe(true);
    expect(cut.slice(0, -1).every((slice) => slice.tick !== null)).toBe(true);
  });
});

describe('damaged messages', () => {
  test.each(DAMAGES)('%s is refused by the contract, for good', (damage) => {
    for (const event of feedOf({ hours: 3 }).filter((one) => one.kind !== 'clock.ticked')) {
      const { headers, body } = damagedMessage('r1', { type: 'damaged', ordinal: 5, dueAt: 0, event, damage });
      const refuse = (): unknown => decodeEvent({
        specversion: headers['ce-specversion'], id: headers['ce-id'], source: headers['ce-source'], type: headers['ce-type'],
        time: headers['ce-time'], replay: headers['ce-replay'], data: JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body)) as unknown,
      });
      expect(refuse).toThrow();
      try {
        refuse();
      } catch (error) {
        if (isDownlineError(error)) expect(error.retry).toBe('never');
        else expect(damage === 'truncated' || damage === 'not-json').toBe(true);
      }
    }
  });

  test('the undamaged message is accepted: the damage alone is what is refused', () => {
    for (const [ordinal, event] of feedOf({ hours: 3 }).entries()) {
      const envelope = envelopeOf('r1', { type: 'event', ordinal, dueAt: event.knownAt, event });
      expect(decodeEvent(encodeEvent(envelope))).toMatchObject(envelope);
    }
  });
});
