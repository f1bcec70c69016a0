import { createHash } from 'node:crypto';
import { legContexts } from './context.ts';
import { CATEGORIES, categoriesOf, FEATURES, featuresOf } from './features/mod.ts';
import { GOLDEN_EVENTS } from './golden.ts';
import { createNetwork } from './network.ts';
import { tickOver } from './outcome.ts';
import { reduce } from './reduce.ts';

/** Rises when the reducer changes what a state means: older snapshots are then ignored. */
export const REDUCER_VERSION = 1;

/**
 * Hash of what a vector means: the definitions, the reducer's version, and the
 * vectors of a golden scenario (to six digits), so that a change of any
 * formula changes it even when the names stay.
 */
export const MEANING: string = meaningOf();

function meaningOf(): string {
  const hash = createHash('sha256');
  hash.update(JSON.stringify({ REDUCER_VERSION, FEATURES, CATEGORIES }));
  for (const line of goldenVectors()) hash.update(`${line}\n`);
  return `sha256:${hash.digest('hex')}`;
}

/** The vectors of the golden scenario after each of its ticks, a line each. */
export function goldenVectors(): string[] {
  const network = createNetwork('golden');
  const lines: string[] = [];
  for (const event of GOLDEN_EVENTS) {
    network.now = Math.max(network.now, event.knownAt);
    if (event.kind !== 'clock.ticked') {
      reduce(network, event, { rotations: new Set(), flights: new Set() });
      continue;
    }
    tickOver(network, event.data.now);
    for (const [day, rotations] of network.rotations) {
      // The days around now: older ones add nothing but time to every start.
      if (Math.abs(network.now / 1440 - day - 0.5) > 1) continue;
      for (const rotation of rotations.values()) {
        for (const context of legContexts(network, rotation, network.now)) {
          const numbers = featuresOf(context).map((value) => (value === null ? null : Number(value.toPrecision(6))));
          lines.push(JSON.stringify([context.flight.schedule.flight, numbers, categoriesOf(context)]));
        }
      }
    }
  }
  return lines;
}
