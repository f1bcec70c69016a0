import { canonicalJson, type OperationsEvent, type UtcMinute } from '../events/mod.ts';

/** A fact of a flight: everything but its schedule. */
export type PendingFact = Extract<OperationsEvent, { kind: 'aircraft.assigned' | 'flight.offblock' | 'flight.tookoff' | 'flight.landed' | 'flight.onblock' | 'flight.cancelled' | 'flight.diverted' }>;

/** Minutes for which a fact waits for its flight's schedule. */
export const PATIENCE = 2 * 1440;
/** Facts kept of one flight and flights kept in all, so that a flood of nonsense cannot fill the memory; what is beyond is dropped. */
const FACTS_EACH = 16;
const FLIGHTS = 20_000;

/** Remembers a fact until its flight is on the schedule. A repeated fact is kept once. */
export function remember(pending: Map<string, PendingFact[]>, fact: PendingFact): void {
  const facts = pending.get(fact.data.flight);
  if (facts === undefined) {
    if (pending.size < FLIGHTS) pending.set(fact.data.flight, [fact]);
    return;
  }
  const text = canonicalJson(fact);
  if (facts.length < FACTS_EACH && !facts.some((one) => canonicalJson(one) === text)) {
    facts.push(fact);
    // In the order of their knowledge, whatever the order of their coming.
    facts.sort((a, b) => a.knownAt - b.knownAt || (canonicalJson(a) < canonicalJson(b) ? -1 : 1));
  }
}

/** The facts that waited for a flight; they wait no longer. */
export function recall(pending: Map<string, PendingFact[]>, flight: string): readonly PendingFact[] {
  const facts = pending.get(flight) ?? [];
  pending.delete(flight);
  return facts;
}

/** Drops facts that have waited for two days. */
export function expire(pending: Map<string, PendingFact[]>, now: UtcMinute): void {
  for (const [flight, facts] of pending) {
    const fresh = facts.filter((fact) => fact.knownAt > now - PATIENCE);
    if (fresh.length === 0) pending.delete(flight);
    else if (fresh.length < facts.length) pending.set(flight, fresh);
  }
}
