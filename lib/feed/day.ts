import type { OperationsEvent } from '../events/mod.ts';
import { cancellationKnownAt, diversionKnownAt, lateKnownAt, planKnownAt, reportLag, scheduleKnownAt, takeOffAt, WEATHER_LAG } from './declared.ts';
import { compareEvents } from './order.ts';
import { planDay, type Plan } from './plan.ts';
import type { FeedReader, FlightRecord, PlaneRecord } from './record.ts';
import { dayAfter, dayMinute } from './zone.ts';

/**
 * All operations events of an operating day in the order in which they became
 * known: its flights, and the weather of the UTC day. No event is a function
 * of anything that became known after it.
 */
export async function dayEvents(reader: FeedReader, day: string, seed: number): Promise<OperationsEvent[]> {
  const flights = await reader.flights(day);
  const plans = planDay(flights, await reader.flights(dayAfter(day, -1)), seed);
  const planes = await reader.planes();
  const weather = await reader.weather(dayMinute(day), dayMinute(dayAfter(day)));
  return [
    ...flights.flatMap((flight) => flightEvents(flight, plans.get(flight.flight), planes, seed)),
    ...weather.map((data): OperationsEvent => ({ kind: 'weather.observed', knownAt: data.at + WEATHER_LAG, data })),
  ].sort(compareEvents);
}

function flightEvents(flight: FlightRecord, plan: Plan | undefined, planes: ReadonlyMap<string, PlaneRecord>, seed: number): OperationsEvent[] {
  const scheduled: OperationsEvent = {
    kind: 'flight.scheduled',
    knownAt: scheduleKnownAt(flight.day),
    data: {
      flight: flight.flight, day: flight.day, carrier: flight.carrier, number: flight.number, origin: flight.origin, destination: flight.destination,
      scheduledOff: flight.scheduledOff, scheduledOn: flight.scheduledOn, distance: flight.distance, originOffset: flight.originOffset,
    },
  };
  const cancelledAt = flight.state === 'cancelled' ? cancellationKnownAt(flight, seed, (plan?.final ?? null) !== null) : Infinity;
  const assignments = plan === undefined ? [] : assignmentEvents(flight, plan, planes).filter(({ knownAt }) => knownAt < cancelledAt);
  const outcome: OperationsEvent[] = flight.state === 'cancelled'
    ? [{ kind: 'flight.cancelled', knownAt: cancelledAt, data: { flight: flight.flight } }]
    : movementEvents(flight, seed);
  return [scheduled, ...assignments, ...outcome];
}

function assignmentEvents({ flight, ...record }: FlightRecord, plan: Plan, planes: ReadonlyMap<string, PlaneRecord>): OperationsEvent[] {
  const assigned = (tail: string, knownAt: number, synthetic: boolean): OperationsEvent => ({
    kind: 'aircraft.assigned', knownAt, data: { flight, tail, aircraft: planes.get(tail) ?? null, synthetic },
  });
  const events: OperationsEvent[] = [];
  if (plan.first !== null) events.push(assigned(plan.first, planKnownAt(record.day), plan.syntheticFirst));
  if (plan.final === null) return events;
  if (plan.swapAt !== null) events.push(assigned(plan.final, plan.swapAt, plan.syntheticFinal));
  if (plan.first === null) events.push(assigned(plan.final, lateKnownAt({ flight, ...record }), plan.syntheticFinal));
  return events;
}

/** Off-block to on-block. A movement is never reported before the one that precedes it. */
function movementEvents(flight: FlightRecord, seed: number): OperationsEvent[] {
  const { off, on, wheelsOn } = flight;
  if (off === null) return [];
  const id = { flight: flight.flight };
  const events: OperationsEvent[] = [];
  let reported = off;
  const report = (kind: 'flight.offblock' | 'flight.tookoff' | 'flight.landed' | 'flight.onblock', at: number): void => {
    reported = Math.max(reported, at + reportLag(flight, seed, kind));
    events.push({ kind, knownAt: reported, data: { ...id, at } });
  };
  report('flight.offblock', off);
  report('flight.tookoff', takeOffAt({ ...flight, off }, seed));
  if (wheelsOn !== null) report('flight.landed', wheelsOn);
  if (on !== null) report('flight.onblock', on);
  if (flight.state === 'diverted') events.push({ kind: 'flight.diverted', knownAt: Math.max(reported, diversionKnownAt(flight)), data: id });
  return events;
}
