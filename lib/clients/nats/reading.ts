import { setTimeout as sleep } from 'node:timers/promises';
import { DeliverPolicy, type JsMsg } from '@nats-io/jetstream';
import { DownlineError, toDownlineError } from '../../errors/mod.ts';
import type { AnyEnvelope, StreamName } from '../../events/mod.ts';
import { natsError } from './errors.ts';
import type { Link } from './link.ts';
import { fromMessage, type StoredMessage } from './message.ts';

/** Told of each message that could not be decoded and was passed over. */
export type OnBad = (message: StoredMessage, error: DownlineError) => void;

/** How long reading may hear nothing before NATS counts as away, milliseconds. */
const SILENCE = 20_000;
/** Pause before an unbounded reading tries again, milliseconds. */
const PAUSE = 200;

export interface ReadOptions {
  /** First sequence; `undefined`: only what is new. */
  readonly from: number | undefined;
  /** Last sequence to read; `undefined`: go on for ever. */
  readonly to: number | undefined;
  readonly subjects: readonly string[] | undefined;
  readonly signal?: AbortSignal;
}

/**
 * Messages in order. After a lost connection it goes on after the last message;
 * a bounded reading throws `SERVICE_DOWN` when NATS stays away or silent, an
 * unbounded one waits.
 */
export async function* readMessages(link: Link, stream: StreamName, options: ReadOptions): AsyncGenerator<StoredMessage> {
  const { to, signal } = options;
  const next = { from: options.from };
  while (signal?.aborted !== true && !link.connection.isClosed() && (next.from === undefined || to === undefined || next.from <= to)) {
    try {
      await link.up(signal, to === undefined ? Number.MAX_SAFE_INTEGER : SILENCE);
      if (yield* readOnce(link, stream, options, next)) return;
    } catch (error) {
      if (to !== undefined) throw natsError(error, `read ${stream}`);
      link.onTrouble(error);
      await sleep(PAUSE, undefined, { signal }).catch(() => undefined);
    }
  }
}

/** Reads from `next.from` on, and moves it. True at the end; false when the connection was lost. */
async function* readOnce({ client, manager, onChange }: Link, stream: StreamName, { to, subjects, signal }: ReadOptions, next: { from: number | undefined }): AsyncGenerator<StoredMessage, boolean> {
  // What is new begins here, also if the connection is lost before the first message.
  next.from ??= (await manager.streams.info(stream)).state.last_seq + 1;
  const consumer = await client.consumers.get(stream, {
    ...(subjects !== undefined && { filter_subjects: [...subjects] }), deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: Math.max(1, next.from),
  });
  if (to !== undefined && (await consumer.info(true)).num_pending === 0) {
    await consumer.delete();
    return true;
  }
  const messages = await consumer.consume({ max_messages: 1000 });
  const watch = { heard: Date.now(), silent: false, lost: false };
  const stop = (): void => messages.stop();
  const forget = onChange(() => {
    watch.lost = true;
    stop();
  });
  const timer = to === undefined ? undefined : setInterval(() => {
    watch.silent = Date.now() - watch.heard > SILENCE;
    if (watch.silent) stop();
  }, 1000);
  signal?.addEventListener('abort', stop, { once: true });
  try {
    for await (const message of messages) {
      const { streamSequence, pending } = message.info;
      if (to !== undefined && streamSequence > to) return true;
      next.from = streamSequence + 1;
      yield storedOf(stream, message);
      watch.heard = Date.now();
      if (to !== undefined && (streamSequence === to || pending === 0)) return true;
    }
    if (watch.silent) throw new DownlineError('SERVICE_DOWN', `NATS fell silent while ${stream} was read`, { ids: { stream } });
    return !watch.lost && to !== undefined;
  } finally {
    clearInterval(timer);
    forget();
    signal?.removeEventListener('abort', stop);
    stop();
    // The server would keep it for minutes. Without a connection there is nobody to tell.
    if (!watch.lost) await consumer.delete().catch(() => undefined);
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
