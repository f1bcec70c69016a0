import { z } from 'zod';
import type { FlightRecord } from '../../feed/mod.ts';
import type { Columns } from '../table.ts';
import { flightIdOf, originOffsetOf, scheduledOffOf, scheduledOnOf, type FlightRow } from './flight-row.ts';

/** Columns of `clean/…/flights`. Instants are UTC minutes since 1970. */
export const FLIGHT_COLUMNS = {
  flight: 'string', day: 'string', carrier: 'string', number: 'integer', tail: 'string', origin: 'string', destination: 'string',
  scheduled_off: 'integer', scheduled_on: 'integer', off: 'integer', wheels_off: 'integer', wheels_on: 'integer', on: 'integer',
  state: 'string', departure_delay: 'integer', arrival_delay: 'integer', distance: 'double', origin_offset: 'integer',
} as const satisfies Columns;

/** Longest taxi-in that is assumed, minutes: New York's outstations have a median of about seven. */
const TAXI_IN = 7;

const minute = z.number().int();

/** A row of `clean/…/flights` as a record of the feed. */
export const flightRecord = z.object({
  flight: z.string(), day: z.string(), carrier: z.string(), number: z.number().int(), tail: z.string().nullable(), origin: z.string(), destination: z.string(),
  scheduled_off: minute, scheduled_on: minute, off: minute.nullable(), wheels_off: minute.nullable(), wheels_on: minute.nullable(), on: minute.nullable(),
  state: z.enum(['operated', 'cancelled', 'diverted', 'never-arrived']), departure_delay: z.number().nullable(), arrival_delay: z.number().nullable(),
  distance: z.number(), origin_offset: z.number().int(),
}).transform(({ scheduled_off, scheduled_on, wheels_off, wheels_on, departure_delay, arrival_delay, origin_offset, ...rest }): FlightRecord => ({
  ...rest, scheduledOff: scheduled_off, scheduledOn: scheduled_on, wheelsOff: wheels_off, wheelsOn: wheels_on,
  departureDelay: departure_delay, arrivalDelay: arrival_delay, originOffset: origin_offset,
}));

/** What became of a flight, by one rule over the raw columns: no `dep_time`; no `arr_time`; no `arr_delay`; else operated. */
export function stateOf(row: FlightRow): FlightRecord['state'] {
  if (row.departureTime === null) return 'cancelled';
  if (row.arrivalTime === null) return 'never-arrived';
  return row.arrivalDelay === null ? 'diverted' : 'operated';
}

/**
 * A row that passed the rules, as a row of `FLIGHT_COLUMNS`. Actual instants
 * are schedule plus delay. Wheels are derived: of what block to block leaves
 * beside the air time, up to 30 %, at most seven minutes, is taxi-in.
 */
export function cleanFlight(row: FlightRow, zone: string): Record<keyof typeof FLIGHT_COLUMNS, string | number | null> {
  const scheduledOff = scheduledOffOf(row);
  const scheduledOn = scheduledOnOf(row, zone);
  const off = row.departureDelay === null ? null : scheduledOff + row.departureDelay;
  const on = row.arrivalDelay === null ? null : scheduledOn + row.arrivalDelay;
  const taxi = off === null || on === null || row.airTime === null ? null : on - off - row.airTime;
  const wheelsOn = taxi === null || on === null ? null : on - Math.min(TAXI_IN, Math.round(0.3 * taxi));
  return {
    flight: flightIdOf(row), day: row.day, carrier: row.carrier, number: row.number, tail: row.tail, origin: row.origin, destination: row.destination,
    scheduled_off: scheduledOff, scheduled_on: scheduledOn, off, wheels_off: wheelsOn === null || row.airTime === null ? null : wheelsOn - row.airTime, wheels_on: wheelsOn, on,
    state: stateOf(row), departure_delay: row.departureDelay, arrival_delay: row.arrivalDelay, distance: row.distance, origin_offset: originOffsetOf(row),
  };
}
