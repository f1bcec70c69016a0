import { describe, expect, test } from 'vitest';
import { FEATURES } from '../../lib/rotation/mod.ts';
import { isLabelled, ROW_COLUMNS, rowsOf, type Labels } from './rows.ts';
import { LabelShuffle } from './shuffle.ts';
import { AS_OF, legOf, messageOf } from './testing.ts';

const labels = (...flights: [string, Labels['state'], number | null, number | null][]): Map<string, Labels> =>
  new Map(flights.map(([flight, state, departureDelay, arrivalDelay]) => [flight, { state, departureDelay, arrivalDelay }]));

describe('training rows', () => {
  const arrived = legOf(-400, { status: 'arrived', off: AS_OF - 380, on: AS_OF - 225, features: null, categories: null });
  const left = legOf(-60, { status: 'departed', off: AS_OF - 35 });
  const cancelled = legOf(100, { status: 'cancelled', features: null, categories: null });
  const next = legOf(200);
  const last = legOf(400);
  const message = messageOf([arrived, left, cancelled, next, last]);
  const truth = labels([left.flight, 'operated', 25, 30], [next.flight, 'cancelled', null, null], [last.flight, 'diverted', 12, null]);

  test('are the open legs, with the leg before them and what was known of it', () => {
    const rows = rowsOf('m1', message, 'train', truth);
    expect(rows).toMatchObject([
      { message: 'm1', flight: left.flight, split: 'train', leg: 1, lead: -60, prev_leg: 0, prev_arrival: 25, prev_open: 0, departed: 25, y_departure: 25, y_arrival: 30, y_cancelled: 0 },
      { flight: next.flight, leg: 3, lead: 200, prev_leg: 1, prev_arrival: null, prev_open: 1, departed: null, y_departure: null, y_arrival: null, y_cancelled: 1 },
      { flight: last.flight, leg: 4, lead: 400, prev_leg: 3, prev_arrival: null, prev_open: 1, departed: null, y_departure: 12, y_arrival: null, y_cancelled: 0 },
    ]);
    for (const row of rows) expect(Object.keys(row)).toEqual(Object.keys(ROW_COLUMNS));
    FEATURES.forEach(({ name }, index) => expect(rows[0]![`f_${name}`]).toBe(left.features![index]));
  });

  test('the first leg has none before it; after a cancelled first leg neither', () => {
    const [row] = rowsOf('m2', messageOf([cancelled, next]), 'valid', truth);
    expect(row).toMatchObject({ prev_leg: null, prev_arrival: null, prev_open: 0, leg: 1 });
  });

  test('want the outcome of every open leg', () => {
    expect(isLabelled(message, truth)).toBe(true);
    truth.delete(last.flight);
    expect(isLabelled(message, truth)).toBe(false);
  });
});

test('shuffled labels are those of other flights, the same every time', () => {
  const make = (): LabelShuffle => {
    const shuffle = new LabelShuffle(3);
    for (let flight = 0; flight < 6000; flight++) shuffle.add({ state: 'operated', departureDelay: flight, arrivalDelay: flight });
    return shuffle;
  };
  const flights = Array.from({ length: 500 }, (_, index) => `f${index}`);
  const [first, second] = [make(), make()];
  const given = flights.map((flight) => first.of(flight).departureDelay);
  expect(flights.map((flight) => second.of(flight).departureDelay)).toEqual(given);
  expect(new Set(given).size).toBeGreaterThan(400);
  expect(given.some((delay) => delay! > 5000)).toBe(true);
  expect(() => new LabelShuffle(3).of('f1')).toThrow(RangeError);
});
