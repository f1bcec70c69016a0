import { headers } from '@nats-io/transport-node';
import { z } from 'zod';
import { toDownlineError } from '../../errors/mod.ts';
import { parseData, token } from '../../events/mod.ts';
import type { DeadLetter } from './bus.ts';
import { textOf, type OutgoingMessage, type StoredMessage } from './message.ts';
import type { OnBad } from './reading.ts';

const deadLetter = z.object({
  replay: z.string(), consumer: z.string(), subject: z.string(), stream: z.string(), sequence: z.number().int(), code: z.string(), reason: z.string(), body: z.string(),
});

/** A dead letter as a message that is stored once: its subject says whose it is, and of which message. */
export function letterMessage(letter: DeadLetter, maxPayload: number): OutgoingMessage {
  const subject = `dead.${token(letter.replay) || 'unknown'}.${token(letter.consumer)}.${token(letter.stream)}.${letter.sequence}`;
  const all = headers();
  all.set('content-type', 'application/json');
  all.set('Nats-Expected-Last-Subject-Sequence', '0');
  // The letter must fit where the message did, though base64 is longer: what is too long is cut.
  const body = letter.body.slice(0, Math.max(0, Math.floor((maxPayload - 16_384) / 4) * 4));
  const kept = { ...letter, reason: letter.reason.slice(0, 2000), subject: letter.subject.slice(0, 500), replay: letter.replay.slice(0, 100), body };
  return { subject, headers: all, data: new TextEncoder().encode(JSON.stringify(kept)) };
}

/** The dead letters among messages; what is none is told to `onBad`. */
export async function* deadLetters(messages: AsyncIterable<StoredMessage>, onBad: OnBad): AsyncGenerator<DeadLetter & { letter: number }> {
  for await (const message of messages) {
    try {
      yield { ...deadLetter.parse(parseData(textOf(message))), letter: message.sequence };
    } catch (error) {
      onBad(message, toDownlineError(error));
    }
  }
}
