import { HOME_ZONE, offsetAt, utcOf } from '../../feed/mod.ts';
import { flightIdOf, originOffsetOf, scheduledOffOf, scheduledOnOf, showsTime, type FlightRow } from './flight-row.ts';
import type { CleaningRule } from './rule.ts';
import { clockOf, outside, unlike } from './value.ts';

/** What the rules need to know beside a row. */
export interface FlightFacts {
  /** Time zone of an airport, from the register or the list of those that it lacks; undefined where neither has it. */
  zoneOf(airport: string): { readonly zone: string; readonly listed: boolean } | undefined;
  /** True when an id was not there before; remembers it. */
  isNew(flight: string): boolean;
  /** True when date, carrier and number were not there before; remembers them. */
  isNewNumber(key: string): boolean;
}

type Rule = CleaningRule<FlightRow, FlightFacts>;

const TIMES = ['departureTime', 'scheduledDeparture', 'arrivalTime', 'scheduledArrival'] as const;
const REQUIRED = ['year', 'month', 'date', 'scheduledDeparture', 'scheduledArrival', 'carrier', 'number', 'origin', 'destination', 'distance', 'hour'] as const;
const missing = (row: FlightRow, names: readonly (keyof FlightRow)[]): boolean => names.some((name) => row[name] === null);
const zoneOf = (row: FlightRow, facts: FlightFacts): string => facts.zoneOf(row.destination ?? '')?.zone ?? '';
const onOf = (row: FlightRow, facts: FlightFacts): number => scheduledOnOf(row, zoneOf(row, facts));
const blockOf = (row: FlightRow, facts: FlightFacts): number => onOf(row, facts) - scheduledOffOf(row);
const quarantine = (name: string, explanation: string, check: Rule['check']): Rule => ({ name, entity: 'flights', severity: 'quarantine', explanation, check });
const repair = (name: string, explanation: string, check: Rule['check'], mend?: Rule['mend']): Rule => ({ name, entity: 'flights', severity: 'repair', explanation, check, mend });
const note = (name: string, explanation: string, check: Rule['check']): Rule => ({ name, entity: 'flights', severity: 'note', explanation, check });

