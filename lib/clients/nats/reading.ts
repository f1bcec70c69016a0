import { DeliverPolicy, type JetStreamClient, type JsMsg } from '@nats-io/jetstream';
import { DownlineError, toDownlineError } from '../../errors/mod.ts';
import type { AnyEnvelope, StreamName } from '../../events/mod.ts';
import { natsError } from './errors.ts';
import { fromMessage, type StoredMessage } from './message.ts';

/** Told of each message that could not be decoded and was passed over. */
export type OnBad = (message: StoredMessage, error: DownlineError) => void;

/** How long reading may hear nothing before NATS counts as away, milliseconds. */
const SILENCE = 20_000;

export interface ReadOptions {
  /** First sequence; `undefined`: only what is new. */
  readonly from: number | undefined;
  /** Last sequence to read; `undefined`: go on for ever. */
  readonly to: number | undefined;
  readonly subjects: readonly string[] | undefined;
  readonly signal?: AbortSignal;
}

/** Messages in order from an ordered consumer, which makes itself anew after a disconnection. */
export async function* readMessages(client: JetStreamClient, stream: StreamName, options: ReadOptions): AsyncGenerator<StoredMessage> {
  const { from, to, subjects, signal } = options;
  if (signal?.aborted === true || (from !== undefined && to !== undefined && from > to)) return;
  const reader = await open(client, stream, options);
  if (reader === null) return;
  const { consumer, messages } = reader;
  let heard = Date.now();
  const watch = { silent: false };
  const timer = to === undefined ? undefined : setInterval(() => {
    if (Date.now() - heard > SILENCE) {
      watch.silent = true;
      messages.stop();
    }
  }, 1000);
  const stop = (): void => messages.stop();
  signal?.addEventListener('abort', stop, { once: true });
  try {
    for await (const message of messages) {
      const { streamSequence, pending } = message.info;
      if (to !== undefined && streamSequence > to) return;
      yield storedOf(stream, message);
      heard = Date.now();
      if (to !== undefined && (streamSequence === to || pending === 0)) return;
    }
    if (watch.silent) throw new DownlineError('SERVICE_DOWN', `NATS fell silent while ${stream} was read`, { ids: { stream, subjects: (subjects ?? []).join(',') } });
  } finally {
    clearInterval(timer);
    signal?.removeEventListener('abort', stop);
    messages.stop();
    // The server would keep it for minutes.
    await consumer.delete().catch(() => undefined);
  }
}

async function open(client: JetStreamClient, stream: StreamName, { from, to, subjects }: ReadOptions) {
  try {
    const consumer = await client.consumers.get(stream, {
      ...(subjects !== undefined && { filter_subjects: [...subjects] }),
      ...(from === undefined ? { deliver_policy: DeliverPolicy.New } : { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: Math.max(1, from) }),
    });
    if (to !== undefined && (await consumer.info(true)).num_pending === 0) {
      await consumer.delete();
      return null;
    }
    return { consumer, messages: await consumer.consume({ max_messages: 1000 }) };
  } catch (error) {
    throw natsError(error, `open ${stream} for reading`);
  }
}

/** The events among messages; what cannot be decoded is told to `onBad` and passed over. */
export async function* decoded(messages: AsyncIterable<StoredMessage>, onBad: OnBad): AsyncGenerator<AnyEnvelope> {
  for await (const message of messages) {
    const event = decodeOrNull(message, onBad);
    if (event !== null) yield event;
  }
}

/** The event in a message, or null. */
export function decodeOrNull(message: StoredMessage, onBad: OnBad): AnyEnvelope | null {
  try {
    return fromMessage(message);
  } catch (error) {
    onBad(message, toDownlineError(error));
    return null;
  }
}

function storedOf(stream: string, message: JsMsg): StoredMessage {
  return { stream, sequence: message.seq, subject: message.subject, headers: message.headers, data: message.data };
}
