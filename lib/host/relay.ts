import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Bus, Delivered } from '../clients/nats/mod.ts';
import { DownlineError, toDownlineError } from '../errors/mod.ts';
import type { StreamName } from '../events/mod.ts';
import { BODY_LIMIT } from './create-host.ts';
import type { Delivery } from './definition.ts';
import { deliverable, sizeOf, toBatch, type Deliverable } from './relay-batch.ts';
import { verdictOf, type Verdict } from './relay-verdict.ts';

export interface RelayOptions {
  readonly bus: Bus;
  /** The function; its durable consumer is `<name>-<STREAM>`. */
  readonly name: string;
  readonly trigger: { readonly stream: StreamName; readonly subjects: readonly string[] };
  /** Where batches go: a host's `fetch`, or a request to a function elsewhere. */
  readonly sink: (request: Request) => Promise<Response>;
  readonly log: Logger;
  readonly tag?: Delivery['tag'];
  /** Where a new consumer begins: the stream's first message (default), or the next one. */
  readonly begin?: 'first' | 'new';
  /** Most events of a batch (default 256). */
  readonly batch?: number;
  /** Longest pause between two attempts, milliseconds (default 5000). */
  readonly maxDelayMs?: number;
}

export interface RelayHealth {
  readonly state: 'stopped' | 'waiting' | 'delivering' | 'retrying';
  readonly delivered: number;
  readonly buried: number;
  readonly pending: number;
  /** Failed attempts at the batch that is at work, and the last reason. */
  readonly attempts: number;
  readonly reason: string | null;
}

export interface Relay {
  readonly consumer: string;
  /** Resolves when the consumer exists: from then on the bus does not settle before this has delivered. */
  start(): Promise<void>;
  /** Ends after the request under way; what was not answered 2xx is delivered again next time. */
  stop(): Promise<void>;
  health(): RelayHealth;
}

const FIRST_DELAY_MS = 50;

/**
 * Brings a stream's messages to a function: strictly in order, one batch at a
 * time, acknowledged after a 2xx. A message at fault (400, 413, 422, or not
 * readable at all) is found, buried with its reason, and passed over; anything
 * else (429, 5xx, no answer) brings the same batch again, for ever.
 */
export function createRelay(options: RelayOptions): Relay {
  const { bus, name, trigger, sink, maxDelayMs = 5000 } = options;
  const consumer = `${name}-${trigger.stream}`;
  const log = options.log.child({ consumer });
  const stopping = new AbortController();
  const { signal } = stopping;
  let running: Promise<void> | undefined;
  const { promise: ready, resolve: onReady } = Promise.withResolvers<undefined>();
  const health = { state: 'stopped' as RelayHealth['state'], delivered: 0, buried: 0, pending: 0, attempts: 0, reason: null as string | null };

  /** Repeats until it succeeds. Throws `Stopped` when the relay is to end. */
  const persist = async <T>(attempt: () => Promise<T>): Promise<T> => {
    for (let delay = FIRST_DELAY_MS; ; delay = Math.min(delay * 2, maxDelayMs)) {
      if (signal.aborted) throw new Stopped();
      try {
        const result = await attempt();
        [health.state, health.attempts, health.reason] = ['delivering', 0, null];
        return result;
      } catch (error) {
        const { code, message } = toDownlineError(error);
        [health.state, health.attempts, health.reason] = ['retrying', health.attempts + 1, `${code}: ${message}`.slice(0, 500)];
        log[health.attempts % 10 === 1 ? 'warn' : 'debug']({ code, reason: message, attempts: health.attempts, delay }, 'delivery failed, trying again');
        await sleep(delay, undefined, { signal }).catch(() => undefined);
      }
    }
  };

  const bury = async (message: Delivered, code: string, reason: string): Promise<void> => {
    await persist(() => bus.bury({
      replay: message.attributes['replay'] ?? message.subject.split('.')[1] ?? 'unknown',
      consumer, subject: message.subject, stream: trigger.stream, sequence: message.sequence, code, reason,
      body: Buffer.from(message.body).toString('base64'),
    }));
    health.buried += 1;
    log.warn({ sequence: message.sequence, subject: message.subject, code, reason }, 'message buried');
  };

  const post = (events: readonly Deliverable[]): Promise<Exclude<Verdict, { kind: 'again' }>> => persist(async () => {
    const body = toBatch(events);
    const response = await sink(new Request('http://function/', {
      method: 'POST',
      headers: { 'content-type': 'application/cloudevents-batch+json', 'content-length': String(Buffer.byteLength(body)), ...(options.tag !== undefined && { 'downline-tag': options.tag }) },
      body,
    }));
    const verdict = await verdictOf(response, events.length);
    if (verdict.kind === 'again') throw new DownlineError('UNAVAILABLE', verdict.reason);
    return verdict;
  });

  const deliver = async (events: readonly Deliverable[]): Promise<void> => {
    let rest = events;
    while (rest.length > 0) {
      const verdict = await post(rest);
      if (verdict.kind === 'done') {
        health.delivered += rest.length;
        return;
      }
      const index = rest.length === 1 ? 0 : verdict.index;
      if (index === undefined) {
        const middle = Math.ceil(rest.length / 2);
        await deliver(rest.slice(0, middle));
        rest = rest.slice(middle);
      } else {
        await bury(rest[index]!.message, verdict.code, verdict.reason);
        rest = rest.filter((_, position) => position !== index);
      }
    }
  };

  const run = async (): Promise<void> => {
    const batches = bus.deliveries({ ...trigger, consumer, begin: options.begin ?? 'first', messages: options.batch ?? 256, bytes: BODY_LIMIT / 2, onReady: () => onReady(undefined), signal });
    health.state = 'waiting';
    for await (const batch of batches) {
      [health.state, health.pending] = ['delivering', batch.pending];
      try {
        let events: Deliverable[] = [];
        let size = 0;
        for (const message of batch.messages) {
          const event = deliverable(trigger.stream, message);
          const bytes = event === null ? 0 : sizeOf(event);
          if (event === null || size + bytes > BODY_LIMIT - 1024) {
            // In order: what came before goes first.
            await deliver(events);
            [events, size] = [[], 0];
          }
          if (event === null) await bury(message, 'EVENT_INVALID', 'the data is not JSON');
          else {
            events.push(event);
            size += bytes;
          }
        }
        await deliver(events);
      } catch (error) {
        if (error instanceof Stopped) return;
        throw error;
      }
      batch.ack();
      health.state = 'waiting';
    }
  };

  return {
    consumer,
    start() {
      running ??= run().catch((error: unknown) => log.error({ err: error }, 'relay ended')).finally(() => {
        health.state = 'stopped';
        onReady(undefined);
      });
      return ready;
    },
    async stop() {
      stopping.abort();
      await running;
    },
    health: () => ({ ...health }),
  };
}

class Stopped extends Error {}
