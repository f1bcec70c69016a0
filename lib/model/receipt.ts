import { createHash } from 'node:crypto';
import { canonicalJson, type Role } from '../events/mod.ts';
import type { Assumption } from './legs.ts';

/** What makes an answer this answer and no other. */
export interface ReceiptFacts {
  readonly replay: string;
  readonly rotation: string;
  /** Sequence of the vector's own message in ROTATIONS. */
  readonly vectorSequence: number;
  readonly bundle: string;
  readonly revision: string;
  readonly role: Role;
  readonly assumed: readonly Assumption[];
}

/**
 * `<rotation>.<hash>`: the same vector, bundle, revision, role and assumptions
 * (in any order) give the same receipt. 96 bits of SHA-256.
 */
export function receiptId(facts: ReceiptFacts): string {
  const { replay, rotation, vectorSequence, bundle, revision, role } = facts;
  const assumed = [...facts.assumed].sort((a, b) => (a.flight < b.flight ? -1 : 1)).map(({ flight, departureDelay }) => ({ flight, departureDelay }));
  const text = canonicalJson({ replay, rotation, vectorSequence, bundle, revision, role, assumed });
  return `${rotation}.${createHash('sha256').update(text).digest('hex').slice(0, 24)}`;
}

/** The rotation that a receipt is about, or null when it is no receipt. */
export function rotationOfReceipt(receipt: string): string | null {
  return /^([A-Za-z0-9.-]{2,80})\.[0-9a-f]{24}$/.exec(receipt)?.[1] ?? null;
}
