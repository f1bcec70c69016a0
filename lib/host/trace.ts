import { randomBytes } from 'node:crypto';

/** W3C Trace Context (level 1): `00-<trace>-<span>-<flags>`, all-zero ids are invalid. */
const TRACEPARENT = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})$/;

/** The trace that a request belongs to, with a new span; a trace of its own where it came with none, or with a broken one. */
export function continueTrace(traceparent: string | null | undefined): { trace: string; traceparent: string } {
  const match = TRACEPARENT.exec(traceparent ?? '');
  const trace = match?.[1] ?? randomBytes(16).toString('hex');
  return { trace, traceparent: `00-${trace}-${randomBytes(8).toString('hex')}-${match?.[3] ?? '01'}` };
}
