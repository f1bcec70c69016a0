import { dayMinute, dayOf, offsetAt, utcOf } from '../../feed/mod.ts';
import { clockOf, instantOf, numberOf, outside, textOf } from './value.ts';

/** A row of flights.csv as numbers and texts: null = missing, NaN = not a number. Clock times are `hhmm`, local. */
export interface FlightRow {
  year: number | null;
  month: number | null;
  date: number | null;
  /** The operating day `YYYY-MM-DD` and its local midnight in minutes; null where year, month and date are no day. */
  day: string | null;
  midnight: number | null;
  departureTime: number | null;
  scheduledDeparture: number | null;
  departureDelay: number | null;
  arrivalTime: number | null;
  scheduledArrival: number | null;
  arrivalDelay: number | null;
  carrier: string | null;
  number: number | null;
  tail: string | null;
  origin: string | null;
  destination: string | null;
  airTime: number | null;
  distance: number | null;
  /** UTC minute of the scheduled departure's full hour. */
  hour: number | null;
}

export const FLIGHT_HEADER = [
  'year', 'month', 'day', 'dep_time', 'sched_dep_time', 'dep_delay', 'arr_time', 'sched_arr_time', 'arr_delay', 'carrier', 'flight', 'tailnum',
  'origin', 'dest', 'air_time', 'distance', 'hour', 'minute', 'time_hour',
] as const;

/** The cells of a row, in the order of `FLIGHT_HEADER`, read. */
export function readFlight(cells: readonly string[]): FlightRow {
  const [year, month, date] = [numberOf(cells[0]), numberOf(cells[1]), numberOf(cells[2])];
  return {
    year, month, date, ...dayOfDate(year, month, date),
    departureTime: numberOf(cells[3]), scheduledDeparture: numberOf(cells[4]), departureDelay: numberOf(cells[5]),
    arrivalTime: numberOf(cells[6]), scheduledArrival: numberOf(cells[7]), arrivalDelay: numberOf(cells[8]),
    carrier: textOf(cells[9]), number: numberOf(cells[10]), tail: textOf(cells[11]), origin: textOf(cells[12]), destination: textOf(cells[13]),
    airTime: numberOf(cells[14]), distance: numberOf(cells[15]), hour: instantOf(cells[18]),
  };
}

type Day = Pick<FlightRow, 'day' | 'midnight'>;
const NO_DAY: Day = { day: null, midnight: null };
/** Hundreds of rows have the same day. */
let latest = { key: NaN, found: NO_DAY };

function dayOfDate(year: number | null, month: number | null, date: number | null): Day {
  if (year === null || month === null || date === null || outside(year, 1987, 2100) || outside(month, 1, 12) || outside(date, 1, 31)) return NO_DAY;
  const key = (year * 100 + month) * 100 + date;
  if (latest.key !== key) {
    const day = `${year}-${String(month).padStart(2, '0')}-${String(date).padStart(2, '0')}`;
    const midnight = dayMinute(day);
    latest = { key, found: !Number.isNaN(midnight) && dayOf(midnight) === day ? { day, midnight } : NO_DAY };
  }
  return latest.found;
}

/** Identity of a flight: day, carrier, number, origin, destination, local scheduled departure. */
export function flightIdOf(row: FlightRow): string {
  return [row.day, row.carrier, row.number, row.origin, row.destination, String(row.scheduledDeparture).padStart(4, '0')].join('.');
}

/** The scheduled off-block: the hour's UTC instant plus the minutes of the local time. */
export function scheduledOffOf(row: FlightRow): number {
  return (row.hour ?? NaN) + (row.scheduledDeparture ?? NaN) % 100;
}

/** Minutes that local time at the origin is ahead of UTC, as the row itself says. */
export function originOffsetOf(row: FlightRow): number {
  return (row.midnight ?? NaN) + clockOf(row.scheduledDeparture ?? NaN) - scheduledOffOf(row);
}

/**
 * The scheduled on-block. The row has a local time only: of the instants at
 * which the destination's clocks show it (days around the departure's; two in
 * the hour that is lived twice) the one whose block time is closest to what
 * the distance suggests. Outcomes are not looked at: this is the schedule.
 */
export function scheduledOnOf(row: FlightRow, zone: string): number {
  const known = scheduledOns.get(row) ?? findScheduledOn(row, zone);
  scheduledOns.set(row, known);
  return known;
}

/** Several rules ask for the same row. */
const scheduledOns = new WeakMap<FlightRow, number>();

function findScheduledOn(row: FlightRow, zone: string): number {
  const off = scheduledOffOf(row);
  const expected = off + plausibleBlock(row.distance ?? NaN);
  const clock = clockOf(row.scheduledArrival ?? NaN);
  const localDay = row.midnight ?? NaN;
  const candidates = [-1, 0, 1, 2].flatMap((days) => Number.isNaN(clock + localDay) ? [] : utcOf(zone, localDay + days * 1440 + clock));
  return candidates.reduce((best, each) => (Math.abs(each - expected) < Math.abs(best - expected) ? each : best), candidates[0] ?? NaN);
}

/** Minutes from block to block that a distance (statute miles) suggests: 45 on the ground and in climb, then 7.7 miles a minute (about 460 mph). */
export function plausibleBlock(distance: number): number {
  return 45 + distance / 7.7;
}

/** True where the destination's clocks show `hhmm` at an instant. */
export function showsTime(zone: string, minute: number, hhmm: number): boolean {
  const local = minute + offsetAt(zone, minute);
  return ((local % 1440) + 1440) % 1440 === clockOf(hhmm) % 1440;
}
