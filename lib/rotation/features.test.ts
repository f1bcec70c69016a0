import { describe, expect, it } from 'vitest';
import type { OperationsEvent, RotationChanged } from '../events/mod.ts';
import { parseMinute } from '../events/mod.ts';
import { CATEGORIES, FEATURE_GROUPS, FEATURES } from './features/mod.ts';
import { legContexts } from './context.ts';
import { goldenVectors, MEANING } from './meaning.ts';
import { createNetwork, rotationOf, type NetworkState } from './network.ts';
import { dayOrdinal } from './calendar.ts';
import { projectRotation } from './project.ts';
import { explainFeature, renderFeatures } from './render.ts';
import { step } from './step.ts';

const at = parseMinute;
const DAY = '2013-06-10';

function play(events: readonly OperationsEvent[]): NetworkState {
  const network = createNetwork('r');
  events.forEach((event, index) => step(network, event, index + 1));
  return network;
}

function scheduled(number: number, origin: string, destination: string, off: string, on: string): OperationsEvent[] {
  const flight = `${DAY}.UA.${number}.${origin}.${destination}`;
  return [
    { kind: 'flight.scheduled', knownAt: at('2013-06-09T20:00Z'), data: { flight, day: DAY, carrier: 'UA', number, origin, destination, scheduledOff: at(off), scheduledOn: at(on), distance: 700, originOffset: -240 } },
    { kind: 'aircraft.assigned', knownAt: at('2013-06-10T00:00Z'), data: { flight, tail: 'N1', aircraft: { built: 2003, seats: 150 }, synthetic: false } },
  ];
}
const moved = (kind: 'flight.offblock' | 'flight.onblock', flight: string, when: string): OperationsEvent => ({ kind, knownAt: at(when), data: { flight: `${DAY}.${flight}`, at: at(when) } });

const twoLegs = [
  ...scheduled(1, 'EWR', 'ORD', '2013-06-10T12:00Z', '2013-06-10T14:00Z'), ...scheduled(2, 'ORD', 'EWR', '2013-06-10T15:00Z', '2013-06-10T17:00Z'),
  moved('flight.offblock', 'UA.1.EWR.ORD', '2013-06-10T12:40Z'),
];

function message(network: NetworkState): RotationChanged {
  return projectRotation(network, rotationOf(network, dayOrdinal(DAY), 'N1')!, network.now, network.sequence, 'test');
}
const value = (told: RotationChanged, leg: number, name: string): number | null | undefined => told.legs[leg]?.features?.[FEATURES.findIndex((feature) => feature.name === name)];

