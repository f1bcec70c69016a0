import type { OutcomeKnown, UtcMinute } from '../events/mod.ts';
import { dayStart } from './calendar.ts';
import { addToHistory, count, historiesOf } from './count.ts';
import { arrivalDelay, departureDelay, rotationId, statusOf, type Flight } from './flight.ts';
import type { History } from './history.ts';
import { leaveRotation, type NetworkState } from './network.ts';
import { expire } from './pending.ts';
import { emptyTally, type Tally } from './tally.ts';

/** Minutes after leaving without an arrival, after which a flight counts as never arrived. */
export const LOST_AFTER = 24 * 60;
/** Minutes after the schedule without leaving or a cancellation, after which the same holds. */
export const FORGOTTEN_AFTER = 30 * 60;
/** Minutes for which an arrival or diversion waits for its missing off-block. */
const OFFBLOCK_AWAITED = 24 * 60;
/** An operating day is closed at 12:00Z of the third day after it: every flight of it is two days old. */
const CLOSED_AFTER = 3 * 1440 + 720;

/** True when a fact has just settled what became of a flight: cancelled, or arrived or diverted with its departure known. */
export function isSettled(flight: Flight): boolean {
  const status = statusOf(flight);
  if (status === 'cancelled') return true;
  return (status === 'arrived' || status === 'diverted') && flight.off !== null;
}

/** What happened to a flight, by what is known now. */
export function outcomeOf(network: NetworkState, flight: Flight): OutcomeKnown {
  const { schedule } = flight;
  const status = statusOf(flight);
  const state = status === 'arrived' ? 'operated' : status === 'diverted' ? 'diverted' : status === 'cancelled' ? 'cancelled' : 'never-arrived';
  return {
    replay: network.replay, flight: schedule.flight, day: schedule.day, rotation: rotationId(flight),
    carrier: schedule.carrier, origin: schedule.origin, destination: schedule.destination,
    scheduledOff: schedule.scheduledOff, scheduledOn: schedule.scheduledOn, state,
    departureDelay: state === 'cancelled' ? null : departureDelay(flight),
    arrivalDelay: state === 'operated' ? arrivalDelay(flight) : null,
    off: state === 'cancelled' ? null : (flight.off?.value ?? null), knownAt: network.now, sequence: network.sequence,
  };
}

/**
 * The clock's part of the reducer: gives up on flights of which nothing more
 * is heard, forgets old facts, closes operating days. Returns the flights
 * whose outcome is thereby known, in the order of their ids.
 */
export function tickOver(network: NetworkState, now: UtcMinute): Flight[] {
  const settled: Flight[] = [];
  if (Math.floor(now / 60) > Math.floor(network.lastTick / 60)) {
    for (const flight of network.flights.values()) if (!flight.resolved && isGivenUp(flight, now)) settled.push(flight);
    expire(network.pending, now);
    closeDays(network, now, settled);
  }
  network.lastTick = now;
  for (const flight of settled) flight.resolved = true;
  return settled.sort((a, b) => (a.schedule.flight < b.schedule.flight ? -1 : 1));
}

function isGivenUp(flight: Flight, now: UtcMinute): boolean {
  const arrived = flight.divertedAt ?? flight.on?.knownAt ?? null;
  if (arrived !== null) return now - arrived >= OFFBLOCK_AWAITED;
  if (flight.off !== null) return now - flight.off.value >= LOST_AFTER;
  return now - flight.schedule.scheduledOff >= FORGOTTEN_AFTER;
}

function closeDays(network: NetworkState, now: UtcMinute, settled: Flight[]): void {
  const through = Math.floor((now - CLOSED_AFTER) / 1440);
  if (through <= network.closedThrough) return;
  const closing = [...network.flights.values()].filter((flight) => flight.day <= through);
  // A day's sums first, then one step of each history: the order of flights must not matter.
  const sums = new Map<number, Map<History, Tally>>();
  for (const flight of closing) {
    if (!flight.resolved && !settled.includes(flight)) settled.push(flight);
    let ofDay = sums.get(flight.day);
    if (ofDay === undefined) sums.set(flight.day, (ofDay = new Map<History, Tally>()));
    for (const history of historiesOf(flight)) {
      let tally = ofDay.get(history);
      if (tally === undefined) ofDay.set(history, (tally = emptyTally()));
      addToHistory(tally, flight, 1);
    }
    count(flight, -1);
    leaveRotation(network, flight);
    network.flights.delete(flight.schedule.flight);
  }
  for (const day of [...sums.keys()].sort((a, b) => a - b)) {
    for (const [history, tally] of sums.get(day) ?? []) history.fold(day, tally);
  }
  network.closedThrough = through;
  for (const windows of network.windows.values()) windows.sweep();
  forgetHistories(network, through);
}

/** Histories without flights that have faded away. One that an open flight counts in stays: it would be made anew elsewhere. */
function forgetHistories(network: NetworkState, day: number): void {
  for (const [key, history] of network.histories) if (history.forgettable(day)) network.histories.delete(key);
}

/** The first minute at which a tick closes an operating day. */
export function closingTime(day: number): UtcMinute {
  return dayStart(day) + CLOSED_AFTER;
}
