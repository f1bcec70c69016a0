import fc from 'fast-check';
import { expect, test } from 'vitest';
import { flightId, formatMinute } from '../../events/mod.ts';
import { flightCells } from '../testing.ts';
import { cleanFlight, flightRecord } from './flight.ts';
import { readFlight } from './flight-row.ts';
import { FLIGHT_RULES, type FlightFacts } from './flight-rules.ts';
import { judge, type Verdict } from './rule.ts';

const ZONES: Record<string, { zone: string; listed: boolean }> = {
  IAH: { zone: 'America/Chicago', listed: false }, LAX: { zone: 'America/Los_Angeles', listed: false }, PHX: { zone: 'America/Phoenix', listed: false },
  SJU: { zone: 'America/Puerto_Rico', listed: true }, BOS: { zone: 'America/New_York', listed: false },
};

function facts(): FlightFacts {
  const seen = new Set<string>();
  const isNew = (key: string): boolean => seen.size < seen.add(key).size;
  return { zoneOf: (airport) => ZONES[airport], isNew, isNewNumber: (key) => isNew(`number ${key}`) };
}

type Changes = Parameters<typeof flightCells>[0];
const verdictOf = (changes: Changes, known = facts()): Verdict => judge(FLIGHT_RULES, readFlight(flightCells(changes)), known);
function cleaned(changes: Changes): ReturnType<typeof flightRecord.parse> {
  const row = readFlight(flightCells(changes));
  expect(judge(FLIGHT_RULES, row, facts())).toMatchObject({ quarantine: null });
  return flightRecord.parse(cleanFlight(row, ZONES[row.destination ?? '']!.zone));
}

test('a usual row breaks no rule', () => {
  expect(verdictOf({})).toEqual({ quarantine: null, marks: [] });
  const record = cleaned({});
  expect(record).toMatchObject({ flight: '2013-01-01.UA.1545.EWR.IAH.0515', state: 'operated', originOffset: -300, departureDelay: 2, arrivalDelay: 11 });
  expect([record.scheduledOff, record.scheduledOn, record.off!, record.on!].map(formatMinute)).toEqual(['2013-01-01T10:15Z', '2013-01-01T14:19Z', '2013-01-01T10:17Z', '2013-01-01T14:30Z']);
  expect(record.wheelsOn! - record.wheelsOff!).toBe(227);
  expect(flightId.safeParse(record.flight).success).toBe(true);
});

test.each<[string, Changes]>([
  ['not-a-number', { dep_delay: 'late' }], ['not-a-number', { distance: '0x10' }], ['not-a-number', { time_hour: 'yesterday' }], ['not-a-number', { flight: '99999999999999999999' }],
  ['not-a-number', { time_hour: '2013-13-01T10:00:00Z' }],
  ['missing-identity', { carrier: 'NA' }], ['missing-identity', { dest: '' }], ['missing-identity', { sched_arr_time: 'NA' }],
  ['impossible-date', { month: '2', day: '30' }], ['impossible-date', { year: '13' }], ['impossible-date', { day: '1.5' }],
  ['impossible-code', { tailnum: "N1'; DROP TABLE flights" }], ['impossible-code', { origin: '../etc' }], ['impossible-code', { flight: '-3' }], ['impossible-code', { carrier: 'ua' }],
  ['impossible-time', { dep_time: '2460' }], ['impossible-time', { sched_arr_time: '2401' }], ['impossible-time', { sched_dep_time: '2400' }], ['impossible-time', { arr_time: '-5' }],
  ['impossible-distance', { distance: '0' }], ['impossible-distance', { distance: '999999' }],
  ['impossible-delay', { dep_delay: '100000' }], ['impossible-delay', { arr_delay: '-999' }], ['impossible-delay', { air_time: '0' }], ['impossible-delay', { dep_delay: '1.5' }],
  ['unknown-zone', { dest: 'XXX' }],
  ['hour-disagrees', { time_hour: '2013-01-01T11:00:00Z' }], ['hour-disagrees', { time_hour: '2013-01-01T10:30:00Z' }], ['hour-disagrees', { day: '2' }],
  ['incomplete-movement', { dep_time: 'NA' }], ['incomplete-movement', { dep_time: 'NA', dep_delay: 'NA' }], ['incomplete-movement', { arr_time: 'NA' }],
  ['impossible-block', { arr_delay: '-239' , dep_delay: '30' }],
])('%s: %j goes to quarantine', (rule, changes) => {
  expect(verdictOf(changes)).toEqual({ quarantine: rule });
});

test('a flight that is there already goes to quarantine, one with the same number does not', () => {
  const known = facts();
  expect(verdictOf({}, known)).toMatchObject({ quarantine: null });
  expect(verdictOf({}, known)).toEqual({ quarantine: 'duplicate-flight' });
  expect(verdictOf({ sched_dep_time: '516' }, known)).toMatchObject({ quarantine: null, marks: ['departure-disagrees', 'number-twice'] });
});

