import type { OperationsEvent, ReplayStarted, UtcMinute } from '../events/mod.ts';
import { localMinute } from './calendar.ts';
import { compareFlights, rotationId, type Counted, type Flight } from './flight.ts';
import { History } from './history.ts';
import type { PendingFact } from './pending.ts';
import type { Observation } from './weather.ts';
import { Windows } from './windows.ts';

/** The register's word on an airframe. */
export interface Airframe { readonly built: number | null; readonly seats: number | null; readonly knownAt: UtcMinute }

/** One aircraft's legs of one operating day, by schedule; a flight without an aircraft is its own. */
export interface Rotation {
  readonly id: string;
  readonly tail: string | null;
  readonly day: string;
  readonly ordinal: number;
  readonly flights: Flight[];
}

/**
 * The state of the network: what has become known, as of one sequence of the
 * OPS stream. The first block is the truth and is encoded; `windows` and
 * `rotations` are indexes of `flights` and are made again on decoding.
 */
export interface NetworkState {
  replay: string;
  /** Last sequence of the OPS stream applied; 0 before the first. */
  sequence: number;
  /** Events of the history applied (they have no sequence). */
  history: number;
  /** The greatest instant at which something became known, and the last tick. */
  now: UtcMinute;
  lastTick: UtcMinute;
  lastMovementAt: UtcMinute;
  /** Operating days up to this one are folded into the histories. */
  closedThrough: number;
  started: ReplayStarted | null;
  flights: Map<string, Flight>;
  /** Facts of flights that are not on the schedule yet. */
  pending: Map<string, PendingFact[]>;
  airframes: Map<string, Airframe>;
  weather: Map<string, readonly Observation[]>;
  histories: Map<string, History>;
  /** History that became known after the replay's first instant, in order; applied as the stream gets there. */
  held: OperationsEvent[];

  windows: Map<string, Windows>;
  /** Operating day → rotation id → rotation. */
  rotations: Map<number, Map<string, Rotation>>;
}

/** The state before anything is known. */
export function createNetwork(replay: string): NetworkState {
  return {
    replay, sequence: 0, history: 0, now: 0, lastTick: 0, lastMovementAt: 0, closedThrough: 0, started: null,
    flights: new Map(), pending: new Map(), airframes: new Map(), weather: new Map(), histories: new Map(), held: [],
    windows: new Map(), rotations: new Map(),
  };
}

/** The windows and histories that a flight counts in, made where they are missing. */
export function countedOf(network: NetworkState, { carrier, number, origin, destination, scheduledOff, originOffset }: Flight['schedule']): Counted {
  const hour = Math.floor(localMinute(scheduledOff, originOffset) / 60);
  return {
    origin: windowsOf(network, `origin ${origin}`),
    destination: windowsOf(network, `destination ${destination}`),
    carrier: windowsOf(network, `carrier ${carrier}`),
    carrierOrigin: windowsOf(network, `carrier ${carrier} ${origin}`),
    network: windowsOf(network, 'network'),
    originHistory: historyOf(network, `origin ${origin}`),
    hourHistory: historyOf(network, `hour ${origin} ${hour}`),
    carrierHistory: historyOf(network, `carrier ${carrier} ${origin}`),
    routeHistory: historyOf(network, routeKey(origin, destination)),
    destinationHistory: historyOf(network, `destination ${destination}`),
    numberHistory: historyOf(network, `number ${carrier} ${number} ${origin}`),
  };
}

/** Key of a route's history. */
export function routeKey(origin: string, destination: string): string {
  return `route ${origin} ${destination}`;
}

function windowsOf(network: NetworkState, key: string): Windows {
  let windows = network.windows.get(key);
  if (windows === undefined) network.windows.set(key, (windows = new Windows()));
  return windows;
}

function historyOf(network: NetworkState, key: string): History {
  let history = network.histories.get(key);
  if (history === undefined) network.histories.set(key, (history = new History()));
  return history;
}

/** A rotation by day (ordinal) and id. */
export function rotationOf(network: NetworkState, day: number, id: string): Rotation | undefined {
  return network.rotations.get(day)?.get(id);
}

/** Puts a flight among the legs of its rotation. */
export function joinRotation(network: NetworkState, flight: Flight): Rotation {
  const id = rotationId(flight);
  let rotations = network.rotations.get(flight.day);
  if (rotations === undefined) network.rotations.set(flight.day, (rotations = new Map<string, Rotation>()));
  let rotation = rotations.get(id);
  if (rotation === undefined) rotations.set(id, (rotation = { id, tail: flight.tail?.value ?? null, day: flight.schedule.day, ordinal: flight.day, flights: [] }));
  const at = rotation.flights.findIndex((other) => compareFlights(other, flight) > 0);
  rotation.flights.splice(at === -1 ? rotation.flights.length : at, 0, flight);
  return rotation;
}

/** Takes a flight out of its rotation; returns what is left of it, or undefined. */
export function leaveRotation(network: NetworkState, flight: Flight): Rotation | undefined {
  const rotations = network.rotations.get(flight.day);
  const id = rotationId(flight);
  const rotation = rotations?.get(id);
  if (rotations === undefined || rotation === undefined) return undefined;
  rotation.flights.splice(rotation.flights.indexOf(flight), 1);
  if (rotation.flights.length > 0) return rotation;
  rotations.delete(id);
  if (rotations.size === 0) network.rotations.delete(flight.day);
  return undefined;
}
