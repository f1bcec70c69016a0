import type { Msg, NatsConnection } from '@nats-io/transport-node';
import type { StreamName } from '../../events/mod.ts';
import { natsError } from './errors.ts';
import type { StoredMessage } from './message.ts';

/** How many messages back a readable one is looked for. */
const BACK = 1000;

/** The last message on a subject (wildcards allowed) by a direct get, or null. */
export function messageOn(connection: NatsConnection, stream: StreamName, subject: string, timeout: number): Promise<StoredMessage | null> {
  return directGet(connection, stream, { last_by_subj: subject }, timeout);
}

/** The message at a sequence, or null. */
export function messageAt(connection: NatsConnection, stream: StreamName, sequence: number, timeout: number): Promise<StoredMessage | null> {
  return directGet(connection, stream, { seq: sequence }, timeout);
}

/** The last message on a subject before a sequence that `decode` can read: the end of a stream may be damaged on purpose. */
export async function lastBefore<Event>(
  connection: NatsConnection, stream: StreamName, subject: string, sequence: number, timeout: number, decode: (message: StoredMessage | null) => Event | null,
): Promise<Event | null> {
  for (let at = sequence - 1; at > 0 && at > sequence - BACK; at -= 1) {
    const message = await messageAt(connection, stream, at, timeout);
    if (message === null || !matches(subject, message.subject)) continue;
    const found = decode(message);
    if (found !== null) return found;
  }
  return null;
}

/** True when a subject fits a pattern with NATS's wildcards `*` (a token) and `>` (the rest). */
export function matches(pattern: string, subject: string): boolean {
  const wanted = pattern.split('.');
  const tokens = subject.split('.');
  for (const [index, token] of wanted.entries()) {
    if (token === '>') return tokens.length > index;
    if (tokens[index] === undefined || (token !== '*' && token !== tokens[index])) return false;
  }
  return wanted.length === tokens.length;
}

async function directGet(connection: NatsConnection, stream: StreamName, query: { last_by_subj: string } | { seq: number }, timeout: number): Promise<StoredMessage | null> {
  let answer: Msg;
  try {
    answer = await connection.request(`$JS.API.DIRECT.GET.${stream}`, JSON.stringify(query), { timeout });
  } catch (error) {
    throw natsError(error, `read from ${stream}`);
  }
  const code = answer.headers?.code ?? 0;
  if (code === 404) return null;
  if (code !== 0) throw natsError(new Error(`${answer.headers?.description ?? ''} (${code})`), `read from ${stream}`);
  return {
    stream,
    sequence: Number(answer.headers?.get('Nats-Sequence')),
    subject: answer.headers?.get('Nats-Subject') ?? '',
    headers: answer.headers,
    data: answer.data,
  };
}
