import type { OperationsEvent } from '../events/mod.ts';
import { dayOrdinal, formatDay } from './calendar.ts';

/** A made-up airline for tests: seeded, so that a failure can be repeated. */

/** Numbers from 0 up to 1, the same for the same seed (mulberry32). */
export function chance(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Facts in the order of their knowledge; equal instants keep their order. */
export function inOrder(events: readonly OperationsEvent[]): OperationsEvent[] {
  return events.map((event, index) => ({ event, index })).sort((a, b) => a.event.knownAt - b.event.knownAt || a.index - b.index).map(({ event }) => event);
}

export const FIRST_DAY = '2013-06-10';

/**
 * Some days of a few aircraft: turns in sight and hidden ones, late and swapped
 * and missing assignments, cancellations, diversions, flights of which nothing
 * is heard, weather with gaps, ticks. With `quietDays` ticks after the last day.
 */
export function scenario(seed: number, { days = 2, aircraft = 4, quietDays = 0, tick = 15 } = {}): OperationsEvent[] {
  const random = chance(seed);
  const first = dayOrdinal(FIRST_DAY);
  const events: OperationsEvent[] = [];
  for (let day = first; day < first + days; day++) {
    for (let index = 0; index < aircraft; index++) flyDay(events, random, day, index);
    for (let at = day * 1440; at < (day + 1) * 1440; at += 60) {
      for (const airport of ['EWR', 'JFK']) if (random() < 0.9) events.push({ kind: 'weather.observed', knownAt: at + 5, data: observation(airport, at, random) });
    }
  }
  const end = (first + days + quietDays) * 1440 + 720;
  for (let now = first * 1440; now < end; now += tick) events.push({ kind: 'clock.ticked', knownAt: now, data: { now } });
  return inOrder(events);
}

function flyDay(events: OperationsEvent[], random: () => number, day: number, index: number): void {
  const date = formatDay(day);
  const tail = `N${index}`;
  const origin = index % 2 === 0 ? 'EWR' : 'JFK';
  let at = origin;
  let off = day * 1440 + 600 + Math.floor(random() * 180);
  const legs = 1 + Math.floor(random() * 3);
  for (let leg = 0; leg < legs; leg++) {
    const hidden = at === origin && random() < 0.5;
    const destination = at === origin ? (random() < 0.5 ? 'ORD' : 'BOS') : origin;
    const block = 60 + Math.floor(random() * 120);
    const flight = `${date}.UA.${index * 10 + leg}.${at}.${destination}`;
    events.push({ kind: 'flight.scheduled', knownAt: day * 1440 - 240, data: { flight, day: date, carrier: index % 3 === 0 ? 'B6' : 'UA', number: index * 10 + leg, origin: at, destination, scheduledOff: off, scheduledOn: off + block, distance: block * 5, originOffset: -240 } });
    fly(events, random, flight, tail, off, off + block, day);
    at = hidden ? origin : destination;
    off += block + (hidden ? block + 90 : 30 + Math.floor(random() * 60));
  }
}

function fly(events: OperationsEvent[], random: () => number, flight: string, tail: string, off: number, on: number, day: number): void {
  const assign = (knownAt: number, whose: string): void => {
    events.push({ kind: 'aircraft.assigned', knownAt, data: { flight, tail: whose, aircraft: random() < 0.8 ? { built: 1995, seats: 120 } : { built: null, seats: null }, synthetic: false } });
  };
  const plan = random();
  if (plan < 0.8) assign(day * 1440, plan < 0.1 ? `${tail}X` : tail);
  if (plan < 0.1) assign(off - 100, tail);
  else if (plan > 0.9) assign(off - 45, tail);
  const fate = random();
  if (fate < 0.08) {
    events.push({ kind: 'flight.cancelled', knownAt: off - Math.floor(random() * 300), data: { flight } });
    return;
  }
  if (fate > 0.97) return;
  const left = off - 5 + Math.floor(random() ** 3 * 200);
  const arrived = on + left - off - 10 + Math.floor(random() * 20);
  const report = (kind: 'flight.offblock' | 'flight.tookoff' | 'flight.landed' | 'flight.onblock', at: number): void => {
    if (random() < 0.98) events.push({ kind, knownAt: at + Math.floor(random() * 3), data: { flight, at } });
  };
  report('flight.offblock', left);
  report('flight.tookoff', left + 12);
  if (fate > 0.94) {
    events.push({ kind: 'flight.diverted', knownAt: on + 30, data: { flight } });
    return;
  }
  report('flight.landed', arrived - 5);
  report('flight.onblock', arrived);
}

function observation(airport: string, at: number, random: () => number): Extract<OperationsEvent, { kind: 'weather.observed' }>['data'] {
  const or = (value: number): number | null => (random() < 0.9 ? value : null);
  return {
    airport, at, temperature: or(60 + random() * 30), dewPoint: or(55), windDirection: or(Math.floor(random() * 360)), windSpeed: or(random() * 30),
    windGust: random() < 0.3 ? 35 : null, precipitation: or(random() < 0.2 ? 0.1 : 0), pressure: or(1000 + random() * 20), visibility: or(random() * 10),
  };
}
