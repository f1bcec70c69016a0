import type { FlightScheduled, LegStatus, UtcMinute } from '../events/mod.ts';
import type { History } from './history.ts';
import type { Windows } from './windows.ts';

/** A reported value, and when it became known: the later report wins, of two at the same instant the greater value. */
export interface Reported<T> { readonly value: T; readonly knownAt: UtcMinute }

export const MOVEMENTS = ['off', 'tookOff', 'landed', 'on'] as const;
export type Movement = (typeof MOVEMENTS)[number];

/** A flight of the current days: its schedule and what has been reported of it. */
export interface Flight {
  schedule: FlightScheduled;
  scheduleKnownAt: UtcMinute;
  /** Operating day in days since 1970-01-01. */
  day: number;
  tail: Reported<string | null> | null;
  off: Reported<UtcMinute> | null;
  tookOff: Reported<UtcMinute> | null;
  landed: Reported<UtcMinute> | null;
  on: Reported<UtcMinute> | null;
  cancelledAt: UtcMinute | null;
  divertedAt: UtcMinute | null;
  /** True once its outcome has been told. */
  resolved: boolean;
  /** Where it is counted; derived from the schedule, not encoded. */
  counted: Counted;
}

/** The windows and histories in which a flight is counted. */
export interface Counted {
  readonly origin: Windows;
  readonly destination: Windows;
  readonly carrier: Windows;
  readonly carrierOrigin: Windows;
  readonly network: Windows;
  readonly originHistory: History;
  readonly hourHistory: History;
  readonly carrierHistory: History;
  readonly routeHistory: History;
  readonly destinationHistory: History;
  readonly numberHistory: History;
}

/** Longest time between a take-off of the schedule and a believable report, minutes. */
const EARLIEST = -12 * 60;
const LATEST = 60 * 60;
/** Minutes by which a reporter's clock may be ahead. */
const SKEW = 15;

/** True when a report could be true: not of the future, not half a day before or two and a half days after the schedule. */
export function isPlausible(flight: Flight, at: UtcMinute, knownAt: UtcMinute): boolean {
  const { scheduledOff } = flight.schedule;
  return at <= knownAt + SKEW && at >= scheduledOff + EARLIEST && at <= scheduledOff + LATEST;
}

/** Whether a new report replaces the one at hand. */
export function supersedes(value: number | string, knownAt: UtcMinute, before: Reported<number | string> | null): boolean {
  return before === null || knownAt > before.knownAt || (knownAt === before.knownAt && value > before.value);
}

/**
 * What a flight is by everything that is known. `departed` needs the off-block
 * (a take-off alone leaves it `scheduled`: its delay is not known), `arrived`
 * the on-block. A cancellation reported after the departure (a return to the
 * gate) counts.
 */
export function statusOf(flight: Flight): LegStatus {
  if (flight.divertedAt !== null) return 'diverted';
  if (flight.on !== null) return 'arrived';
  const left = flight.off;
  if (flight.cancelledAt !== null && (left === null || flight.cancelledAt >= left.knownAt)) return 'cancelled';
  return left === null ? 'scheduled' : 'departed';
}

/** True while there is something to predict: on the schedule or under way, and its outcome not told. */
export function isOpen(flight: Flight): boolean {
  if (flight.resolved) return false;
  const status = statusOf(flight);
  return status === 'scheduled' || status === 'departed';
}

/** Minutes between schedule and off-block; null until it is known. */
export function departureDelay(flight: Flight): number | null {
  return flight.off === null ? null : flight.off.value - flight.schedule.scheduledOff;
}

/** Minutes between schedule and on-block; null until it is known, and for a diverted flight. */
export function arrivalDelay(flight: Flight): number | null {
  return flight.on === null || flight.divertedAt !== null ? null : flight.on.value - flight.schedule.scheduledOn;
}

/** The id of the rotation a flight belongs to: its tail, or `flight-<id>`. */
export function rotationId(flight: Flight): string {
  return flight.tail?.value ?? `flight-${flight.schedule.flight}`;
}

/** Order of legs in a rotation. */
export function compareFlights(a: Flight, b: Flight): number {
  return a.schedule.scheduledOff - b.schedule.scheduledOff || (a.schedule.flight < b.schedule.flight ? -1 : a.schedule.flight > b.schedule.flight ? 1 : 0);
}
