import { describe, expect, it } from 'vitest';
import type { OperationsEvent } from '../events/mod.ts';
import { dayStart, dayOrdinal } from './calendar.ts';
import { encodeNetwork } from './encode.ts';
import { createNetwork, type NetworkState } from './network.ts';
import { step, type Emission } from './step.ts';

const DAY = '2013-06-10';
const START = dayStart(dayOrdinal(DAY));
const FLIGHT = `${DAY}.UA.1.EWR.ORD`;
const OFF = START + 720;

const schedule = (flight = FLIGHT, off = OFF): OperationsEvent => ({ kind: 'flight.scheduled', knownAt: START - 240, data: { flight, day: DAY, carrier: 'UA', number: 1, origin: 'EWR', destination: 'ORD', scheduledOff: off, scheduledOn: off + 120, distance: 700, originOffset: -240 } });
const assigned = (tail: string | null, knownAt: number, flight = FLIGHT): OperationsEvent => ({ kind: 'aircraft.assigned', knownAt, data: { flight, tail, aircraft: null, synthetic: false } });
const moved = (kind: 'flight.offblock' | 'flight.tookoff' | 'flight.landed' | 'flight.onblock', at: number, knownAt = at): OperationsEvent => ({ kind, knownAt, data: { flight: FLIGHT, at } });
const ended = (kind: 'flight.cancelled' | 'flight.diverted', knownAt: number): OperationsEvent => ({ kind, knownAt, data: { flight: FLIGHT } });
const tick = (now: number): OperationsEvent => ({ kind: 'clock.ticked', knownAt: now, data: { now } });

function run(events: readonly OperationsEvent[]): { network: NetworkState; emissions: Emission[]; outcomes: unknown[]; rotations: string[][] } {
  const network = createNetwork('r');
  const emissions = events.flatMap((event, index) => step(network, event, index + 1));
  return {
    network, emissions,
    outcomes: emissions.flatMap(({ kind, data }) => (kind === 'outcome.known' ? [[data.state, data.departureDelay, data.arrivalDelay]] : [])),
    rotations: emissions.flatMap(({ kind, data }) => (kind === 'rotation.changed' ? [[data.rotation, data.cause, ...data.legs.map((leg) => leg.status)]] : [])),
  };
}

