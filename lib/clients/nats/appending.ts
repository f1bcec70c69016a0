import { DownlineError } from '../../errors/mod.ts';
import type { StreamName } from '../../events/mod.ts';
import { nuid } from '@nats-io/transport-node';
import { isWrongSequence, natsError } from './errors.ts';
import type { OutgoingMessage } from './message.ts';
import type { Storing } from './storing.ts';

/** Most messages that JetStream takes as one atomic batch. */
const ATOMIC = 1000;

/**
 * Appends messages after a sequence, in atomic batches: a batch is stored as a
 * whole and only when the stream ends where it says. (Expecting a sequence of
 * each message alone is no fence: of a stale writer's messages the first would
 * be refused and a later one could land.) Returns the new last sequence.
 */
export async function appendAfter(storing: Storing, stream: StreamName, messages: readonly OutgoingMessage[], after: number): Promise<number> {
  let end = after;
  for (let from = 0; from < messages.length; from += ATOMIC) {
    const part = messages.slice(from, from + ATOMIC);
    const first = part[0]!.headers;
    first.set('Nats-Expected-Stream', stream);
    first.set('Nats-Expected-Last-Sequence', String(end));
    if (part.length > 1) {
      const batch = nuid.next();
      for (const [index, { headers }] of part.entries()) {
        headers.set('Nats-Batch-Id', batch);
        headers.set('Nats-Batch-Sequence', String(index + 1));
      }
      part.at(-1)!.headers.set('Nats-Batch-Commit', '1');
    }
    const answer = await storing.storeAsOne(part);
    if (!answer.stored) {
      if (isWrongSequence(answer.code)) {
        throw new DownlineError('WRITER_FENCED', `${stream} did not end at ${end}: somebody else has written (${answer.reason})`, { ids: { stream, after: end } });
      }
      throw natsError(new Error(`${answer.reason} (${answer.code})`), `append to ${stream}`);
    }
    if (answer.sequence !== end + part.length) throw new DownlineError('INTERNAL', `${stream} ends at ${answer.sequence} after ${part.length} messages from ${end}`);
    end = answer.sequence;
  }
  return end;
}
