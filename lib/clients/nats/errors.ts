import { JetStreamApiCodes, JetStreamApiError } from '@nats-io/jetstream';
import { DownlineError } from '../../errors/mod.ts';

/** JetStream's code for "wrong last sequence" where it cannot name the right one. */
const WRONG_SEQUENCE_UNKNOWN = 10_164;

/** True for the error codes of a message that was expected elsewhere. */
export function isWrongSequence(code: number): boolean {
  return code === JetStreamApiCodes.StreamWrongLastSequence || code === WRONG_SEQUENCE_UNKNOWN;
}

/** True for a compare-and-swap that lost. */
export function isConflict(error: unknown): boolean {
  return error instanceof JetStreamApiError && isWrongSequence(error.code);
}

/** True where the stream, consumer or bucket does not exist. */
export function isAbsent(error: unknown): boolean {
  return error instanceof JetStreamApiError && error.status === 404;
}

/** Whatever the client threw: `SERVICE_DOWN`, with what was being done. */
export function natsError(error: unknown, doing: string): DownlineError {
  if (error instanceof DownlineError) return error;
  const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return new DownlineError('SERVICE_DOWN', `NATS did not ${doing}: ${reason.slice(0, 300)}`, { cause: error });
}
