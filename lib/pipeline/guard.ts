/** Live counts of a revision. Times in milliseconds. */
export interface LiveCounts {
  readonly requests: number;
  readonly errors: number;
  readonly restarts: number;
  readonly p99: number;
}

/** Below these nothing is said: a single slow or failed answer is no evidence. */
const LEAST_ERRORS = 3;
const LEAST_FOR_LATENCY = 50;
/** A canary may fail this much more often than production (share of its requests). */
const MORE_ERRORS = 0.02;
/** p99 beyond this multiple of production's, and beyond this many ms, is a fault. */
const LATENCY_RATIO = 5;
const LATENCY_FLOOR = 250;
const MOST_RESTARTS = 2;

/** The operational fault for which a canary is rolled back at once, or null. Independent of any judgement of quality. */
export function operationalFault(canary: LiveCounts, production: LiveCounts): string | null {
  if (canary.restarts > MOST_RESTARTS) return `it was restarted ${canary.restarts} times`;
  const share = canary.errors / Math.max(1, canary.requests);
  const usual = production.errors / Math.max(1, production.requests);
  if (canary.errors >= LEAST_ERRORS && share > usual + MORE_ERRORS) {
    return `${canary.errors} of ${canary.requests} requests failed (production: ${production.errors} of ${production.requests})`;
  }
  const slow = Math.max(LATENCY_FLOOR, LATENCY_RATIO * production.p99);
  if (canary.requests >= LEAST_FOR_LATENCY && canary.p99 > slow) {
    return `p99 ${Math.round(canary.p99)} ms, production ${Math.round(production.p99)} ms, limit ${Math.round(slow)} ms`;
  }
  return null;
}
