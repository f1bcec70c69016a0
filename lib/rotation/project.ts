import type { Leg, RotationChanged, UtcMinute } from '../events/mod.ts';
import { legContexts, type LegContext } from './context.ts';
import { categoriesOf, featuresOf } from './features/mod.ts';
import { isOpen } from './flight.ts';
import { MEANING } from './meaning.ts';
import type { NetworkState, Rotation } from './network.ts';
import { latest } from './weather.ts';

/** Minutes after which the origin's weather is stale, and after which silence of a busy network is. */
export const STALE_AFTER = 180;
/** Departures scheduled 45 minutes to 3 hours ago, of which somebody should have heard. */
const BUSY = 5;

/**
 * A rotation as of an instant: its legs, cancelled ones included, with the
 * vectors of those that are open, and the reasons not to trust them. Pure.
 */
export function projectRotation(network: NetworkState, rotation: Rotation, asOf: UtcMinute, sequence: number, cause: string): RotationChanged {
  const contexts = legContexts(network, rotation, asOf);
  return {
    replay: network.replay, rotation: rotation.id, tail: rotation.tail, day: rotation.day, asOf, sequence, cause,
    meaning: MEANING, stale: staleness(network, contexts, asOf), legs: contexts.map(legOf),
  };
}

function legOf(context: LegContext): Leg {
  const { flight, status, rule } = context;
  const { flight: id, carrier, number, origin, destination, scheduledOff, scheduledOn } = flight.schedule;
  const open = isOpen(flight);
  return {
    flight: id, carrier, number, origin, destination, scheduledOff, scheduledOn, status,
    off: flight.off?.value ?? null, on: flight.on?.value ?? null,
    rule: { departure: rule.departure, arrival: rule.arrival },
    features: open ? featuresOf(context) : null, categories: open ? categoriesOf(context) : null,
  };
}

function staleness(network: NetworkState, contexts: readonly LegContext[], now: UtcMinute): string[] {
  const stale: string[] = [];
  if (contexts.some(({ flight, status }) => status === 'scheduled' && isWeatherStale(network, flight.schedule.origin, now))) stale.push('weather-stale');
  if (isSilent(network, contexts, now)) stale.push('state-stale');
  return stale;
}

function isWeatherStale(network: NetworkState, airport: string, now: UtcMinute): boolean {
  const seen = latest(network.weather.get(airport), now);
  return seen === null || now - seen.at > STALE_AFTER;
}

/** No movement anywhere for 3 h in which flights were to leave. At night nothing moves, and nothing was to. */
function isSilent(network: NetworkState, contexts: readonly LegContext[], now: UtcMinute): boolean {
  if (now - network.lastMovementAt < STALE_AFTER) return false;
  const everything = contexts[0]?.flight.counted.network;
  return everything !== undefined && everything.demand(now - STALE_AFTER, 9) >= BUSY;
}
