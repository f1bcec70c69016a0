import type { OperationsEvent } from '../events/mod.ts';
import { chance } from './chance.ts';

/**
 * Silent feeds: on some days an airport's weather, or its movements, is missing
 * for hours. Weather that was not reported is lost; movements come all at once
 * when the feed is back, as they do when a message centre was down.
 */

/** Longest silence in minutes; the shortest is a third of it. */
const LONGEST = 9 * 60;

/** The end of the silence that an event falls into (UTC minute), or null. `share` is the probability of one on a feed's day. */
export function silenceUntil(event: OperationsEvent, seed: number, share: number): number | null {
  const feed = feedOf(event);
  if (feed === null || share <= 0) return null;
  const day = Math.floor(event.knownAt / 1440);
  const thing = `${feed}/${day}`;
  if (chance(seed, thing, 'silence') >= share) return null;
  // Whole within its UTC day, so that one day's draw decides it.
  const length = Math.floor(LONGEST / 3 + chance(seed, thing, 'silence-length') * (LONGEST * 2 / 3));
  const start = day * 1440 + Math.floor(chance(seed, thing, 'silence-start') * (1440 - length));
  return event.knownAt >= start && event.knownAt < start + length ? start + length : null;
}

/** The feed that reports an event: an airport's weather or movements; null for what no airport reports. */
function feedOf(event: OperationsEvent): string | null {
  switch (event.kind) {
    case 'weather.observed': return `weather/${event.data.airport}`;
    case 'flight.offblock':
    case 'flight.tookoff': return `movements/${event.data.flight.split('.')[3] ?? ''}`;
    case 'flight.landed':
    case 'flight.onblock': return `movements/${event.data.flight.split('.')[4] ?? ''}`;
    default: return null;
  }
}
