import type { Objects } from '../clients/s3/mod.ts';
import type { OperationsEvent } from '../events/mod.ts';
import { dayAfter, dayOf, firstTick, spanEvents, type FeedReader, type FlightRecord, type PlaneRecord, type WeatherRecord } from '../feed/mod.ts';
import { flightRecord } from './cleaning/flight.ts';
import { planeRecord } from './cleaning/register.ts';
import { weatherRecord } from './cleaning/weather.ts';
import { filesOf, keyOf } from './manifest.ts';
import { getManifest } from './manifests.ts';
import { readParquet, scanParquet } from './parquet.ts';

/** Months that are kept in memory: a day needs its own and, at its edges, a neighbour. */
const MONTHS = 3;

/**
 * The feed's reader over a clean version of the lake. The manifest says which
 * objects there are; months are read whole, and the last few are kept.
 */
export function lakeFeed(objects: Objects, version: string): FeedReader {
  const manifestOf = remember(1, (one: string) => getManifest(objects, one));
  const keys = async (entity: string, partition?: string): Promise<string[]> => {
    const sealed = await manifestOf(version);
    return filesOf(sealed, entity, partition).map((file) => keyOf(sealed, file));
  };
  const flightsOf = remember(MONTHS, async (month: string) => {
    const days = new Map<string, FlightRecord[]>();
    for (const key of await keys('flights', month)) {
      for await (const record of scanParquet(objects, key, flightRecord)) {
        const of = days.get(record.day);
        if (of === undefined) days.set(record.day, [record]);
        else of.push(record);
      }
    }
    return days;
  });
  const weatherOf = remember(MONTHS, async (month: string) => {
    const records: WeatherRecord[] = [];
    for (const key of await keys('weather', month)) records.push(...await readParquet(objects, key, weatherRecord));
    return records;
  });
  const planes = remember(1, async (_all: string) => {
    const register = new Map<string, PlaneRecord>();
    for (const key of await keys('planes')) {
      for await (const { tail, built, seats } of scanParquet(objects, key, planeRecord)) register.set(tail, { built, seats });
    }
    return register;
  });
  return {
    flights: async (day) => (await flightsOf(day.slice(0, 7))).get(day) ?? [],
    async weather(from, to) {
      const months = [...new Set([dayOf(from).slice(0, 7), dayOf(to - 1).slice(0, 7)])];
      const records = await Promise.all(months.map(weatherOf));
      return records.flat().filter(({ at }) => at >= from && at < to);
    },
    planes: () => planes(''),
  };
}

/**
 * The operations events of past operating days, straight from the lake: what
 * `spanEvents` gives, except that ticks end before the first tick of the day
 * after `to`, where a replay's own begin.
 */
export function historyEvents(objects: Objects, options: { readonly lake: string; readonly from: string; readonly to: string; readonly seed: number }): AsyncGenerator<OperationsEvent> {
  const { lake, from, to, seed } = options;
  return spanEvents(lakeFeed(objects, lake), { from, to, seed, ticksBefore: firstTick(dayAfter(to)) });
}

/** A function that remembers its last few answers, but no failure. */
function remember<T>(limit: number, load: (key: string) => Promise<T>): (key: string) => Promise<T> {
  const answers = new Map<string, Promise<T>>();
  return (key) => {
    const answer = answers.get(key) ?? load(key);
    // Set again, so that the order is that of use.
    answers.delete(key);
    answers.set(key, answer);
    answer.catch(() => answers.delete(key));
    for (const oldest of answers.keys()) {
      if (answers.size <= limit) break;
      answers.delete(oldest);
    }
    return answer;
  };
}
