import { once } from 'node:events';
import { setImmediate as immediate, setTimeout as sleep } from 'node:timers/promises';
import { nanos } from '@nats-io/transport-node';
import { AckPolicy, DeliverPolicy, type Consumer, type ConsumerMessages, type JsMsg } from '@nats-io/jetstream';
import { attributesOf } from '../../events/mod.ts';
import type { Delivered, DeliveredBatch, DeliveryOptions } from './bus.ts';
import { isAbsent } from './errors.ts';
import type { Link } from './link.ts';

/** A message is delivered again only when the consumer is reset, not by a timer: retries are the relay's business. */
const ACK_WAIT_MS = 12 * 3_600_000;
/** How long one pull waits at the server; it is renewed. */
const PULL_MS = 30_000;
/** Pauses between attempts while NATS is away. */
const PAUSE_MS = 200;
const FOR_EVER = Number.MAX_SAFE_INTEGER;

/** See `Bus.deliveries`. */
export async function* deliver(link: Link, options: DeliveryOptions): AsyncGenerator<DeliveredBatch> {
  const { signal } = options;
  while (!signal.aborted && !link.connection.isClosed()) {
    let consumer: Consumer;
    let changes: number;
    try {
      await link.up(signal, FOR_EVER);
      changes = link.changes();
      consumer = await rewound(link, options);
      options.onReady?.();
    } catch (error) {
      link.onTrouble(error);
      await sleep(PAUSE_MS, undefined, { signal }).catch(() => undefined);
      continue;
    }
    yield* inOrder(link, consumer, options, () => link.changes() !== changes);
  }
}

/** The durable consumer, made unless it is there, with its deliveries set back to the last acknowledged message. */
async function rewound({ client, manager }: Link, { stream, consumer: name, subjects, begin, messages }: DeliveryOptions): Promise<Consumer> {
  const config = { filter_subjects: [...subjects], ack_wait: nanos(ACK_WAIT_MS), max_ack_pending: Math.max(1000, messages * 2), max_deliver: -1 };
  const found = await manager.consumers.info(stream, name).catch((error: unknown) => {
    if (isAbsent(error)) return null;
    throw error;
  });
  if (found === null) {
    await manager.consumers.add(stream, {
      durable_name: name, ack_policy: AckPolicy.All, deliver_policy: begin === 'new' ? DeliverPolicy.New : DeliverPolicy.All, ...config,
    });
  } else {
    const now = found.config.filter_subjects ?? [found.config.filter_subject];
    if (JSON.stringify(now) !== JSON.stringify(config.filter_subjects)) await manager.consumers.update(stream, name, config);
    if (found.delivered.stream_seq !== found.ack_floor.stream_seq || found.num_ack_pending > 0) await manager.consumers.reset(stream, name);
  }
  return client.consumers.get(stream, name);
}

/** Batches until a gap shows, the connection was lost, a batch was not acknowledged, or the end is asked for. */
async function* inOrder(link: Link, consumer: Consumer, options: DeliveryOptions, lost: () => boolean): AsyncGenerator<DeliveredBatch> {
  const { signal } = options;
  let expected: number | undefined;
  while (!signal.aborted && !lost()) {
    const buffer: JsMsg[] = [];
    const bell = new EventTarget();
    const gathering = { ended: false };
    let pull: ConsumerMessages;
    try {
      pull = await consumer.fetch({ max_messages: options.messages, expires: PULL_MS });
    } catch (error) {
      link.onTrouble(error);
      await sleep(PAUSE_MS, undefined, { signal }).catch(() => undefined);
      return;
    }
    const stop = (): void => pull.stop();
    signal.addEventListener('abort', stop, { once: true });
    const forget = link.onChange(stop);
    // Messages gather while a batch is at work; whatever has come by then is the next batch.
    const gather = (async () => {
      try {
        for await (const message of pull) {
          buffer.push(message);
          bell.dispatchEvent(new Event('ring'));
        }
      } catch (error) {
        link.onTrouble(error);
      } finally {
        gathering.ended = true;
        bell.dispatchEvent(new Event('ring'));
      }
    })();
    try {
      for (;;) {
        if (buffer.length === 0) {
          if (gathering.ended) break;
          await once(bell, 'ring');
          continue;
        }
        // What lies in the socket already comes along: fewer, larger batches.
        await immediate();
        const batch = takeBatch(buffer, options.bytes);
        const first = batch[0]!;
        if (lost() || (expected !== undefined && first.info.deliverySequence !== expected) || !contiguous(batch)) return;
        const last = batch.at(-1)!;
        expected = last.info.deliverySequence + 1;
        const answer = { acked: false };
        yield { messages: batch.map(deliveredOf), pending: last.info.pending, ack: () => { answer.acked = true; last.ack(); } };
        if (!answer.acked) return;
      }
    } finally {
      signal.removeEventListener('abort', stop);
      forget();
      pull.stop();
      await gather;
    }
  }
}

function takeBatch(buffer: JsMsg[], bytes: number): JsMsg[] {
  let [count, size] = [0, 0];
  for (const message of buffer) {
    size += message.data.byteLength;
    if (count > 0 && size > bytes) break;
    count += 1;
  }
  return buffer.splice(0, count);
}

function contiguous(batch: readonly JsMsg[]): boolean {
  const first = batch[0]?.info.deliverySequence ?? 0;
  return batch.every((message, index) => message.info.deliverySequence === first + index);
}

function deliveredOf(message: JsMsg): Delivered {
  return {
    sequence: message.seq,
    subject: message.subject,
    attributes: attributesOf((name) => message.headers?.get(name)),
    body: message.data,
  };
}
