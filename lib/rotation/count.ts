import { departureDelay, statusOf, type Flight } from './flight.ts';
import type { History } from './history.ts';
import { clip, LATE, type Tally } from './tally.ts';

/** Counts all that is known of a flight in its windows and histories (`sign` 1), or takes it all out again (-1). */
export function count(flight: Flight, sign: 1 | -1): void {
  const { schedule, counted, cancelledAt } = flight;
  const { origin, destination, carrier, carrierOrigin, network } = counted;
  const status = statusOf(flight);
  const gone = status === 'departed' || status === 'arrived' || status === 'diverted' ? sign : 0;
  const cancelled = status === 'cancelled' ? sign : 0;
  for (const windows of [origin, carrier, carrierOrigin, network]) {
    const slot = windows.slot(schedule.scheduledOff);
    slot.scheduled += sign;
    slot.gone += gone;
    slot.cancelled += cancelled;
    if (cancelled !== 0 && cancelledAt !== null) windows.slot(cancelledAt).cancellations += sign;
    if (flight.off !== null) addDeparture(windows.slot(flight.off.value), flight, sign);
    if (flight.tookOff !== null) addTaxi(windows.slot(flight.tookOff.value), flight, sign);
  }
  if (flight.on !== null) {
    for (const windows of [destination, carrier, network]) addArrival(windows.slot(flight.on.value), flight, sign);
  }
  for (const history of historiesOf(flight)) addToHistory(history.live, flight, sign);
}

/** The histories that learn of a flight. */
export function historiesOf({ counted }: Flight): readonly History[] {
  return [counted.originHistory, counted.hourHistory, counted.carrierHistory, counted.routeHistory, counted.destinationHistory, counted.numberHistory];
}

/** Adds a flight to the sums of a history. */
export function addToHistory(sums: Tally, flight: Flight, sign: 1 | -1): void {
  sums.scheduled += sign;
  sums.block += sign * (flight.schedule.scheduledOn - flight.schedule.scheduledOff);
  if (flight.off !== null) addDeparture(sums, flight, sign);
  if (flight.tookOff !== null) addTaxi(sums, flight, sign);
  if (flight.on !== null) addArrival(sums, flight, sign);
}

function addDeparture(tally: Tally, flight: Flight, sign: 1 | -1): void {
  const delay = departureDelay(flight);
  if (delay === null) return;
  tally.departures += sign;
  tally.delay += sign * clip(delay);
  if (delay >= LATE) tally.late += sign;
}

function addTaxi(tally: Tally, { off, tookOff }: Flight, sign: 1 | -1): void {
  if (off === null || tookOff === null || tookOff.value < off.value) return;
  tally.taxis += sign;
  tally.taxi += sign * clip(tookOff.value - off.value);
}

function addArrival(tally: Tally, flight: Flight, sign: 1 | -1): void {
  if (flight.on === null || flight.divertedAt !== null) return;
  const delay = flight.on.value - flight.schedule.scheduledOn;
  tally.arrivals += sign;
  tally.arrivalDelay += sign * clip(delay);
  const left = departureDelay(flight);
  if (left === null) return;
  tally.gains += sign;
  tally.gain += sign * clip(delay - left);
}