describe('the features', () => {
  it('have a table that fits what is written', () => {
    expect(new Set([...FEATURES, ...CATEGORIES].map(({ name }) => name)).size).toBe(FEATURES.length + CATEGORIES.length);
    expect(FEATURES.length).toBeLessThanOrEqual(64);
    const network = play(twoLegs);
    const [context] = legContexts(network, rotationOf(network, dayOrdinal(DAY), 'N1')!, network.now);
    for (const group of FEATURE_GROUPS) {
      const out: (number | null)[] = [];
      group.fill(out, 0, context!);
      expect([group.features[0]?.name, out.length]).toEqual([group.features[0]?.name, group.features.length]);
      expect(out.includes(undefined as never)).toBe(false);
    }
  });

  it('are what a hand computes', () => {
    const told = message(play(twoLegs));
    expect(told.legs.map(({ status, rule }) => [status, rule.departure, rule.arrival])).toEqual([['departed', 40, 40], ['scheduled', 20, 20]]);
    const second = (name: string): number | null | undefined => value(told, 1, name);
    expect(second('lead')).toBe(140);
    // Ready 14:00 + 40 by plan, 14:40 + 40 as it stands.
    expect([second('turn_slack'), second('projected_slack'), second('hidden_turn')]).toEqual([20, -20, 0]);
    expect([second('inbound_departure_delay'), second('inbound_arrival_delay'), second('inbound_age'), second('open_before'), second('worst_delay')]).toEqual([40, null, 0, 1, 40]);
    expect([second('position'), second('legs_remaining'), second('scheduled_block'), second('seats')]).toEqual([1, 0, 120, 150]);
    expect(second('aircraft_age')).toBeCloseTo(10.44, 1);
    expect([value(told, 0, 'turn_slack'), value(told, 0, 'since_off'), value(told, 0, 'origin_delay_1h'), value(told, 0, 'origin_history')]).toEqual([null, 0, 40, 40]);
    expect(told.legs[1]?.categories).toEqual(['UA', 'ORD', 'EWR', 'UA-ORD', 'departed', 'ORD', 'assigned']);
  });

  it('take the sum of a window by quarters, and forget it in time', () => {
    const network = play(twoLegs);
    const rotation = rotationOf(network, dayOrdinal(DAY), 'N1')!;
    const later = (minutes: number): RotationChanged => projectRotation(network, rotation, network.now + minutes, 0, 'test');
    expect([0, 30, 60, 180, 400].map((minutes) => value(later(minutes), 0, 'origin_delay_1h'))).toEqual([40, 40, null, null, null]);
    expect([0, 30, 60, 150, 400].map((minutes) => value(later(minutes), 0, 'origin_delay_3h'))).toEqual([40, 40, 40, 40, null]);
  });

  it('say when not to trust them', () => {
    const network = play(twoLegs);
    expect(message(network).stale).toEqual(['weather-stale']);
    const seen = { airport: 'ORD', at: at('2013-06-10T12:00Z'), temperature: 60, dewPoint: 50, windDirection: 90, windSpeed: 10, windGust: null, precipitation: 0, pressure: null, visibility: 10 };
    step(network, { kind: 'weather.observed', knownAt: at('2013-06-10T12:45Z'), data: seen }, 100);
    // Of the future: a clock gone wrong.
    step(network, { kind: 'weather.observed', knownAt: at('2013-06-10T12:46Z'), data: { ...seen, at: at('2023-06-10T12:00Z'), temperature: -100 } }, 101);
    expect(message(network).stale).toEqual([]);
    expect([value(message(network), 1, 'temperature'), value(message(network), 1, 'wind_east'), value(message(network), 1, 'pressure')]).toEqual([60, 10, null]);
    const rotation = rotationOf(network, dayOrdinal(DAY), 'N1')!;
    expect(projectRotation(network, rotation, at('2013-06-10T15:01Z'), 0, 'test').stale).toEqual(['weather-stale']);
    // A busy morning of which nothing is heard.
    const busy = Array.from({ length: 6 }, (_, index) => scheduled(50 + index, 'EWR', 'BOS', '2013-06-10T13:30Z', '2013-06-10T14:30Z')[0]!);
    busy.forEach((event, index) => step(network, event, 200 + index));
    expect(projectRotation(network, rotation, at('2013-06-10T15:41Z'), 0, 'test').stale).toEqual(['weather-stale', 'state-stale']);
  });

  it('have a meaning that hangs on every value', () => {
    expect(MEANING).toMatch(/^sha256:[0-9a-f]{64}$/);
    const vectors = goldenVectors();
    expect(goldenVectors()).toEqual(vectors);
    const columns = vectors.map((line) => (JSON.parse(line) as [string, (number | null)[], string[]])[1]);
    // A feature that is the same everywhere in the golden scenario would not be guarded by it.
    const constant = FEATURES.filter((_, index) => new Set(columns.map((row) => row[index])).size < 2).map(({ name }) => name);
    expect(constant).toEqual([]);
  });

  it('are explained', () => {
    expect(explainFeature('turn_slack')).toContain('min');
    expect(explainFeature('constructor')).toBeNull();
    for (const { name } of [...FEATURES, ...CATEGORIES]) expect(renderFeatures()).toContain(`\`${name}\``);
  });
});