describe('what becomes of a flight', () => {
  it.each<[string, OperationsEvent[], unknown[]]>([
    ['operated', [moved('flight.offblock', OFF + 10), moved('flight.onblock', OFF + 125)], [['operated', 10, 5]]],
    ['operated, its off-block told last', [moved('flight.onblock', OFF + 125), moved('flight.offblock', OFF + 10, OFF + 200)], [['operated', 10, 5]]],
    ['operated, its off-block never told', [moved('flight.landed', OFF + 115), moved('flight.onblock', OFF + 125), tick(OFF + 125 + 1500)], [['operated', null, 5]]],
    ['cancelled', [ended('flight.cancelled', OFF - 60), ended('flight.cancelled', OFF - 10)], [['cancelled', null, null]]],
    ['cancelled after a return to the gate', [moved('flight.offblock', OFF), ended('flight.cancelled', OFF + 60)], [['cancelled', null, null]]],
    ['diverted', [moved('flight.offblock', OFF + 3), ended('flight.diverted', OFF + 150), moved('flight.onblock', OFF + 300)], [['diverted', 3, null]]],
    ['never arrived', [moved('flight.offblock', OFF + 7), tick(OFF + 1380), tick(OFF + 1500), tick(OFF + 1560)], [['never-arrived', 7, null]]],
    ['never heard of', [tick(OFF + 1740), tick(OFF + 1800), tick(OFF + 1860)], [['never-arrived', null, null]]],
    ['corrected: the later word counts', [moved('flight.offblock', OFF + 10), moved('flight.offblock', OFF + 20, OFF + 30), moved('flight.onblock', OFF + 125)], [['operated', 20, 5]]],
    ['an older word told later does not', [moved('flight.offblock', OFF + 20, OFF + 30), moved('flight.offblock', OFF + 10), moved('flight.onblock', OFF + 125)], [['operated', 20, 5]]],
  ])('%s', (_, facts, outcomes) => {
    expect(run([schedule(), ...facts]).outcomes).toEqual(outcomes);
  });

  it('is not believed when it cannot be', () => {
    const before = encodeNetwork({ ...run([schedule()]).network, sequence: 0, now: 0 });
    for (const absurd of [moved('flight.offblock', OFF + 500, OFF), moved('flight.offblock', OFF - 800), moved('flight.onblock', OFF + 4000), moved('flight.onblock', -1e9, OFF), moved('flight.offblock', 1e9, OFF)]) {
      const { network, emissions } = run([schedule(), absurd]);
      expect(emissions).toEqual([]);
      expect(encodeNetwork({ ...network, sequence: 0, now: 0 })).toBe(before);
    }
    for (const absurd of [schedule(`${DAY}.X`, OFF + 1e6), { ...schedule(), data: { ...schedule().data, day: '2013-02-30' } } as OperationsEvent]) expect(run([absurd]).network.flights.size).toBe(0);
  });

  it('waits two days for its schedule', () => {
    expect(run([moved('flight.offblock', OFF + 10), moved('flight.onblock', OFF + 125), schedule()]).outcomes).toEqual([['operated', 10, 5]]);
    const { network } = run([moved('flight.offblock', OFF + 10), tick(OFF + 60), tick(OFF + 2 * 1440 + 60)]);
    expect(network.pending.size).toBe(0);
  });

  it('fills no memory with flights that nobody scheduled', () => {
    const network = createNetwork('r');
    for (let index = 1; index <= 20_100; index++) step(network, { kind: 'flight.cancelled', knownAt: OFF, data: { flight: `nothing-${index}` } }, index);
    for (let index = 1; index <= 40; index++) step(network, { kind: 'flight.offblock', knownAt: OFF, data: { flight: 'nothing-1', at: index } }, 30_000 + index);
    expect(network.pending.size).toBe(20_000);
    expect(network.pending.get('nothing-1')).toHaveLength(16);
  });
});

describe('rotations', () => {
  it('are a flight of its own until it has an aircraft, and both are told of a swap', () => {
    const other = `${DAY}.UA.2.ORD.EWR`;
    const { rotations } = run([
      schedule(), schedule(other, OFF + 300), assigned('N1', START - 100, other), assigned('N1', OFF - 100), assigned('N2', OFF - 50), assigned('N2', OFF - 40),
      moved('flight.offblock', OFF), assigned(null, OFF + 1, other),
    ]);
    expect(rotations).toEqual([
      ['N1', 'aircraft.assigned', 'scheduled', 'scheduled'],
      ['N1', 'aircraft.assigned', 'scheduled'],
      ['N2', 'aircraft.assigned', 'scheduled'],
      ['N2', 'flight.offblock', 'departed'],
      [`flight-${other}`, 'aircraft.assigned', 'scheduled'],
    ]);
  });

  it('keep their cancelled legs, and are told while a leg is open', () => {
    const other = `${DAY}.UA.2.ORD.EWR`;
    const { rotations } = run([
      schedule(), schedule(other, OFF + 300), assigned('N1', START - 100, other), assigned('N1', START - 100), ended('flight.cancelled', OFF - 60),
      { kind: 'flight.cancelled', knownAt: OFF - 50, data: { flight: other } },
    ]);
    expect(rotations).toEqual([['N1', 'flight.cancelled', 'cancelled', 'scheduled']]);
  });

  it('are told by the clock: every second hour from 8 h, every hour from 4 h, once at 4 h, and while overdue', () => {
    const off = OFF + 10;
    const ticks = Array.from({ length: 60 }, (_, index) => tick(OFF - 600 + index * 15));
    const { emissions } = run([schedule(FLIGHT, off), ...ticks]);
    expect(emissions.filter(({ kind }) => kind === 'rotation.changed').map(({ time }) => time - OFF)).toEqual([-360, -240, -180, -120, -60, 0, 60, 120, 180, 240]);
    expect(emissions.filter(({ kind }) => kind === 'track.ticked')).toHaveLength(60);
  });
});
