import fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatMinute, OPERATIONS, SCHEMAS, type OperationsEvent } from '../events/mod.ts';
import { chance } from './chance.ts';
import { compareEvents, dayAfter, dayMinute, firstTick, spanEvents, type FeedReader, type FlightRecord } from './mod.ts';
import { FIRST_DAY, memoryReader, outcomes, withOutcome, worlds } from './testing.ts';
import { z } from 'zod';

const LAST_DAY = dayAfter(FIRST_DAY, 2);
const WEATHER = Array.from({ length: 60 }, (_, hour) => ({
  airport: 'EWR', at: dayMinute(FIRST_DAY) + hour * 60, temperature: 70, dewPoint: null, windDirection: null, windSpeed: 5, windGust: null, precipitation: 0, pressure: null, visibility: 10,
}));

async function play(reader: FeedReader, seed = 7, from = FIRST_DAY, to = LAST_DAY): Promise<OperationsEvent[]> {
  const events: OperationsEvent[] = [];
  for await (const event of spanEvents(reader, { from, to, seed })) events.push(event);
  return events;
}

test('events come in the order in which they became known, each once, and fit their contracts', async () => {
  await fc.assert(fc.asyncProperty(worlds, fc.integer({ min: 0, max: 1000 }), async (flights, seed) => {
    const events = await play(memoryReader(flights, WEATHER), seed);
    for (let index = 1; index < events.length; index += 1) expect(compareEvents(events[index - 1]!, events[index]!)).toBeLessThan(0);
    for (const event of events) expect(z.encode(OPERATIONS[event.kind] as z.ZodType, event.data)).toEqual(z.encode(SCHEMAS[event.kind] as z.ZodType, event.data));
    expect(events.filter(({ kind }) => kind === 'flight.scheduled').length).toBe(flights.length);
    for (const state of ['cancelled', 'diverted'] as const) {
      expect(events.filter(({ kind }) => kind === `flight.${state}`).length).toBe(flights.filter((flight) => flight.state === state).length);
    }
    expect(events.filter(({ kind }) => kind === 'flight.onblock').length).toBe(flights.filter(({ on }) => on !== null).length);
  }), { numRuns: 60 });
});

test('a flight is scheduled before it is assigned, assigned before it leaves, and nothing follows a cancellation', async () => {
  await fc.assert(fc.asyncProperty(worlds, async (flights) => {
    const events = await play(memoryReader(flights));
    for (const flight of flights) {
      const own = events.filter(({ data }) => 'flight' in data && data.flight === flight.flight);
      const kinds = own.map(({ kind }) => kind);
      expect(kinds[0]).toBe('flight.scheduled');
      if (flight.state === 'cancelled') {
        expect(kinds.at(-1)).toBe('flight.cancelled');
        expect(own.at(-1)!.knownAt).toBeLessThanOrEqual(flight.scheduledOff - 20);
      } else {
        const assigned = own.filter((event) => event.kind === 'aircraft.assigned');
        expect(assigned.at(-1)!.data).toMatchObject({ tail: flight.tail });
        expect(kinds.indexOf('flight.offblock')).toBeGreaterThan(kinds.lastIndexOf('aircraft.assigned'));
        expect(kinds).toContain('flight.tookoff');
      }
    }
  }), { numRuns: 60 });
});

test('whatever comes later, what was known before stays the same', async () => {
  await fc.assert(fc.asyncProperty(worlds, fc.array(outcomes, { minLength: 25, maxLength: 25 }), fc.integer({ min: 0, max: 3 * 1440 }), async (flights, others, minute) => {
    const now = dayMinute(FIRST_DAY) + minute;
    const events = await play(memoryReader(flights, WEATHER));
    const known = before(events, now);
    // Another future: flights of which nothing but the plan is known by now get another outcome, none of it known by now.
    const scrambled = flights.map((flight, index): FlightRecord => {
      const other = withOutcome(flight, others[index]!);
      const untold = !known.some((event) => event.kind !== 'flight.scheduled' && event.kind !== 'aircraft.assigned' && 'flight' in event.data && event.data.flight === flight.flight);
      const possible = other.state === 'cancelled' ? cancelledAfter(other, now) : other.off !== null && other.off >= now && flight.tail !== null;
      return untold && possible ? other : flight;
    });
    expect(before(await play(memoryReader(scrambled, WEATHER)), now)).toEqual(known);
  }), { numRuns: 200 });
});

