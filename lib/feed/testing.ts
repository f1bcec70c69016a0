import fc from 'fast-check';
import type { FeedReader, FlightRecord, WeatherRecord } from './record.ts';
import { dayAfter, dayMinute } from './zone.ts';

/** For tests: small recorded worlds. */

export const FIRST_DAY = '2013-06-10';

/** A reader over records in memory. */
export function memoryReader(flights: readonly FlightRecord[], weather: readonly WeatherRecord[] = []): FeedReader {
  return {
    flights: (day) => Promise.resolve(flights.filter((flight) => flight.day === day)),
    weather: (from, to) => Promise.resolve(weather.filter(({ at }) => at >= from && at < to)),
    planes: () => Promise.resolve(new Map([['N1', { built: 1999, seats: 150 }]])),
  };
}

/** What became of a flight. */
export const outcomes = fc.record({
  kind: fc.constantFrom('operated', 'operated', 'operated', 'cancelled', 'diverted', 'never-arrived'),
  departureDelay: fc.integer({ min: -40, max: 400 }),
  gained: fc.integer({ min: -30, max: 60 }),
  taxi: fc.integer({ min: 8, max: 25 }),
});
export type Outcome = typeof outcomes extends fc.Arbitrary<infer T> ? T : never;

/** A flight with an outcome in place of its own. */
export function withOutcome(flight: FlightRecord, { kind, departureDelay, gained, taxi }: Outcome): FlightRecord {
  const none = { off: null, on: null, wheelsOff: null, wheelsOn: null, departureDelay: null, arrivalDelay: null };
  if (kind === 'cancelled') return { ...flight, ...none, state: 'cancelled' };
  const off = flight.scheduledOff + departureDelay;
  if (kind !== 'operated') return { ...flight, ...none, state: kind, off, departureDelay };
  const on = Math.max(off + 50, flight.scheduledOn + departureDelay + gained);
  return { ...flight, state: 'operated', off, on, wheelsOff: off + taxi, wheelsOn: on - 5, departureDelay, arrivalDelay: on - flight.scheduledOn };
}

const schedule = fc.record({
  day: fc.constantFrom(FIRST_DAY, dayAfter(FIRST_DAY), dayAfter(FIRST_DAY, 2)), carrier: fc.constantFrom('UA', 'B6'), number: fc.integer({ min: 1, max: 9999 }),
  origin: fc.constantFrom('EWR', 'JFK', 'LGA'), destination: fc.constantFrom('IAH', 'LAX'), clock: fc.integer({ min: 5, max: 1439 }), block: fc.integer({ min: 60, max: 400 }),
  tail: fc.constantFrom('N1', 'N2', 'N3', 'N4'), outcome: outcomes, hidden: fc.boolean(),
});

/** Recorded flights of three days; as in the source, only cancelled ones can lack their tail. */
export const worlds: fc.Arbitrary<FlightRecord[]> = fc.uniqueArray(schedule, { minLength: 1, maxLength: 25, selector: ({ day, carrier, number }) => `${day}${carrier}${number}` }).map((all) =>
  all.map(({ day, clock, block, outcome, hidden, tail, ...rest }) => {
    const scheduledOff = dayMinute(day) + clock + 240;
    const local = `${String(Math.floor(clock / 60)).padStart(2, '0')}${String(clock % 60).padStart(2, '0')}`;
    const flight: FlightRecord = {
      ...rest, flight: `${day}.${rest.carrier}.${rest.number}.${rest.origin}.${rest.destination}.${local}`, day, tail: hidden && outcome.kind === 'cancelled' ? null : tail, scheduledOff, scheduledOn: scheduledOff + block,
      off: null, on: null, wheelsOff: null, wheelsOn: null, state: 'cancelled', departureDelay: null, arrivalDelay: null, distance: block * 6, originOffset: -240,
    };
    return withOutcome(flight, outcome);
  }));
