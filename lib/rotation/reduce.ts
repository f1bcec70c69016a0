import { canonicalJson, type FlightScheduled, type OperationsEvent, type UtcMinute } from '../events/mod.ts';
import { dayOrdinal, dayStart } from './calendar.ts';
import { count } from './count.ts';
import { isPlausible, rotationId, statusOf, supersedes, type Flight, type Movement } from './flight.ts';
import { countedOf, joinRotation, leaveRotation, rotationOf, type NetworkState, type Rotation } from './network.ts';
import { recall, remember, type PendingFact } from './pending.ts';
import { withObservation } from './weather.ts';

/** What an event has changed: the rotations to be told about, and the flights whose outcome may be known now. */
export interface Changes { readonly rotations: Set<Rotation>; readonly flights: Set<Flight> }

const MOVEMENT_OF = { 'flight.offblock': 'off', 'flight.tookoff': 'tookOff', 'flight.landed': 'landed', 'flight.onblock': 'on' } as const satisfies Record<string, Movement>;
/** Times on the ground tell nobody anything new about the legs to come. */
const TOLD: ReadonlySet<Movement> = new Set<Movement>(['off', 'on']);

/** Applies one fact of a flight or a place (not the clock) in place. */
export function reduce(network: NetworkState, event: OperationsEvent, changes: Changes): void {
  switch (event.kind) {
    case 'flight.scheduled': return schedule(network, event.data, event.knownAt, changes);
    case 'weather.observed':
      // Of the future: a clock gone wrong.
      if (event.data.at > event.knownAt + 15) return;
      network.weather.set(event.data.airport, withObservation(network.weather.get(event.data.airport) ?? [], event.data, event.knownAt));
      return;
    case 'replay.started':
    case 'clock.ticked': return;
    default: {
      const flight = network.flights.get(event.data.flight);
      if (flight === undefined) remember(network.pending, event);
      else applyFact(network, flight, event, changes);
    }
  }
}

function schedule(network: NetworkState, data: FlightScheduled, knownAt: UtcMinute, changes: Changes): void {
  const day = dayOrdinal(data.day);
  // Not a day, a day that is closed, or a departure that has nothing to do with its day.
  if (!(day > network.closedThrough) || Math.abs(data.scheduledOff - dayStart(day, data.originOffset)) > 2880) return;
  const known = network.flights.get(data.flight);
  if (known !== undefined) return reschedule(network, known, data, day, knownAt, changes);
  const flight: Flight = {
    schedule: data, scheduleKnownAt: knownAt, day, tail: null, off: null, tookOff: null, landed: null, on: null,
    cancelledAt: null, divertedAt: null, resolved: false, counted: countedOf(network, data),
  };
  network.flights.set(data.flight, flight);
  joinRotation(network, flight);
  count(flight, 1);
  for (const fact of recall(network.pending, data.flight)) applyFact(network, flight, fact, changes);
}

/** A schedule that came again: the later known one counts. */
function reschedule(network: NetworkState, flight: Flight, data: FlightScheduled, day: number, knownAt: UtcMinute, changes: Changes): void {
  const before = canonicalJson(flight.schedule);
  const after = canonicalJson(data);
  if (!supersedes(after, knownAt, { value: before, knownAt: flight.scheduleKnownAt })) return;
  flight.scheduleKnownAt = knownAt;
  if (before === after) return;
  const left = leaveRotation(network, flight);
  count(flight, -1);
  flight.schedule = data;
  flight.day = day;
  flight.counted = countedOf(network, data);
  count(flight, 1);
  const joined = joinRotation(network, flight);
  if (!isPlanOut(flight, knownAt)) return;
  if (left !== undefined) changes.rotations.add(left);
  changes.rotations.add(joined);
}

function applyFact(network: NetworkState, flight: Flight, fact: PendingFact, changes: Changes): void {
  const { knownAt } = fact;
  switch (fact.kind) {
    case 'aircraft.assigned': return assign(network, flight, fact, changes);
    case 'flight.cancelled': {
      if (flight.cancelledAt !== null && flight.cancelledAt >= knownAt) return;
      const before = statusOf(flight);
      count(flight, -1);
      flight.cancelledAt = knownAt;
      count(flight, 1);
      if (statusOf(flight) !== before) tell(network, flight, changes);
      return;
    }
    case 'flight.diverted': {
      if (flight.divertedAt !== null && flight.divertedAt >= knownAt) return;
      const first = flight.divertedAt === null;
      count(flight, -1);
      flight.divertedAt = knownAt;
      count(flight, 1);
      if (first) tell(network, flight, changes);
      return;
    }
    default: {
      const movement = MOVEMENT_OF[fact.kind];
      const { at } = fact.data;
      if (!isPlausible(flight, at, knownAt) || !supersedes(at, knownAt, flight[movement])) return;
      const changed = flight[movement]?.value !== at;
      count(flight, -1);
      flight[movement] = { value: at, knownAt };
      count(flight, 1);
      network.lastMovementAt = Math.max(network.lastMovementAt, knownAt);
      if (changed && TOLD.has(movement)) tell(network, flight, changes);
    }
  }
}

function assign(network: NetworkState, flight: Flight, { knownAt, data }: Extract<PendingFact, { kind: 'aircraft.assigned' }>, changes: Changes): void {
  if (data.tail !== null && data.aircraft !== null) {
    const before = network.airframes.get(data.tail);
    const { built, seats } = data.aircraft;
    const word = (one: { built: number | null; seats: number | null }): string => `${one.built} ${one.seats}`;
    if (supersedes(word(data.aircraft), knownAt, before === undefined ? null : { value: word(before), knownAt: before.knownAt })) network.airframes.set(data.tail, { built, seats, knownAt });
  }
  const before = flight.tail;
  if (!supersedes(data.tail ?? '', knownAt, before === null ? null : { value: before.value ?? '', knownAt: before.knownAt })) return;
  if ((before?.value ?? null) === data.tail) {
    flight.tail = { value: data.tail, knownAt };
    return;
  }
  const left = leaveRotation(network, flight);
  flight.tail = { value: data.tail, knownAt };
  const joined = joinRotation(network, flight);
  if (!isPlanOut(flight, knownAt)) return;
  if (left !== undefined) changes.rotations.add(left);
  changes.rotations.add(joined);
}

/** From local midnight on, a change of the plan is news. */
function isPlanOut(flight: Flight, knownAt: UtcMinute): boolean {
  return knownAt >= dayStart(flight.day, flight.schedule.originOffset);
}

function tell(network: NetworkState, flight: Flight, changes: Changes): void {
  const rotation = rotationOf(network, flight.day, rotationId(flight));
  if (rotation !== undefined) changes.rotations.add(rotation);
  changes.flights.add(flight);
}