test('a movement that is not known yet can change without a trace', async () => {
  await fc.assert(fc.asyncProperty(worlds, fc.integer({ min: 0, max: 3 * 1440 }), fc.integer({ min: 1, max: 300 }), async (flights, minute, later) => {
    const now = dayMinute(FIRST_DAY) + minute;
    const known = before(await play(memoryReader(flights)), now);
    const delayed = flights.map((flight) => (flight.on === null || flight.wheelsOn === null || flight.wheelsOn < now || flight.wheelsOff! >= now ? flight
      : { ...flight, on: flight.on + later, wheelsOn: flight.wheelsOn + later, arrivalDelay: flight.arrivalDelay! + later }));
    expect(before(await play(memoryReader(delayed)), now)).toEqual(known);
  }), { numRuns: 60 });
});

test('ticks every quarter of an hour, from 06:00Z of the first day to noon of the day after the last', async () => {
  const ticks = (await play(memoryReader([], WEATHER))).filter(({ kind }) => kind === 'clock.ticked').map(({ knownAt }) => knownAt);
  expect(formatMinute(ticks[0]!)).toBe('2013-06-10T06:00Z');
  expect(formatMinute(ticks.at(-1)!)).toBe('2013-06-13T12:00Z');
  expect(ticks.every((tick, index) => tick === firstTick(FIRST_DAY) + index * 15)).toBe(true);
});

test('a fact after the last noon still gets its tick', async () => {
  await fc.assert(fc.asyncProperty(worlds, async (flights) => {
    const late = flights.map((flight) => (flight.off === null ? flight : { ...flight, off: flight.off + 1200, on: flight.on === null ? null : flight.on + 1200, wheelsOff: null, wheelsOn: null }));
    const events = await play(memoryReader(late));
    expect(events.at(-1)!.kind).toBe('clock.ticked');
  }), { numRuns: 20 });
});

test('two spans in a row are the days of one, and days that are none are refused', async () => {
  const flights = fc.sample(worlds, { numRuns: 1, seed: 3 })[0]!;
  const reader = memoryReader(flights, WEATHER);
  const facts = (events: OperationsEvent[]): OperationsEvent[] => events.filter(({ kind }) => kind !== 'clock.ticked').sort(compareEvents);
  const apart = [...await play(reader, 7, FIRST_DAY, FIRST_DAY), ...await play(reader, 7, dayAfter(FIRST_DAY), LAST_DAY)];
  expect(facts(apart)).toEqual(facts(await play(reader)));
  await expect(play(reader, 7, LAST_DAY, FIRST_DAY)).rejects.toMatchObject({ code: 'BAD_REQUEST' });
  await expect(play(reader, 7, '2013-13-45', '2013-99-99')).rejects.toMatchObject({ code: 'BAD_REQUEST' });
  await expect(play(reader, 7, 'yesterday', LAST_DAY)).rejects.toMatchObject({ code: 'BAD_REQUEST' });
});

test('chance is even, and independent of purpose and seed', () => {
  const count = 20_000;
  const draws = Array.from({ length: count }, (_, index) => [chance(1, `f${index}`, 'a'), chance(1, `f${index}`, 'b'), chance(2, `f${index}`, 'a')] as const);
  for (const which of [0, 1, 2] as const) expect(Math.abs(draws.filter((draw) => draw[which] < 0.1).length / count - 0.1)).toBeLessThan(0.01);
  for (const which of [1, 2] as const) expect(Math.abs(draws.filter((draw) => draw[0] < 0.5 && draw[which] < 0.5).length / count - 0.25)).toBeLessThan(0.015);
});

function before(events: readonly OperationsEvent[], now: number): OperationsEvent[] {
  return events.filter(({ knownAt }) => knownAt < now);
}

/** True where a cancellation would become known after now: none is known earlier than eight hours before departure. */
function cancelledAfter(flight: FlightRecord, now: number): boolean {
  return flight.scheduledOff - 480 >= now;
}
