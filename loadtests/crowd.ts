import { setTimeout as sleep } from 'node:timers/promises';
import { DownlineError } from '../lib/errors/mod.ts';
import { createRandom } from '../lib/statistics/mod.ts';
import { createClient } from './client.ts';
import { loopback } from './loopback.ts';
import { USER_KINDS, type UserKind } from './users.ts';
import { createVisit, type Tally } from './visit.ts';

export interface CrowdOptions {
  readonly seed: number;
  /** Bounds of the whole: real seconds, and requests of all users together. */
  readonly seconds: number;
  readonly requests: number;
  /** 1 = the arrivals as described; 0.1 = a tenth of them. */
  readonly intensity?: number;
  readonly kinds?: readonly UserKind[];
  readonly signal?: AbortSignal;
  /** Tails that fly now; asked again every few seconds. */
  tails(): Promise<readonly string[]>;
}

/** Real time between two looks at which aircraft fly. */
const REFRESH_MS = 3000;
/** Visits of one kind that may be under way; a further arrival goes away (and is counted as a failure). */
const PATIENCE = 8;

/**
 * Artificial users against the HTTP interface at `address` until a bound is
 * reached or the signal says so. Arrivals are open-loop: a slow server does
 * not make fewer people come. Seeded: the n-th visit of a kind makes the same
 * choices. Returns the counts by kind. Throws `BAD_REQUEST` for an address
 * that is not on loopback.
 */
export async function runUsers(address: string, options: CrowdOptions): Promise<Record<string, Tally>> {
  const { seed, seconds, requests, intensity = 1, kinds = USER_KINDS, signal } = options;
  if (!(seconds > 0 && requests > 0 && intensity > 0 && intensity <= 100)) throw new DownlineError('BAD_REQUEST', 'users want seconds, requests and an intensity up to 100, all above 0');
  const client = createClient(loopback(address));
  const limit = AbortSignal.timeout(seconds * 1000);
  const enough = new AbortController();
  const stop = AbortSignal.any([limit, enough.signal, ...(signal === undefined ? [] : [signal])]);
  const tallies: Record<string, Tally> = {};
  let tails: readonly string[] = [];
  const done = (): boolean => {
    if (Object.values(tallies).reduce((sum, tally) => sum + tally.requests, 0) >= requests) enough.abort();
    return stop.aborted;
  };

  const refresh = async (): Promise<void> => {
    while (!done()) {
      tails = await options.tails().catch(() => tails);
      await pause(REFRESH_MS, stop);
    }
  };

  const population = async (kind: UserKind, place: number): Promise<void> => {
    const tally: Tally = (tallies[kind.name] = { visits: 0, requests: 0, failures: 0, refusals: 0, surprises: 0, feedback: 0 });
    const random = createRandom(seed * 1009 + place);
    const open = new Set<Promise<void>>();
    for (let visits = 0; !done(); ) {
      const [gap, together] = arrival(kind, random, intensity);
      await pause(gap, stop);
      for (let one = 0; one < together && !done(); one += 1) {
        visits += 1;
        if (tails.length === 0) continue;
        if (open.size >= PATIENCE) {
          tally.failures += 1;
          continue;
        }
        tally.visits += 1;
        const visit = kind.visit(createVisit({ client, by: kind.name, seed: seed * 7919 + place * 104_729 + visits, tails, tally })).finally(() => {
          open.delete(visit);
          done();
        });
        open.add(visit);
      }
    }
    await Promise.allSettled(open);
  };

  try {
    await Promise.all([refresh(), ...kinds.map(population)]);
  } finally {
    client.close();
  }
  return tallies;
}

/** Milliseconds to the next arrival, and how many come at once. */
function arrival(kind: UserKind, random: () => number, intensity: number): [number, number] {
  const mean = 60_000 / (kind.perMinute * intensity);
  const exponential = -Math.log(1 - random()) * mean;
  switch (kind.arrivals) {
    case 'steady': return [exponential, 1];
    case 'clockwork': return [mean, 1];
    case 'bursts': return [exponential * 5, 5];
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return sleep(ms, undefined, { signal }).catch(() => undefined);
}
