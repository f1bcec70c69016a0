import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeEvent, encodeEvent, SCHEMAS, type OperationsEvent } from '../events/mod.ts';
import { encodeNetwork } from './encode.ts';
import { FEATURES, CATEGORIES } from './features/mod.ts';
import { createNetwork, type NetworkState } from './network.ts';
import { step, type Emission } from './step.ts';
import { chance, inOrder, scenario } from './testing.ts';
import { warmUp } from './warm-up.ts';

const seeds = fc.integer({ min: 0, max: 100_000 });

function run(events: readonly OperationsEvent[], network: NetworkState = createNetwork('r')): { network: NetworkState; emissions: Emission[] } {
  let sequence = network.sequence;
  return { network, emissions: events.flatMap((event) => step(network, event, ++sequence)) };
}

/** Text of a state but for the number of events that made it. */
function content(network: NetworkState): string {
  return encodeNetwork({ ...network, sequence: 0, history: 0 });
}

describe('step', () => {
  it('is causal: whatever becomes known later changes nothing told before', () => {
    fc.assert(fc.property(seeds, fc.integer({ min: 300, max: 2000 }), (seed, minutes) => {
      const events = scenario(seed);
      const instant = events[0]!.knownAt + minutes;
      const random = chance(seed + 1);
      const scrambled = inOrder(events.flatMap((event): OperationsEvent[] => {
        if (event.knownAt < instant || event.kind === 'clock.ticked') return [event];
        if (random() < 0.3) return [];
        if ('at' in event.data && event.kind !== 'weather.observed') {
          const later = Math.floor(random() * 90);
          return [{ ...event, knownAt: event.knownAt + later, data: { ...event.data, at: event.data.at + later } } as OperationsEvent];
        }
        return 'flight' in event.data && random() < 0.3 ? [{ kind: 'flight.cancelled', knownAt: event.knownAt, data: { flight: event.data.flight } }] : [event];
      }));
      const before = (emissions: readonly Emission[]): Emission[] => emissions.filter((emission) => emission.time < instant);
      const told = before(run(events).emissions);
      expect(told.length).toBeGreaterThan(0);
      expect(before(run(scrambled).emissions)).toEqual(told);
      // And from the prefix alone.
      expect(run(events.filter((event) => event.knownAt < instant)).emissions).toEqual(told);
    }), { numRuns: 8 });
  });

  it('tells a repeated fact once, and leaves the state as it was', () => {
    fc.assert(fc.property(seeds, (seed) => {
      const events = scenario(seed, { days: 1 });
      const random = chance(seed);
      const once = run(events);
      const twice = run(events.flatMap((event) => (random() < 0.5 ? [event, event] : [event])));
      expect(content(twice.network)).toBe(content(once.network));
      const bare = (emissions: readonly Emission[]): unknown[] => emissions.map(({ kind, time, data }) => ({ kind, time, data: { ...data, sequence: 0 } }));
      expect(bare(twice.emissions)).toEqual(bare(once.emissions));
    }), { numRuns: 8 });
  });

  it('passes over sequences that it has seen', () => {
    const events = scenario(5, { days: 1 });
    const { network } = run(events);
    const before = encodeNetwork(network);
    for (const [index, event] of events.entries()) expect(step(network, event, index + 1)).toEqual([]);
    expect(encodeNetwork(network)).toBe(before);
  });

  it('comes to the same state when facts come late, before the schedule, or in another order', () => {
    fc.assert(fc.property(seeds, (seed) => {
      const events = scenario(seed, { days: 2, quietDays: 3, tick: 30 });
      const random = chance(seed + 2);
      const delivered = events
        .map((event, index) => ({ event, index, at: event.knownAt + (event.kind === 'clock.ticked' || random() < 0.6 ? 0 : random() * 600) }))
        .sort((a, b) => a.at - b.at || a.index - b.index)
        .map(({ event }) => event);
      const straight = run(events);
      const late = run(delivered);
      expect(content(late.network)).toBe(content(straight.network));
      // Told at another time, of the rotation that was known then; what happened is the same.
      const outcomes = (emissions: readonly Emission[]): unknown[] => emissions.flatMap(({ kind, data }) => (kind === 'outcome.known' ? [{ ...data, knownAt: 0, sequence: 0, rotation: '' }] : [])).sort((a, b) => ((a as { flight: string }).flight < (b as { flight: string }).flight ? -1 : 1));
      expect(outcomes(late.emissions)).toEqual(outcomes(straight.emissions));
    }), { numRuns: 6 });
  });

  it('tells an outcome once for every flight, and the tick last', () => {
    fc.assert(fc.property(seeds, (seed) => {
      const events = scenario(seed, { days: 1, quietDays: 3, tick: 60 });
      const { network, emissions } = run(events);
      const flights = events.flatMap((event) => (event.kind === 'flight.scheduled' ? [event.data.flight] : [])).sort();
      expect(emissions.flatMap(({ kind, data }) => (kind === 'outcome.known' ? [data.flight] : [])).sort()).toEqual(flights);
      expect(network.flights.size).toBe(0);
      expect(new Set(emissions.map(({ id }) => id)).size).toBe(emissions.length);
      for (const event of scenario(seed, { days: 1, tick: 60 }).filter(({ kind }) => kind === 'clock.ticked').slice(0, 3)) {
        const fresh = createNetwork('r');
        expect(step(fresh, event, 1).at(-1)?.kind).toBe('track.ticked');
      }
    }), { numRuns: 6 });
  });

  it('emits only what the contracts allow: finite numbers, whole vectors, known fields', () => {
    fc.assert(fc.property(seeds, (seed) => {
      for (const emission of run(scenario(seed, { days: 1, aircraft: 3 })).emissions) {
        expect(SCHEMAS[emission.kind].safeDecode(SCHEMAS[emission.kind].encode(emission.data as never) as never).success).toBe(true);
        if (emission.kind !== 'rotation.changed') continue;
        expect(decodeEvent(JSON.parse(JSON.stringify(encodeEvent(emission))))).toMatchObject({ kind: 'rotation.changed', data: emission.data });
        for (const leg of emission.data.legs) {
          if (leg.features === null) continue;
          expect(leg.features).toHaveLength(FEATURES.length);
          expect(leg.categories).toHaveLength(CATEGORIES.length);
          for (const value of leg.features) if (value !== null) expect(Number.isFinite(value) && !Object.is(value, -0)).toBe(true);
        }
      }
    }), { numRuns: 3 });
  });

  it('is the same state, quiet or not', () => {
    const events = scenario(9);
    const quiet = createNetwork('r');
    events.forEach((event, index) => expect(step(quiet, event, index + 1, { quiet: true })).toEqual([]));
    expect(encodeNetwork(quiet)).toBe(encodeNetwork(run(events).network));
  });

  it('starts a replay without the knowledge of the last evening, and gains it in time', async () => {
    const history = scenario(3, { days: 2 });
    const cut = history[0]!.knownAt + 2200;
    const network = createNetwork('r');
    // eslint-disable-next-line @typescript-eslint/require-await -- the history is at hand
    await warmUp(network, (async function* () { yield* history; })(), cut);
    expect(network.now).toBeLessThan(cut);
    expect(network.held.length).toBeGreaterThan(0);
    expect(network.sequence).toBe(0);
    const last = history.at(-1)!.knownAt;
    const emissions = step(network, { kind: 'clock.ticked', knownAt: last + 1, data: { now: last + 1 } }, 1);
    expect(network.held).toEqual([]);
    expect(emissions.at(-1)).toMatchObject({ kind: 'track.ticked', data: { sequence: 1 } });
    const all = run(history.filter(({ kind }) => kind !== 'clock.ticked')).network;
    expect([...network.flights.values()].map(({ schedule, off, on }) => [schedule.flight, off, on])).toEqual([...all.flights.values()].map(({ schedule, off, on }) => [schedule.flight, off, on]));
  });
});