test('2400 is midnight', () => {
  const verdict = verdictOf({ sched_dep_time: '2345', dep_time: '2400', dep_delay: '15', time_hour: '2013-01-02T04:00:00Z', sched_arr_time: '300', arr_time: '300', arr_delay: '0' });
  expect(verdict).toEqual({ quarantine: null, marks: ['midnight-2400'] });
});

test('what became of a flight follows from three columns', () => {
  expect(cleaned({ dep_time: 'NA', dep_delay: 'NA', arr_time: 'NA', arr_delay: 'NA', air_time: 'NA', tailnum: 'NA' })).toMatchObject({ state: 'cancelled', off: null, on: null, tail: null });
  expect(cleaned({ arr_time: 'NA', arr_delay: 'NA', air_time: 'NA' })).toMatchObject({ state: 'never-arrived', on: null, wheelsOff: null });
  expect(cleaned({ arr_delay: 'NA', air_time: 'NA' })).toMatchObject({ state: 'diverted', on: null });
});

test('an air time that does not fit is not believed', () => {
  expect(verdictOf({ air_time: '260' })).toEqual({ quarantine: null, marks: ['air-time-too-long'] });
});

test('an arrival after midnight is on the next day', () => {
  const record = cleaned({ sched_dep_time: '2100', dep_time: '2102', time_hour: '2013-01-02T02:00:00Z', sched_arr_time: '19', arr_time: '30', dest: 'LAX', distance: '2475', air_time: '330' });
  expect(formatMinute(record.scheduledOn)).toBe('2013-01-02T08:19Z');
  expect(record.day).toBe('2013-01-01');
});

test('the nights of the clock change are not ambiguous', () => {
  const night = { carrier: 'B6', dest: 'BOS', distance: '187', arr_delay: 'NA', arr_time: 'NA', air_time: 'NA', dep_time: 'NA', dep_delay: 'NA' };
  // 3 November: 01:00 to 01:59 is lived twice in Boston, the clocks went back at 06:00Z.
  const before = cleaned({ ...night, month: '11', day: '3', sched_dep_time: '5', time_hour: '2013-11-03T04:00:00Z', sched_arr_time: '115' });
  expect([before.scheduledOff, before.scheduledOn].map(formatMinute)).toEqual(['2013-11-03T04:05Z', '2013-11-03T05:15Z']);
  const across = cleaned({ ...night, month: '11', day: '3', sched_dep_time: '55', time_hour: '2013-11-03T04:00:00Z', sched_arr_time: '105' });
  expect(formatMinute(across.scheduledOn)).toBe('2013-11-03T06:05Z');
  // 10 March: 02:00 to 02:59 does not exist.
  const skipped = cleaned({ ...night, month: '3', day: '10', sched_dep_time: '135', time_hour: '2013-03-10T06:00:00Z', sched_arr_time: '335' });
  expect(formatMinute(skipped.scheduledOn)).toBe('2013-03-10T07:35Z');
  expect(verdictOf({ ...night, month: '3', day: '10', sched_dep_time: '135', time_hour: '2013-03-10T06:00:00Z', sched_arr_time: '235' })).toMatchObject({ marks: ['cancelled', 'clock-change-night'] });
  // Phoenix keeps its clocks.
  const phoenix = cleaned({ month: '7', dest: 'PHX', distance: '2133', time_hour: '2013-07-01T09:00:00Z', sched_arr_time: '752', arr_delay: 'NA', arr_time: 'NA', air_time: 'NA' });
  expect(formatMinute(phoenix.scheduledOn)).toBe('2013-07-01T14:52Z');
});

test('whatever the cells are, a row is judged, and what passes fits the contract', () => {
  const cell = fc.oneof(fc.string(), fc.constantFrom('NA', '', '2400', '-1', '1e3', '99999', '515', '2013', 'EWR', '\0', '2013-01-01T10:00:00Z'), fc.integer().map(String));
  fc.assert(fc.property(fc.array(cell, { minLength: 19, maxLength: 19 }), fc.array(fc.boolean(), { minLength: 19, maxLength: 19 }), (cells, keep) => {
    const usual = flightCells();
    const row = readFlight(cells.map((each, index) => (keep[index] ? usual[index]! : each)));
    const verdict = judge(FLIGHT_RULES, row, facts());
    if (verdict.quarantine === null) {
      const record = flightRecord.parse(cleanFlight(row, ZONES[row.destination ?? '']!.zone));
      expect(flightId.safeParse(record.flight).success).toBe(true);
      expect(record.scheduledOn).toBeGreaterThan(record.scheduledOff);
    }
  }), { numRuns: 500 });
});
