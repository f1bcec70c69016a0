import { createReadStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { withDatabase, literal } from '../database.ts';
import { cleanFlight, FLIGHT_COLUMNS } from '../cleaning/flight.ts';
import { FLIGHT_HEADER, readFlight } from '../cleaning/flight-row.ts';
import { FLIGHT_RULES } from '../cleaning/flight-rules.ts';
import {
  AIRLINE_COLUMNS, AIRLINE_HEADER, AIRLINE_RULES, AIRPORT_COLUMNS, AIRPORT_HEADER, AIRPORT_RULES, LISTED_ZONES, PLANE_COLUMNS, PLANE_HEADER, PLANE_RULES,
  readAirline, readAirport, readPlane,
} from '../cleaning/register.ts';
import { cleanWeather, readWeather, WEATHER_COLUMNS, WEATHER_HEADER, WEATHER_RULES } from '../cleaning/weather.ts';
import type { QualityReport } from '../quality.ts';
import type { Table } from '../table.ts';
import { cleanEntity, type Cleaned } from './clean-entity.ts';
import { readCsv, type Line } from './csv.ts';
import { unzip } from './zip.ts';

/** The files of the source, as its package has them. */
export const SOURCE_FILES = { airports: 'airports.csv', planes: 'planes.csv', airlines: 'airlines.csv', weather: 'weather.csv', flights: 'flights.csv.zip' } as const;

/** A Parquet file that cleaning wrote, on its way to the lake. */
export interface CleanedFile {
  readonly area: 'clean' | 'quarantine';
  readonly entity: string;
  /** `2013-06`, where the entity is cut by month. */
  readonly partition: string | null;
  readonly file: string;
  readonly rows: number;
}

export interface CleanedSource {
  readonly files: readonly CleanedFile[];
  readonly quality: QualityReport;
}

/**
 * Cleans the source's files in `folder` into Parquet files below `output`.
 * A pure function of the files: the same files give the same bytes. Throws
 * `DATASET_INVALID` when a file is not what it should be as a whole.
 */
export async function cleanNycflights13(folder: string, output: string): Promise<CleanedSource> {
  await mkdir(output, { recursive: true });
  const csv = (entity: 'airports' | 'planes' | 'airlines' | 'weather', header: readonly string[]): AsyncIterable<Line> =>
    readCsv(createReadStream(join(folder, SOURCE_FILES[entity])), header, SOURCE_FILES[entity]);
  return withDatabase(async ({ connection }) => {
    const zones = new Map(Object.entries(LISTED_ZONES).map(([airport, zone]) => [airport, { zone, listed: true }]));
    const airports = await cleanEntity(connection, {
      name: 'airports', columns: AIRPORT_COLUMNS, rules: AIRPORT_RULES, facts: { isNew: once() }, read: readAirport,
      clean: (row) => {
        if (row.airport !== null && row.zone !== null) zones.set(row.airport, { zone: row.zone, listed: false });
        return { ...row };
      },
    }, csv('airports', AIRPORT_HEADER));
    const planes = await cleanEntity(connection, { name: 'planes', columns: PLANE_COLUMNS, rules: PLANE_RULES, facts: { isNew: once() }, read: readPlane, clean: (row) => ({ ...row }) }, csv('planes', PLANE_HEADER));
    const airlines = await cleanEntity(connection, { name: 'airlines', columns: AIRLINE_COLUMNS, rules: AIRLINE_RULES, facts: { isNew: once() }, read: readAirline, clean: (row) => ({ ...row }) }, csv('airlines', AIRLINE_HEADER));
    const weather = await cleanEntity(connection, { name: 'weather', columns: WEATHER_COLUMNS, rules: WEATHER_RULES, facts: { isNew: once() }, read: readWeather, clean: cleanWeather }, csv('weather', WEATHER_HEADER));
    const states: Record<string, number> = { operated: 0, cancelled: 0, diverted: 0, 'never-arrived': 0 };
    const flights = await cleanEntity(connection, {
      name: 'flights', columns: FLIGHT_COLUMNS, rules: FLIGHT_RULES, facts: { zoneOf: (airport) => zones.get(airport), isNew: once(), isNewNumber: once() }, read: readFlight,
      clean: (row) => {
        const clean = cleanFlight(row, zones.get(row.destination ?? '')?.zone ?? '');
        states[clean.state as string] = (states[clean.state as string] ?? 0) + 1;
        return clean;
      },
    }, readCsv(unzip(join(folder, SOURCE_FILES.flights), 'flights.csv'), FLIGHT_HEADER, 'flights.csv'));

    const files: CleanedFile[] = [];
    const write = async (area: CleanedFile['area'], entity: string, table: Table, partition: string | null, rows: number, options: { where?: string; order?: string }): Promise<void> => {
      const file = join(output, `${area}-${entity}${partition === null ? '' : `-${partition}`}.parquet`);
      await table.toParquet(file, options);
      files.push({ area, entity, partition, file, rows });
    };
    const byMonth = async (entity: string, { clean }: Cleaned, month: string, order: string): Promise<void> => {
      const months = await connection.runAndReadAll(`SELECT ${month} AS month, count(*)::INTEGER AS n FROM "${entity}" GROUP BY month ORDER BY month`);
      for (const [partition, rows] of months.getRows() as [string, number][]) await write('clean', entity, clean, partition, rows, { where: `${month} = ${literal(partition)}`, order });
    };
    await byMonth('flights', flights, 'substr(day, 1, 7)', 'day, scheduled_off, flight');
    await byMonth('weather', weather, `strftime(make_timestamp("at" * 60000000), '%Y-%m')`, '"at", airport');
    const registers = { planes: [planes, 'tail'], airports: [airports, 'airport'], airlines: [airlines, 'carrier'] } as const;
    for (const [entity, [{ clean }, order]] of Object.entries(registers)) await write('clean', entity, clean, null, clean.rows, { order });
    const all = { flights, weather, planes, airports, airlines };
    for (const [entity, { quarantine }] of Object.entries(all)) if (quarantine.rows > 0) await write('quarantine', entity, quarantine, null, quarantine.rows, { order: 'line' });
    return { files, quality: { entities: Object.values(all).map(({ quality }) => quality), states } };
  });
}

/** True for a key that was not asked for before. */
function once(): (key: string) => boolean {
  const seen = new Set<string>();
  return (key) => seen.size < seen.add(key).size;
}
