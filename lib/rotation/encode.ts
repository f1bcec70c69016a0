import { z } from 'zod';
import { DownlineError } from '../errors/mod.ts';
import { canonicalJson, OPERATIONS, replayStarted, type FlightScheduled, type OperationsEvent } from '../events/mod.ts';
import { count } from './count.ts';
import { dayOrdinal } from './calendar.ts';
import { MOVEMENTS, type Flight, type Reported } from './flight.ts';
import { decodeFaded, encodeFaded, History } from './history.ts';
import { REDUCER_VERSION } from './meaning.ts';
import { countedOf, createNetwork, joinRotation, type NetworkState } from './network.ts';
import type { PendingFact } from './pending.ts';

type Pair = readonly [value: number | string | null, knownAt: number] | null;

/** Canonical JSON of a state: equal states give equal text, whatever the order in which they came about. */
export function encodeNetwork(network: NetworkState): string {
  const { replay, sequence, history, now, lastTick, lastMovementAt, closedThrough, started, held } = network;
  return canonicalJson({
    version: REDUCER_VERSION, replay, sequence, history, now, lastTick, lastMovementAt, closedThrough,
    started,
    flights: byKey(network.flights).map(([, flight]) => encodeFlight(flight)),
    pending: byKey(network.pending).map(([, facts]) => facts),
    airframes: byKey(network.airframes).map(([tail, { built, seats, knownAt }]) => [tail, built, seats, knownAt]),
    weather: byKey(network.weather).map(([, list]) => list.map(({ seen, knownAt }) => [knownAt, seen])),
    histories: byKey(network.histories).flatMap(([key, { faded }]) => (faded === null ? [] : [[key, ...encodeFaded(faded)]])),
    held,
  });
}

/** Inverse of `encodeNetwork`. Throws `EVENT_INVALID` for text that is not a state of this version. */
export function decodeNetwork(text: string): NetworkState {
  const state = parse(text);
  const network = createNetwork(state.replay);
  const { sequence, history, now, lastTick, lastMovementAt, closedThrough, started } = state;
  Object.assign(network, { sequence, history, now, lastTick, lastMovementAt, closedThrough, started });
  for (const [key, ...faded] of state.histories) {
    const one = new History();
    one.faded = decodeFaded(faded);
    network.histories.set(key, one);
  }
  for (const [tail, built, seats, knownAt] of state.airframes) network.airframes.set(tail, { built, seats, knownAt });
  for (const list of state.weather) {
    const airport = list[0]?.[1].airport;
    if (airport !== undefined) network.weather.set(airport, list.map(([knownAt, seen]) => ({ seen, knownAt })));
  }
  for (const facts of state.pending) {
    const id = facts[0]?.data.flight;
    if (id !== undefined) network.pending.set(id, facts);
  }
  network.held = state.held;
  for (const row of state.flights) {
    const flight = decodeFlight(network, row);
    network.flights.set(flight.schedule.flight, flight);
    joinRotation(network, flight);
    count(flight, 1);
  }
  return network;
}

function parse(text: string): z.output<typeof stateSchema> {
  try {
    return stateSchema.parse(JSON.parse(text));
  } catch (error) {
    throw new DownlineError('EVENT_INVALID', `not a network state of reducer version ${REDUCER_VERSION}`, { cause: error });
  }
}

function encodeFlight(flight: Flight): readonly unknown[] {
  const { schedule } = flight;
  return [
    schedule.flight, schedule.day, schedule.carrier, schedule.number, schedule.origin, schedule.destination,
    schedule.scheduledOff, schedule.scheduledOn, schedule.distance, schedule.originOffset, flight.scheduleKnownAt,
    pair(flight.tail), ...MOVEMENTS.map((movement) => pair(flight[movement])), flight.cancelledAt, flight.divertedAt, flight.resolved ? 1 : 0,
  ];
}

function decodeFlight(network: NetworkState, row: z.output<typeof flightRow>): Flight {
  const [flight, day, carrier, number, origin, destination, scheduledOff, scheduledOn, distance, originOffset, scheduleKnownAt, tail, off, tookOff, landed, on, cancelledAt, divertedAt, resolved] = row;
  const schedule: FlightScheduled = { flight, day, carrier, number, origin, destination, scheduledOff, scheduledOn, distance, originOffset };
  return {
    schedule, scheduleKnownAt, day: dayOrdinal(day), tail: report(tail), off: report(off), tookOff: report(tookOff), landed: report(landed), on: report(on),
    cancelledAt, divertedAt, resolved: resolved === 1, counted: countedOf(network, schedule),
  };
}

function pair(reported: Reported<number | string | null> | null): Pair {
  return reported === null ? null : [reported.value, reported.knownAt];
}

function report<T>(pair: readonly [T, number] | null): Reported<T> | null {
  return pair === null ? null : { value: pair[0], knownAt: pair[1] };
}

function byKey<T>(map: ReadonlyMap<string, T>): [string, T][] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}

// Instants are minutes here, not ISO text: a snapshot is the state itself, not an event on the wire.
const minute = z.number().int();
const reportedMinute = z.tuple([minute, minute]).nullable();
const event = z.object({ kind: z.enum(Object.keys(OPERATIONS) as [keyof typeof OPERATIONS]), knownAt: minute, data: z.looseObject({}) });
const flightRow = z.tuple([
  z.string(), z.string(), z.string(), z.number(), z.string(), z.string(), minute, minute, z.number(), z.number(), minute,
  z.tuple([z.string().nullable(), minute]).nullable(), reportedMinute, reportedMinute, reportedMinute, reportedMinute,
  minute.nullable(), minute.nullable(), z.union([z.literal(0), z.literal(1)]),
]);
const reading = z.number().nullable();
const stateSchema = z.object({
  version: z.literal(REDUCER_VERSION), replay: z.string(), sequence: minute, history: minute, now: minute, lastTick: minute, lastMovementAt: minute, closedThrough: minute,
  started: replayStarted.nullable(),
  flights: z.array(flightRow),
  pending: z.array(z.array(z.custom<PendingFact>((value) => event.safeParse(value).success))),
  airframes: z.array(z.tuple([z.string(), reading, reading, minute])),
  weather: z.array(z.array(z.tuple([minute, z.object({ airport: z.string(), at: minute, temperature: reading, dewPoint: reading, windDirection: reading, windSpeed: reading, windGust: reading, precipitation: reading, pressure: reading, visibility: reading })]))),
  histories: z.array(z.tuple([z.string()], z.number())),
  held: z.array(z.custom<OperationsEvent>((value) => event.safeParse(value).success)),
});
