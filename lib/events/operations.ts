import { z } from 'zod';
import { operatingDay, utcMinute } from './time.ts';

/**
 * Operations events: facts of the airline, in the order in which they became
 * known. On the wire instants are ISO 8601 UTC, in memory they are minutes.
 */

/** `2013-06-10.UA.1545.EWR.ORD.0515`: operating day, carrier, number, origin, destination, local scheduled departure. */
export const flightId = z.string().min(8).max(60).regex(/^[A-Za-z0-9.-]+$/);
export const tail = z.string().min(2).max(12).regex(/^[A-Z0-9-]+$/);
export const airport = z.string().regex(/^[A-Z0-9]{3,4}$/);
export const carrier = z.string().regex(/^[A-Z0-9]{2,3}$/);

/** What is known of an airframe, from the register; `null` where the register has no entry. */
export const aircraft = z.object({
  built: z.number().int().min(1900).max(2100).nullable(),
  seats: z.number().int().min(1).max(1000).nullable(),
});

/** A flight is on the schedule. */
export const flightScheduled = z.object({
  flight: flightId,
  day: operatingDay,
  carrier,
  number: z.number().int().min(0).max(99_999),
  origin: airport,
  destination: airport,
  /** Scheduled off-block and on-block. */
  scheduledOff: utcMinute,
  scheduledOn: utcMinute,
  /** Great-circle distance in statute miles. */
  distance: z.number().min(0).max(13_000),
  /** Minutes that local time at the origin is ahead of UTC at the scheduled departure. */
  originOffset: z.number().int().min(-720).max(840),
});

/** An aircraft is assigned to a flight, or taken off it (`tail: null`). A later one replaces an earlier one. */
export const aircraftAssigned = z.object({
  flight: flightId,
  tail: tail.nullable(),
  aircraft: aircraft.nullable(),
  /** True where the simulator made it up (a swap, or the plan of a leg whose tail the source hides). */
  synthetic: z.boolean(),
});

const movement = z.object({ flight: flightId, at: utcMinute });
/** The aircraft left the gate. */
export const flightOffBlock = movement;
/** Wheels off. */
export const flightTookOff = movement;
/** Wheels on. */
export const flightLanded = movement;
/** The aircraft is at its gate. */
export const flightOnBlock = movement;
/** The flight will not be operated. */
export const flightCancelled = z.object({ flight: flightId });
/** The flight goes, or went, elsewhere. */
export const flightDiverted = z.object({ flight: flightId });

/** One hourly observation at an airport. */
export const weatherObserved = z.object({
  airport,
  at: utcMinute,
  /** Degrees Fahrenheit. */
  temperature: z.number().min(-120).max(150).nullable(),
  dewPoint: z.number().min(-120).max(150).nullable(),
  /** Degrees from true north; speeds in miles an hour. */
  windDirection: z.number().min(0).max(360).nullable(),
  windSpeed: z.number().min(0).max(250).nullable(),
  windGust: z.number().min(0).max(250).nullable(),
  /** Inches in the hour; hectopascal at sea level; statute miles. */
  precipitation: z.number().min(0).max(20).nullable(),
  pressure: z.number().min(850).max(1100).nullable(),
  visibility: z.number().min(0).max(100).nullable(),
});

/** "Now", every quarter of an hour. */
export const clockTicked = z.object({ now: utcMinute });

/** The first event of a replay: everything before `from` comes from the lake, everything after as events. */
export const replayStarted = z.object({
  from: operatingDay,
  to: operatingDay,
  /** First operating day of the history that warms the state up. */
  historyFrom: operatingDay,
  /** Version of the clean lake that the history is read from. */
  lake: z.string().max(80),
  seed: z.number().int(),
});

/** Data schema by kind; the CloudEvents type is `downline.<kind>.v1`, the subject `ops.<replay>.<kind>`. */
export const OPERATIONS = {
  'replay.started': replayStarted,
  'flight.scheduled': flightScheduled,
  'aircraft.assigned': aircraftAssigned,
  'flight.offblock': flightOffBlock,
  'flight.tookoff': flightTookOff,
  'flight.landed': flightLanded,
  'flight.onblock': flightOnBlock,
  'flight.cancelled': flightCancelled,
  'flight.diverted': flightDiverted,
  'weather.observed': weatherObserved,
  'clock.ticked': clockTicked,
} as const;

export type OperationsKind = keyof typeof OPERATIONS;

/** One operations event in memory: `kind`, when it became known, and its data. */
export type OperationsEvent = {
  [K in OperationsKind]: { readonly kind: K; readonly knownAt: number; readonly data: z.output<(typeof OPERATIONS)[K]> };
}[OperationsKind];

export type FlightScheduled = z.output<typeof flightScheduled>;
export type AircraftAssigned = z.output<typeof aircraftAssigned>;
export type WeatherObserved = z.output<typeof weatherObserved>;
export type ReplayStarted = z.output<typeof replayStarted>;
