import type { Envelope, OperationsEvent, UtcMinute } from '../events/mod.ts';
import { isOpen, statusOf, type Flight } from './flight.ts';
import type { NetworkState, Rotation } from './network.ts';
import { FORGOTTEN_AFTER, isSettled, outcomeOf, tickOver } from './outcome.ts';
import { projectRotation } from './project.ts';
import { reduce, type Changes } from './reduce.ts';

/** What `track` tells the others. */
export type Emission = { [K in 'rotation.changed' | 'outcome.known' | 'track.ticked']: Envelope<K> }['rotation.changed' | 'outcome.known' | 'track.ticked'];

/** Minutes ahead of a scheduled departure within which its rotation is told at every full hour. */
export const HORIZON = 8 * 60;
/** Within this time every hour; farther out every second hour. */
const NEAR = 4 * 60;
/** The lead at which a day's first departure is told besides, for the 240-minute checkpoint. */
const CHECKPOINT = 240;
const TICK = 15;

/**
 * Applies an event of the OPS stream in place and returns what is to be told,
 * in order. An event with a sequence that was applied changes nothing; sequence
 * 0 is the history, which has none. Pure otherwise: the same events in the same
 * order give the same state and the same emissions. `quiet` leaves out the
 * emissions and their cost; the state is the same.
 *
 * Told are: on off-block, on-block, cancellation, diversion and a change of the
 * plan of the day the rotations concerned, if a leg is open; at full hours the
 * rotations with a leg yet to leave that is overdue or scheduled within 4 h
 * (within 8 h at even hours UTC); at the last tick 4 h before a rotation's
 * first departure, that rotation; the outcome of a flight, once; each tick, last.
 * Once a replay has started, only its own days are told.
 */
export function step(network: NetworkState, event: OperationsEvent, sequence: number, options: { readonly quiet?: boolean } = {}): Emission[] {
  if (sequence === 0) network.history++;
  else if (sequence <= network.sequence) return [];
  else network.sequence = sequence;
  releaseHeld(network, event.knownAt);
  network.now = Math.max(network.now, event.knownAt);
  if (event.kind === 'replay.started') network.started ??= event.data;
  if (event.kind === 'clock.ticked') return tick(network, event.data.now, options.quiet === true);
  const changes: Changes = { rotations: new Set(), flights: new Set() };
  reduce(network, event, changes);
  const settled = settle(changes.flights);
  if (options.quiet === true) return [];
  const emissions: Emission[] = [];
  for (const rotation of inOrder(changes.rotations)) if (isLived(network, rotation.day) && rotation.flights.some(isOpen)) emissions.push(told(network, rotation, event.kind));
  for (const flight of settled) if (isLived(network, flight.schedule.day)) emissions.push(outcome(network, flight));
  return emissions;
}

/** Facts of the history that were not known yet when the replay began, once the stream is past them. Silent: they are of flights before the replay. */
function releaseHeld(network: NetworkState, knownAt: UtcMinute): void {
  let released = 0;
  for (const event of network.held) {
    if (event.knownAt > knownAt) break;
    const changes: Changes = { rotations: new Set(), flights: new Set() };
    reduce(network, event, changes);
    settle(changes.flights);
    released++;
  }
  if (released > 0) network.held.splice(0, released);
}

function settle(flights: ReadonlySet<Flight>): Flight[] {
  const settled = [...flights].filter((flight) => !flight.resolved && isSettled(flight));
  for (const flight of settled) flight.resolved = true;
  return settled;
}

function tick(network: NetworkState, now: UtcMinute, quiet: boolean): Emission[] {
  // A repeated tick, or one of the past.
  if (now <= network.lastTick) return [];
  network.now = Math.max(network.now, now);
  const hour = Math.floor(now / 60) > Math.floor(network.lastTick / 60);
  const settled = tickOver(network, now);
  if (quiet) return [];
  const emissions: Emission[] = settled.filter((flight) => isLived(network, flight.schedule.day)).map((flight) => outcome(network, flight));
  const due = new Set<Rotation>();
  for (const [ordinal, rotations] of network.rotations) {
    // Whatever the time zone: no flight of this day leaves within the horizon, or all have left or are given up.
    if (ordinal * 1440 - 14 * 60 > now + HORIZON || (ordinal + 1) * 1440 + 14 * 60 + (hour ? FORGOTTEN_AFTER : 0) < now) continue;
    for (const rotation of rotations.values()) if (isLived(network, rotation.day) && isDue(rotation, now, hour)) due.add(rotation);
  }
  for (const rotation of inOrder(due)) emissions.push(told(network, rotation, 'clock.ticked'));
  emissions.push({ kind: 'track.ticked', id: `${network.replay}.${place(network)}.tick`, source: SOURCE, time: now, replay: network.replay, data: { replay: network.replay, now, sequence: network.sequence } });
  return emissions;
}

/** A replay tells of its own days; what it knows of the days before is history. */
function isLived(network: NetworkState, day: string): boolean {
  return network.started === null || day >= network.started.from;
}

function isDue(rotation: Rotation, now: UtcMinute, hour: boolean): boolean {
  const horizon = Math.floor(now / 60) % 2 === 0 ? HORIZON : NEAR;
  let isNear = false;
  for (const flight of rotation.flights) {
    const { scheduledOff } = flight.schedule;
    if (hour && scheduledOff <= now + horizon && !flight.resolved && statusOf(flight) === 'scheduled') return true;
    isNear ||= scheduledOff - CHECKPOINT >= now && scheduledOff - CHECKPOINT < now + TICK;
  }
  if (!isNear) return false;
  const first = rotation.flights.find((flight) => statusOf(flight) !== 'cancelled')?.schedule.scheduledOff;
  return first !== undefined && first - CHECKPOINT >= now && first - CHECKPOINT < now + TICK;
}

const SOURCE = 'downline/track';

/** Sequence, or `h<count>` in the history: with the rest of an id it names a message once. */
function place(network: NetworkState): string {
  return network.sequence === 0 ? `h${network.history}` : String(network.sequence);
}

function told(network: NetworkState, rotation: Rotation, cause: string): Emission {
  const data = projectRotation(network, rotation, network.now, network.sequence, cause);
  return { kind: 'rotation.changed', id: `${network.replay}.${place(network)}.${rotation.day}.${rotation.id}`, source: SOURCE, time: network.now, replay: network.replay, data };
}

function outcome(network: NetworkState, flight: Flight): Emission {
  return { kind: 'outcome.known', id: `${network.replay}.outcome.${flight.schedule.flight}`, source: SOURCE, time: network.now, replay: network.replay, data: outcomeOf(network, flight) };
}

function inOrder(rotations: ReadonlySet<Rotation>): Rotation[] {
  if (rotations.size < 2) return [...rotations];
  return [...rotations].sort((a, b) => a.ordinal - b.ordinal || (a.id < b.id ? -1 : 1));
}
