import { setTimeout as sleep } from 'node:timers/promises';
import { DownlineError } from '../lib/errors/mod.ts';
import { quantileOf } from '../lib/statistics/mod.ts';
import { createClient, type Call, type Client } from './client.ts';
import { loopback } from './loopback.ts';

/** Who is asked, and with what: `calls` are repeated in order. */
export interface Target {
  readonly name: string;
  readonly url: string;
  readonly calls: readonly Call[];
}

export interface LoadOptions {
  /** Requests a second to each target. */
  readonly rate: number;
  readonly seconds: number;
  /** Requests that may be under way to a target; one more is not sent and counts as an error. */
  readonly inFlight?: number;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** Of one target. Times in milliseconds, from the instant at which a request was due. */
export interface LoadResult {
  readonly name: string;
  readonly requests: number;
  /** Not answered, answered with 5xx or 429, or not sent for lack of room. */
  readonly errors: number;
  readonly statuses: Readonly<Record<string, number>>;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly max: number;
  /** Requests answered a second. */
  readonly throughput: number;
}

/** What is going on with one target. */
interface Lane { readonly target: Target; readonly client: Client; readonly latencies: number[]; readonly statuses: Record<string, number>; errors: number; open: number }

/** Bounds of one load test: seconds, and requests to all targets together. */
export const BOUNDS = { seconds: 300, requests: 200_000 } as const;

/**
 * An open-loop load test: requests fall due by the clock, whether earlier ones
 * have been answered or not, and a latency counts from the instant at which a
 * request was due. A server that stalls is therefore seen to stall (no
 * coordinated omission). Targets are asked in turn within one run, so that
 * whatever else the machine does meets them alike. Throws `BAD_REQUEST` for
 * options out of bounds or an address that is not on loopback.
 */
export async function runLoad(targets: readonly Target[], options: LoadOptions): Promise<LoadResult[]> {
  const { rate, seconds, inFlight = 128, timeoutMs = 10_000, signal } = options;
  const total = Math.round(rate * seconds);
  if (!(rate > 0 && seconds > 0 && seconds <= BOUNDS.seconds) || total * targets.length > BOUNDS.requests) {
    throw new DownlineError('BAD_REQUEST', `a load test takes up to ${BOUNDS.seconds} s and ${BOUNDS.requests} requests; asked were ${rate} a second for ${seconds} s to ${targets.length} targets`);
  }
  const lanes = targets.map((target): Lane => {
    if (target.calls.length === 0) throw new DownlineError('BAD_REQUEST', `no requests are given for ${target.name}`);
    return { target, client: createClient(loopback(target.url), { connections: inFlight, timeoutMs }), latencies: [], statuses: {}, errors: 0, open: 0 };
  });
  const ask = async (lane: Lane, index: number, due: number): Promise<void> => {
    if (lane.open >= inFlight) {
      lane.errors += 1;
      lane.statuses['not sent'] = (lane.statuses['not sent'] ?? 0) + 1;
      return;
    }
    lane.open += 1;
    const answer = await lane.client.call(lane.target.calls[index % lane.target.calls.length]!);
    lane.open -= 1;
    lane.latencies.push(performance.now() - due);
    const status = answer.problem === null ? String(answer.status) : 'no answer';
    lane.statuses[status] = (lane.statuses[status] ?? 0) + 1;
    if (answer.status === 0 || answer.status >= 500 || answer.status === 429) lane.errors += 1;
  };

  const begin = performance.now();
  const asked: Promise<void>[] = [];
  try {
    for (let index = 0; index < total && signal?.aborted !== true; index += 1) {
      for (const [place, lane] of lanes.entries()) {
        // Targets are half a step apart, not at one instant: they share the machine.
        const due = begin + ((index + place / lanes.length) * 1000) / rate;
        const wait = due - performance.now();
        if (wait > 1) await sleep(wait);
        asked.push(ask(lane, index, due));
      }
    }
    await Promise.all(asked);
  } finally {
    for (const lane of lanes) lane.client.close();
  }
  const elapsed = (performance.now() - begin) / 1000;
  return lanes.map(({ target, latencies, statuses, errors }) => ({
    name: target.name,
    requests: Object.values(statuses).reduce((sum, count) => sum + count, 0),
    errors,
    statuses,
    p50: quantile(latencies, 0.5),
    p90: quantile(latencies, 0.9),
    p99: quantile(latencies, 0.99),
    max: latencies.length === 0 ? 0 : Math.max(...latencies),
    throughput: latencies.length / elapsed,
  }));
}

function quantile(latencies: readonly number[], level: number): number {
  return latencies.length === 0 ? 0 : quantileOf(latencies, level);
}
