import { z } from 'zod';
import { isZone } from '../../feed/mod.ts';
import type { Columns } from '../table.ts';
import type { CleaningRule } from './rule.ts';
import { numberOf, outside, textOf, unlike } from './value.ts';

/** The registers: planes, airports, airlines. One row of each, read: null = missing, NaN = not a number. */
export interface PlaneRow { tail: string | null; built: number | null; seats: number | null; engines: number | null; type: string | null; manufacturer: string | null; model: string | null; engine: string | null }
export interface AirportRow { airport: string | null; name: string | null; latitude: number | null; longitude: number | null; altitude: number | null; zone: string | null }
export interface AirlineRow { carrier: string | null; name: string | null }

export const PLANE_HEADER = ['tailnum', 'year', 'type', 'manufacturer', 'model', 'engines', 'seats', 'speed', 'engine'] as const;
export const AIRPORT_HEADER = ['faa', 'name', 'lat', 'lon', 'alt', 'tz', 'dst', 'tzone'] as const;
export const AIRLINE_HEADER = ['carrier', 'name'] as const;

export const PLANE_COLUMNS = { tail: 'string', built: 'integer', seats: 'integer', engines: 'integer', type: 'string', manufacturer: 'string', model: 'string', engine: 'string' } as const satisfies Columns;
export const AIRPORT_COLUMNS = { airport: 'string', name: 'string', latitude: 'double', longitude: 'double', altitude: 'integer', zone: 'string' } as const satisfies Columns;
export const AIRLINE_COLUMNS = { carrier: 'string', name: 'string' } as const satisfies Columns;

/** A row of `clean/…/planes`, as far as the feed wants it. */
export const planeRecord = z.object({ tail: z.string(), built: z.number().int().nullable(), seats: z.number().int().nullable() });

export function readPlane(cells: readonly string[]): PlaneRow {
  return {
    tail: textOf(cells[0]), built: numberOf(cells[1]), type: textOf(cells[2]), manufacturer: textOf(cells[3]), model: textOf(cells[4]),
    engines: numberOf(cells[5]), seats: numberOf(cells[6]), engine: textOf(cells[8]),
  };
}

export function readAirport(cells: readonly string[]): AirportRow {
  return { airport: textOf(cells[0]), name: textOf(cells[1]), latitude: numberOf(cells[2]), longitude: numberOf(cells[3]), altitude: numberOf(cells[4]), zone: textOf(cells[7]) };
}

export function readAirline(cells: readonly string[]): AirlineRow {
  return { carrier: textOf(cells[0]), name: textOf(cells[1]) };
}

/** True when an id was not there before; remembers it. */
export interface RegisterFacts { isNew(id: string): boolean }

/**
 * Airports that flights go to and the register lacks, with their zones.
 * Puerto Rico and the US Virgin Islands keep Atlantic standard time all year.
 */
export const LISTED_ZONES: Readonly<Record<string, string>> = {
  BQN: 'America/Puerto_Rico', PSE: 'America/Puerto_Rico', SJU: 'America/Puerto_Rico', STT: 'America/Puerto_Rico',
};

/** Rules that every register has: an id of the right form, once; numbers that are numbers. */
function identityRules<Row extends object>(entity: string, idOf: (row: Row) => string | null, form: RegExp): CleaningRule<Row, RegisterFacts>[] {
  return [
    { name: 'not-a-number', entity, severity: 'quarantine', explanation: 'A number is written as something else.', check: (row) => Object.values(row).some((value) => Number.isNaN(value)) },
    { name: 'impossible-code', entity, severity: 'quarantine', explanation: 'The code is missing or does not have the form of one.', check: (row) => idOf(row) === null || unlike(idOf(row), form) },
    { name: 'duplicate-code', entity, severity: 'quarantine', explanation: 'The register has an entry of this code already.', check: (row, facts) => !facts.isNew(idOf(row) ?? '') },
  ];
}

export const PLANE_RULES: readonly CleaningRule<PlaneRow, RegisterFacts>[] = [
  ...identityRules<PlaneRow>('planes', (row) => row.tail, /^[A-Z0-9-]{2,12}$/),
  { name: 'impossible-year', entity: 'planes', severity: 'repair', explanation: 'Not built between 1900 and 2100: taken as missing.', check: (row) => outside(row.built, 1900, 2100), mend: (row) => { row.built = null; } },
  { name: 'impossible-seats', entity: 'planes', severity: 'repair', explanation: 'Not between 1 and 1000 seats: taken as missing.', check: (row) => outside(row.seats, 1, 1000), mend: (row) => { row.seats = null; } },
  { name: 'impossible-engines', entity: 'planes', severity: 'repair', explanation: 'Not between 1 and 12 engines: taken as missing.', check: (row) => outside(row.engines, 1, 12), mend: (row) => { row.engines = null; } },
  { name: 'missing-year', entity: 'planes', severity: 'note', explanation: 'The year in which it was built is missing.', check: (row) => row.built === null },
  { name: 'few-seats', entity: 'planes', severity: 'note', explanation: 'Fewer than 20 seats: the tail has most likely gone to another aircraft since.', check: (row) => row.seats !== null && row.seats < 20 },
];

export const AIRPORT_RULES: readonly CleaningRule<AirportRow, RegisterFacts>[] = [
  ...identityRules<AirportRow>('airports', (row) => row.airport, /^[A-Z0-9]{3,4}$/),
  { name: 'impossible-position', entity: 'airports', severity: 'quarantine', explanation: 'Latitude or longitude is missing or none.', check: (row) => row.latitude === null || row.longitude === null || outside(row.latitude, -90, 90, false) || outside(row.longitude, -180, 180, false) },
  { name: 'impossible-altitude', entity: 'airports', severity: 'repair', explanation: 'Altitude is not between -1500 and 20,000 feet: taken as missing.', check: (row) => outside(row.altitude, -1500, 20_000), mend: (row) => { row.altitude = null; } },
  { name: 'unknown-zone', entity: 'airports', severity: 'repair', explanation: 'The time zone is not in the time zone database: taken as missing.', check: (row) => row.zone !== null && !isZone(row.zone), mend: (row) => { row.zone = null; } },
  { name: 'missing-zone', entity: 'airports', severity: 'note', explanation: 'The time zone is missing; flights there go to quarantine unless it is listed.', check: (row) => row.zone === null },
];

export const AIRLINE_RULES: readonly CleaningRule<AirlineRow, RegisterFacts>[] = [
  ...identityRules<AirlineRow>('airlines', (row) => row.carrier, /^[A-Z0-9]{2,3}$/),
  { name: 'missing-name', entity: 'airlines', severity: 'note', explanation: 'The name is missing.', check: (row) => row.name === null },
];
