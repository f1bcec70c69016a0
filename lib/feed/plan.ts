import { chance } from './chance.ts';
import { isHidden, swapKnownAt } from './declared.ts';
import type { FlightRecord } from './record.ts';

/** The aircraft of one leg, as it is published. */
export interface Plan {
  /** Published the evening before; null where the assignment is hidden or there is none. */
  readonly first: string | null;
  /** The aircraft in the end: the recorded one, or one made up; null where it never gets one. */
  readonly final: string | null;
  /** When `final` takes the place of `first`; null without a swap. */
  readonly swapAt: number | null;
  /** True where the first, or the final aircraft was made up. */
  readonly syntheticFirst: boolean;
  readonly syntheticFinal: boolean;
}

/** Shortest time on the ground between two legs, minutes: at the outstation and back at the base. */
const TURN = 30;

/** Of the aircraft that fit, the one is drawn from this many that wait the least: as planners would. */
const TIGHTEST = 3;

/**
 * The assignments of an operating day, by flight. A leg whose tail the source
 * hides gets an aircraft of its carrier that fits in place and time: with the
 * chance that a leg of that carrier has an aircraft of its own that day, one
 * that flew the day before and has no leg today; else one whose other legs
 * leave it time to go and come back. Chosen from schedule and tails alone.
 */
export function planDay(flights: readonly FlightRecord[], dayBefore: readonly FlightRecord[], seed: number): Map<string, Plan> {
  const fleets = fleetsOf(flights, dayBefore);
  const plans = new Map<string, Plan>();
  for (const flight of [...flights].sort(bySchedule)) {
    const hidden = isHidden(flight, seed);
    const fleet = fleets.get(flight.carrier) ?? emptyFleet();
    const final = flight.tail ?? (hidden ? null : choose(fleet, flight, seed, null));
    const syntheticFinal = flight.tail === null && final !== null;
    if (syntheticFinal) enter(fleet, final, flight);
    const swapAt = hidden || final === null ? null : swapKnownAt(flight, seed);
    const other = swapAt === null ? null : choose(fleet, flight, seed, final);
    const swapped = other !== null;
    plans.set(flight.flight, {
      first: hidden ? null : other ?? final,
      final,
      swapAt: swapped ? swapAt : null,
      syntheticFirst: swapped || syntheticFinal,
      syntheticFinal: swapped || syntheticFinal,
    });
  }
  return plans;
}

interface Fleet {
  /** Legs of today by tail. */
  readonly legs: Map<string, FlightRecord[]>;
  /** Aircraft that flew yesterday and have no leg today. */
  readonly idle: Set<string>;
  /** Share of today's legs that are their aircraft's only one. */
  alone: number;
}

function emptyFleet(): Fleet {
  return { legs: new Map(), idle: new Set(), alone: 0 };
}

function fleetsOf(flights: readonly FlightRecord[], dayBefore: readonly FlightRecord[]): Map<string, Fleet> {
  const fleets = new Map<string, Fleet>();
  const fleetOf = (carrier: string): Fleet => {
    let fleet = fleets.get(carrier);
    if (fleet === undefined) fleets.set(carrier, (fleet = emptyFleet()));
    return fleet;
  };
  for (const flight of flights) if (flight.tail !== null) enter(fleetOf(flight.carrier), flight.tail, flight);
  for (const { carrier, tail } of dayBefore) {
    const fleet = fleetOf(carrier);
    if (tail !== null && !fleet.legs.has(tail)) fleet.idle.add(tail);
  }
  for (const fleet of fleets.values()) {
    const legs = [...fleet.legs.values()];
    fleet.alone = legs.filter((own) => own.length === 1).length / Math.max(1, legs.reduce((sum, own) => sum + own.length, 0));
  }
  return fleets;
}

function enter(fleet: Fleet, tail: string, flight: FlightRecord): void {
  const legs = fleet.legs.get(tail);
  if (legs === undefined) fleet.legs.set(tail, [flight]);
  else legs.push(flight);
  fleet.idle.delete(tail);
}

/** An aircraft for a leg, other than `not`; null where the carrier has none. */
function choose(fleet: Fleet, flight: FlightRecord, seed: number, not: string | null): string | null {
  const idle = [...fleet.idle].filter((tail) => tail !== not);
  const busy = [...fleet.legs.keys()].filter((tail) => tail !== not);
  const fits = busy.filter((tail) => fleet.legs.get(tail)?.every((leg) => leg.origin === flight.origin && apart(leg, flight)))
    .map((tail) => ({ tail, wait: Math.min(...(fleet.legs.get(tail) ?? []).map((leg) => waitBetween(leg, flight))) }))
    .sort((a, b) => a.wait - b.wait || (a.tail < b.tail ? -1 : 1)).slice(0, TIGHTEST).map(({ tail }) => tail);
  const alone = chance(seed, flight.flight, 'alone') < fleet.alone;
  const candidates = [alone ? idle : fits, alone ? fits : idle, busy.filter((tail) => fleet.legs.get(tail)?.every((leg) => apart(leg, flight))), busy];
  const pool = candidates.find((each) => each.length > 0) ?? [];
  return pool.map((tail) => ({ tail, rank: chance(seed, `${flight.flight}|${tail}`, 'choice') })).sort((a, b) => a.rank - b.rank)[0]?.tail ?? null;
}

/** True where one aircraft can fly both legs, out and back each time. */
function apart(a: FlightRecord, b: FlightRecord): boolean {
  return waitBetween(a, b) >= 0;
}

/** Minutes to spare for one aircraft that flies both legs, out and back each time; negative where it cannot. */
function waitBetween(a: FlightRecord, b: FlightRecord): number {
  const back = (leg: FlightRecord): number => leg.scheduledOn + TURN + (leg.scheduledOn - leg.scheduledOff) + TURN;
  return Math.max(b.scheduledOff - back(a), a.scheduledOff - back(b));
}

function bySchedule(a: FlightRecord, b: FlightRecord): number {
  return a.scheduledOff - b.scheduledOff || (a.flight < b.flight ? -1 : a.flight > b.flight ? 1 : 0);
}