/** The rules for flights. Later rules may rely on what earlier ones refuse. */
export const FLIGHT_RULES: readonly Rule[] = [
  quarantine('not-a-number', 'A number or instant is written as something else.', (row) => Object.values(row).some((value) => Number.isNaN(value))),
  quarantine('missing-identity', 'Date, carrier, number, route, scheduled times or distance are missing.', (row) => missing(row, REQUIRED)),
  quarantine('impossible-date', 'Year, month and day are no day.', (row) => row.day === null),
  quarantine('impossible-code', 'Carrier, airport, tail or flight number do not have the form of one.', (row) =>
    unlike(row.carrier, /^[A-Z0-9]{2,3}$/) || unlike(row.origin, /^[A-Z0-9]{3,4}$/) || unlike(row.destination, /^[A-Z0-9]{3,4}$/)
    || unlike(row.tail, /^[A-Z0-9-]{2,12}$/) || outside(row.number, 0, 99_999)),
  quarantine('impossible-time', 'A clock time is not between 0000 and 2400, or has more than 59 minutes; a schedule at 2400 has no day.', (row) =>
    TIMES.some((name) => row[name] !== null && Number.isNaN(clockOf(row[name]))) || row.scheduledDeparture === 2400),
  quarantine('impossible-distance', 'The distance is not between 1 and 13,000 miles.', (row) => outside(row.distance, 1, 13_000, false)),
  quarantine('impossible-delay', 'A delay is not a whole number of minutes between two hours early and two days late, or the air time not between 5 minutes and a day.', (row) =>
    outside(row.departureDelay, -120, 2880) || outside(row.arrivalDelay, -240, 2880) || outside(row.airTime, 5, 1440)),
  quarantine('unknown-zone', 'The time zone of the destination is not known, so its local times mean nothing.', (row, facts) => facts.zoneOf(row.destination ?? '') === undefined),
  quarantine('hour-disagrees', '`time_hour` is not the UTC instant of the scheduled departure\'s hour at the origin.', (row) =>
    (row.hour ?? NaN) % 60 !== 0 || originOffsetOf(row) !== offsetAt(HOME_ZONE, scheduledOffOf(row))),
  quarantine('incomplete-movement', 'A departure has a time without a delay or a delay without a time, or there is an arrival without a departure.', (row) =>
    (row.departureTime === null) !== (row.departureDelay === null) || (row.departureTime === null && (row.arrivalTime !== null || row.arrivalDelay !== null))
    || (row.arrivalTime === null && row.arrivalDelay !== null)),
  quarantine('impossible-block', 'Scheduled or actual time from block to block is not between 10 minutes and 20 hours.', (row, facts) => {
    const block = blockOf(row, facts);
    return outside(block, 10, 1200) || (row.arrivalDelay !== null && row.departureDelay !== null && outside(block + row.arrivalDelay - row.departureDelay, 10, 1200));
  }),
  quarantine('duplicate-flight', 'The same flight (day, carrier, number, route, scheduled time) was there before.', (row, facts) => !facts.isNew(flightIdOf(row))),
  repair('midnight-2400', 'A time is written 2400: read as 0000 of the next day.', (row) => TIMES.some((name) => row[name] === 2400), (row) => {
    for (const name of TIMES) if (row[name] === 2400) row[name] = 0;
  }),
  repair('zone-from-list', 'The airport register lacks the destination (BQN, PSE, SJU, STT): its zone comes from a list, America/Puerto_Rico.', (row, facts) => facts.zoneOf(row.destination ?? '')?.listed === true),
  repair('air-time-too-long', 'The air time is longer than block to block leaves: taken as not recorded.', (row, facts) =>
    row.airTime !== null && row.arrivalDelay !== null && row.departureDelay !== null && row.airTime > blockOf(row, facts) + row.arrivalDelay - row.departureDelay - 2, (row) => { row.airTime = null; }),
  note('cancelled', 'Never left (`dep_time` is missing): state `cancelled`.', (row) => row.departureTime === null),
  note('never-arrived', 'Left and has no arrival time: state `never-arrived`.', (row) => row.departureTime !== null && row.arrivalTime === null),
  note('diverted', 'Left and has an arrival time but no arrival delay: state `diverted`.', (row) => row.departureTime !== null && row.arrivalTime !== null && row.arrivalDelay === null),
  note('missing-tail', 'The tail is missing; only cancelled flights lack theirs, so the absence is the outcome and must not be seen.', (row) => row.tail === null),
  note('missing-tail-not-cancelled', 'The tail of a flight that left is missing.', (row) => row.tail === null && row.departureTime !== null),
  note('departure-disagrees', 'The departure time is not the schedule plus the delay; the delay is taken.', (row) =>
    row.departureTime !== null && row.departureDelay !== null && !showsTime(HOME_ZONE, scheduledOffOf(row) + row.departureDelay, row.departureTime)),
  note('arrival-disagrees', 'The local arrival time is not the schedule plus the delay in the destination\'s zone; the delay is taken.', (row, facts) =>
    row.arrivalTime !== null && row.arrivalDelay !== null && !showsTime(zoneOf(row, facts), onOf(row, facts) + row.arrivalDelay, row.arrivalTime)),
  note('clock-change-night', 'The scheduled arrival is a local time that was lived twice, or never: the instant closest to a plausible block time is taken.', (row, facts) => {
    const on = onOf(row, facts);
    const local = on + offsetAt(zoneOf(row, facts), on);
    return utcOf(zoneOf(row, facts), local).length > 1 || !showsTime(zoneOf(row, facts), on, row.scheduledArrival ?? NaN);
  }),
  note('number-twice', 'Another flight of the day has the same carrier and number: both are kept, route and time tell them apart.', (row, facts) =>
    !facts.isNewNumber(`${row.day ?? ''}.${row.carrier ?? ''}.${row.number ?? ''}`)),
];
