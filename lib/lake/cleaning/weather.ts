import { z } from 'zod';
import { HOME_ZONE, offsetAt, dayMinute, type WeatherRecord } from '../../feed/mod.ts';
import type { Columns } from '../table.ts';
import type { CleaningRule } from './rule.ts';
import { instantOf, numberOf, outside, textOf, unlike } from './value.ts';

/** A row of weather.csv as numbers and texts: null = missing, NaN = not a number. */
export interface WeatherRow {
  airport: string | null;
  year: number | null;
  month: number | null;
  date: number | null;
  localHour: number | null;
  temperature: number | null;
  dewPoint: number | null;
  windDirection: number | null;
  windSpeed: number | null;
  windGust: number | null;
  precipitation: number | null;
  pressure: number | null;
  visibility: number | null;
  /** UTC minute. */
  at: number | null;
}

export const WEATHER_HEADER = [
  'origin', 'year', 'month', 'day', 'hour', 'temp', 'dewp', 'humid', 'wind_dir', 'wind_speed', 'wind_gust', 'precip', 'pressure', 'visib', 'time_hour',
] as const;

/** Columns of `clean/…/weather`. */
export const WEATHER_COLUMNS = {
  airport: 'string', at: 'integer', temperature: 'double', dew_point: 'double', wind_direction: 'double', wind_speed: 'double', wind_gust: 'double',
  precipitation: 'double', pressure: 'double', visibility: 'double',
} as const satisfies Columns;

const measure = z.number().nullable();

/** A row of `clean/…/weather` as a record of the feed. */
export const weatherRecord = z.object({
  airport: z.string(), at: z.number().int(), temperature: measure, dew_point: measure, wind_direction: measure, wind_speed: measure, wind_gust: measure,
  precipitation: measure, pressure: measure, visibility: measure,
}).transform(({ dew_point, wind_direction, wind_speed, wind_gust, ...rest }): WeatherRecord => ({
  ...rest, dewPoint: dew_point, windDirection: wind_direction, windSpeed: wind_speed, windGust: wind_gust,
}));

/** The cells of a row, in the order of `WEATHER_HEADER`, read. */
export function readWeather(cells: readonly string[]): WeatherRow {
  return {
    airport: textOf(cells[0]), year: numberOf(cells[1]), month: numberOf(cells[2]), date: numberOf(cells[3]), localHour: numberOf(cells[4]),
    temperature: numberOf(cells[5]), dewPoint: numberOf(cells[6]), windDirection: numberOf(cells[8]), windSpeed: numberOf(cells[9]),
    windGust: numberOf(cells[10]), precipitation: numberOf(cells[11]), pressure: numberOf(cells[12]), visibility: numberOf(cells[13]), at: instantOf(cells[14]),
  };
}

/** A row that passed the rules, as a row of `WEATHER_COLUMNS`. */
export function cleanWeather(row: WeatherRow): Record<keyof typeof WEATHER_COLUMNS, string | number | null> {
  return {
    airport: row.airport, at: row.at, temperature: row.temperature, dew_point: row.dewPoint, wind_direction: row.windDirection, wind_speed: row.windSpeed,
    wind_gust: row.windGust, precipitation: row.precipitation, pressure: row.pressure, visibility: row.visibility,
  };
}

/** True when an airport and hour were not there before; remembers them. */
export interface WeatherFacts { isNew(key: string): boolean }

type Rule = CleaningRule<WeatherRow, WeatherFacts>;
type Measure = Exclude<keyof WeatherRow, 'airport' | 'year' | 'month' | 'date' | 'localHour' | 'at'>;

const MEASURES: readonly { field: Measure; name: string; least: number; most: number; unit: string }[] = [
  { field: 'temperature', name: 'temperature', least: -60, most: 130, unit: 'degrees Fahrenheit' },
  { field: 'dewPoint', name: 'dew-point', least: -80, most: 100, unit: 'degrees Fahrenheit' },
  { field: 'windDirection', name: 'wind-direction', least: 0, most: 360, unit: 'degrees' },
  { field: 'windSpeed', name: 'wind-speed', least: 0, most: 200, unit: 'miles an hour' },
  { field: 'windGust', name: 'wind-gust', least: 0, most: 230, unit: 'miles an hour' },
  { field: 'precipitation', name: 'precipitation', least: 0, most: 12, unit: 'inches in the hour' },
  { field: 'pressure', name: 'pressure', least: 870, most: 1085, unit: 'hectopascal' },
  { field: 'visibility', name: 'visibility', least: 0, most: 100, unit: 'miles' },
];

/** The rules for weather. */
export const WEATHER_RULES: readonly Rule[] = [
  { name: 'not-a-number', entity: 'weather', severity: 'quarantine', explanation: 'A number or instant is written as something else.', check: (row) => Object.values(row).some((value) => Number.isNaN(value)) },
  { name: 'missing-identity', entity: 'weather', severity: 'quarantine', explanation: 'Airport or hour is missing.', check: (row) => row.airport === null || row.at === null },
  { name: 'impossible-code', entity: 'weather', severity: 'quarantine', explanation: 'The airport does not have the form of one.', check: (row) => unlike(row.airport, /^[A-Z0-9]{3,4}$/) },
  { name: 'impossible-hour', entity: 'weather', severity: 'quarantine', explanation: 'The observation is not on a full hour of the years 1987 to 2100.', check: (row) => (row.at ?? NaN) % 60 !== 0 || outside(row.at, Date.UTC(1987, 0) / 60_000, Date.UTC(2101, 0) / 60_000) },
  { name: 'duplicate-observation', entity: 'weather', severity: 'quarantine', explanation: 'The airport has an observation of this hour already.', check: (row, facts) => !facts.isNew(`${row.airport ?? ''}.${row.at ?? ''}`) },
  ...MEASURES.map(({ field, name, least, most, unit }): Rule => ({
    name: `impossible-${name}`, entity: 'weather', severity: 'repair', explanation: `Not between ${least} and ${most} ${unit}: taken as missing.`,
    check: (row) => outside(row[field], least, most, false),
    mend: (row) => { row[field] = null; },
  })),
  { name: 'local-hour-disagrees', entity: 'weather', severity: 'note', explanation: 'Year, month, day and hour are not the local time of `time_hour`; the UTC instant is taken.', check: (row) => {
    const local = dayMinute(`${row.year ?? ''}-${String(row.month ?? '').padStart(2, '0')}-${String(row.date ?? '').padStart(2, '0')}`) + (row.localHour ?? NaN) * 60;
    return local !== (row.at ?? NaN) + offsetAt(HOME_ZONE, row.at ?? 0);
  } },
  { name: 'missing-temperature', entity: 'weather', severity: 'note', explanation: 'No temperature in this hour.', check: (row) => row.temperature === null },
  { name: 'missing-pressure', entity: 'weather', severity: 'note', explanation: 'No pressure in this hour.', check: (row) => row.pressure === null },
  { name: 'missing-wind-direction', entity: 'weather', severity: 'note', explanation: 'No wind direction in this hour, most often because it varies.', check: (row) => row.windDirection === null },
];
