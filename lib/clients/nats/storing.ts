import { createInbox } from '@nats-io/transport-node';
import { DownlineError } from '../../errors/mod.ts';
import { natsError } from './errors.ts';
import type { Link } from './link.ts';
import type { OutgoingMessage } from './message.ts';

/** What JetStream answers to a message. */
export type Answer =
  | { readonly stored: true; readonly sequence: number }
  | { readonly stored: false; readonly code: number; readonly reason: string };

/** Messages of one call that may be on their way at once. */
const WINDOW = 1024;
/** Room for headers in a message's size, bytes. */
const HEADERS = 4096;

/** Stores messages in order. Both throw `SERVICE_DOWN` when no answer comes in time, `TOO_LARGE` for what NATS cannot take. */
export interface Storing {
  /** Each message on its own, many on their way at once; the answers in order. */
  store(messages: readonly OutgoingMessage[]): Promise<Answer[]>;
  /** The messages of an atomic batch (or one message); the answer to the last. */
  storeAsOne(messages: readonly OutgoingMessage[]): Promise<Answer>;
}

/**
 * The client's own `publish` makes a request, a timer and a promise for each
 * message. This has one inbox for all, and one timer a call.
 */
export function createStoring({ connection, timeout, up, onChange }: Link): Storing {
  let limit = 0;
  const inbox = createInbox();
  const waiting = new Map<string, (answer: Answer) => void>();
  let tokens = 0;
  connection.subscribe(`${inbox}.*`, {
    callback(error, message) {
      if (error !== null) return;
      const token = message.subject.slice(inbox.length + 1);
      const resolve = waiting.get(token);
      if (resolve === undefined) return;
      const answer = message.headers?.code === 503 ? { stored: false, code: 503, reason: 'no stream takes this subject' } as const : answerOf(message.string());
      if (answer === null) return;
      waiting.delete(token);
      resolve(answer);
    },
  });
  const checkSizes = (messages: readonly OutgoingMessage[]): void => {
    // What the server last said; it says nothing while it is away.
    limit = (connection.info?.max_payload ?? limit + HEADERS) - HEADERS;
    for (const { data, subject } of messages) {
      if (data.byteLength > limit) throw new DownlineError('TOO_LARGE', `a message of ${data.byteLength} bytes does not fit into NATS (${limit})`, { ids: { subject } });
    }
  };
  /** Sends with the answer going to `then`; returns the token to forget it by. */
  const send = ({ subject, headers, data }: OutgoingMessage, then: (answer: Answer) => void): string => {
    const token = (tokens += 1).toString(36);
    waiting.set(token, then);
    connection.publish(subject, data, { headers, reply: `${inbox}.${token}` });
    return token;
  };
  return {
    async store(messages) {
      await up();
      checkSizes(messages);
      if (messages.length === 0) return [];
      const answers = new Array<Answer>(messages.length);
      const mine: string[] = [];
      let [sent, done, heard] = [0, 0, Date.now()];
      await new Promise<void>((resolve, reject) => {
        const pump = (): void => {
          while (sent < messages.length && sent - done < WINDOW) {
            const index = sent;
            sent += 1;
            mine.push(send(messages[index]!, (answer) => {
              answers[index] = answer;
              done += 1;
              heard = Date.now();
              if (done === messages.length) finish();
              else pump();
            }));
          }
        };
        const timer = setInterval(() => {
          if (Date.now() - heard > timeout) finish(new DownlineError('SERVICE_DOWN', `NATS did not confirm ${messages.length - done} of ${messages.length} messages within ${timeout} ms`));
        }, 100);
        const forget = onChange(() => finish(lost(messages.length - done)));
        const finish = (error?: DownlineError): void => {
          clearInterval(timer);
          forget();
          for (const token of mine) waiting.delete(token);
          if (error === undefined) resolve();
          else reject(error);
        };
        try {
          pump();
        } catch (error) {
          finish(natsError(error, 'take a message'));
        }
      });
      return answers;
    },
    async storeAsOne(messages) {
      await up();
      checkSizes(messages);
      const mine: string[] = [];
      let timer: NodeJS.Timeout | undefined;
      let forget: (() => void) | undefined;
      try {
        return await new Promise<Answer>((resolve, reject) => {
          forget = onChange(() => reject(lost(messages.length)));
          timer = setTimeout(() => reject(new DownlineError('SERVICE_DOWN', `NATS did not confirm ${messages.length} messages within ${timeout} ms`)), timeout);
          // Only the first and the last are answered: the first with nothing, or with why the batch is refused.
          for (const [index, message] of messages.entries()) {
            if (index === 0 || index === messages.length - 1) mine.push(send(message, resolve));
            else connection.publish(message.subject, message.data, { headers: message.headers });
          }
        });
      } catch (error) {
        throw natsError(error, 'take a batch');
      } finally {
        clearTimeout(timer);
        forget?.();
        for (const token of mine) waiting.delete(token);
      }
    },
  };
}

function lost(count: number): DownlineError {
  return new DownlineError('SERVICE_DOWN', `NATS went away before it confirmed ${count} messages`);
}

/** Null for the empty word with which JetStream accepts a part of a batch. */
function answerOf(text: string): Answer | null {
  if (text === '') return null;
  const parsed = JSON.parse(text) as { seq?: number; error?: { err_code?: number; code?: number; description?: string } };
  if (parsed.error !== undefined) return { stored: false, code: parsed.error.err_code ?? parsed.error.code ?? 0, reason: parsed.error.description ?? '' };
  return { stored: true, sequence: parsed.seq ?? 0 };
}
