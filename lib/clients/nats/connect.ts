import { connect, headers, type NatsConnection } from '@nats-io/transport-node';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { Kvm } from '@nats-io/kv';
import type { AnyEnvelope, Envelope, StreamName } from '../../events/mod.ts';
import type { Bus, DeadLetter, Records, Stored } from './bus.ts';
import { appendAfter } from './appending.ts';
import { deliver } from './deliveries.ts';
import { isAbsent, isWrongSequence, natsError } from './errors.ts';
import { deadLetters, letterMessage } from './letters.ts';
import { toMessage, type StoredMessage } from './message.ts';
import { decoded, decodeOrNull, readMessages, type OnBad } from './reading.ts';
import { createLink } from './link.ts';
import { recordsOf } from './records.ts';
import { consumerStates, settle } from './settling.ts';
import { createStoring } from './storing.ts';
import { makeStreams } from './streams.ts';
import { lastBefore, messageAt, messageOn } from './lookup.ts';

export interface BusOptions {
  /** `nats://host:port`, comma separated where there are several. */
  readonly servers: string;
  readonly user?: string;
  readonly password?: string;
  /** Shown in NATS's list of connections. */
  readonly name: string;
  readonly environment: 'production' | 'staging';
  /** How long a call waits for the server, milliseconds. */
  readonly timeoutMs?: number;
  /** Told of each message that could not be decoded while reading. */
  readonly onBad?: OnBad;
  /** Told of trouble that the bus gets over by itself (lost connection, a refused pull). */
  readonly onTrouble?: (error: unknown) => void;
}

/** Connects to NATS. Throws `SERVICE_DOWN` when it does not answer now; later losses are waited out. */
export async function connectBus(options: BusOptions): Promise<Bus> {
  const timeout = options.timeoutMs ?? 5000;
  const onBad = options.onBad ?? (() => undefined);
  const onTrouble = options.onTrouble ?? (() => undefined);
  let connection: NatsConnection;
  try {
    connection = await connect({
      servers: options.servers.split(',').map((server) => server.trim()),
      user: options.user,
      pass: options.password,
      name: `downline-${options.environment}-${options.name}`,
      timeout,
      maxReconnectAttempts: -1,
      reconnectTimeWait: 100,
      reconnectJitter: 50,
      ignoreAuthErrorAbort: true,
      noAsyncTraces: true,
    });
  } catch (error) {
    throw natsError(error, `answer at ${options.servers}`);
  }
  const client = jetstream(connection, { timeout });
  const manager = await jetstreamManager(connection, { timeout, checkAPI: false });
  const buckets = new Kvm(client);
  const known = new Map<string, Promise<Records>>();
  const link = createLink({ connection, client, manager, timeout, onTrouble });
  const { up } = link;
  const storing = createStoring(link);
  const event = (message: StoredMessage | null): AnyEnvelope | null => (message === null ? null : decodeOrNull(message, onBad));

  const bus: Bus = {
    async publish(events, expect) {
      const messages = events.map((one) => {
        const message = toMessage(one);
        if (expect === 'new') message.headers.set('Nats-Expected-Last-Subject-Sequence', '0');
        return message;
      });
      const answers = await storing.store(messages);
      const results: Stored[] = [];
      for (const [index, answer] of answers.entries()) {
        if (answer.stored) results.push({ sequence: answer.sequence, duplicate: false });
        else if (expect === 'new' && isWrongSequence(answer.code)) {
          const named = /wrong last sequence: (\d+)/.exec(answer.reason)?.[1];
          results.push({ sequence: named === undefined ? await stored(messages[index]!.subject) : Number(named), duplicate: true });
        } else throw natsError(new Error(`${answer.reason} (${answer.code})`), `store ${messages[index]!.subject}`);
      }
      return results;
    },
    append(stream, events: readonly Envelope[], after) {
      return appendAfter(storing, stream, events.map(toMessage), after);
    },
    async last(stream, subject) {
      await up();
      const message = await messageOn(connection, stream, subject, timeout);
      if (message === null) return null;
      const found = event(message);
      return found ?? await lastBefore(connection, stream, subject, message.sequence, timeout, event);
    },
    async at(stream, sequence) {
      await up();
      return sequence < 1 ? null : event(await messageAt(connection, stream, sequence, timeout));
    },
    async bounds(stream) {
      await up();
      try {
        const { state } = await manager.streams.info(stream);
        return { first: state.messages === 0 ? 0 : state.first_seq, last: state.last_seq };
      } catch (error) {
        throw natsError(error, `tell the bounds of ${stream}`);
      }
    },
    async* read(stream, { from, to, subjects }) {
      const end = Math.min(to ?? Number.MAX_SAFE_INTEGER, (await bus.bounds(stream)).last);
      yield* decoded(readMessages(link, stream, { from, to: end, subjects }), onBad);
    },
    async* follow(stream, { subjects, from, signal }) {
      yield* decoded(readMessages(link, stream, { from, to: undefined, subjects, signal }), onBad);
    },
    deliveries: (delivery) => deliver(link, delivery),
    async forget(stream, consumer) {
      await up();
      await manager.consumers.delete(stream, consumer).catch((error: unknown) => {
        if (!isAbsent(error)) throw natsError(error, `remove the consumer ${consumer}`);
      });
    },
    async consumers() {
      await up();
      return consumerStates(manager);
    },
    settled: (timeoutMs) => settle(link, timeoutMs),
    async publishRaw(subject, pairs, body) {
      const all = headers();
      for (const [name, value] of Object.entries(pairs)) all.set(name, value.replace(/[\r\n]+/g, ' '));
      const [answer] = await storing.store([{ subject, headers: all, data: body }]);
      if (answer?.stored !== true) throw natsError(new Error(answer?.reason ?? 'no answer'), `store ${subject}`);
      return answer.sequence;
    },
    async bury(letter: DeadLetter) {
      const [answer] = await storing.store([letterMessage(letter, connection.info?.max_payload ?? 1_048_576)]);
      if (answer?.stored !== true && !isWrongSequence(answer?.code ?? 0)) throw natsError(new Error(answer?.reason ?? 'no answer'), 'store a dead letter');
    },
    async* letters(from = 1) {
      yield* deadLetters(readMessages(link, 'DEAD', { from, to: (await bus.bounds('DEAD')).last, subjects: undefined }), onBad);
    },
    records(bucket) {
      let records = known.get(bucket);
      if (records === undefined) {
        records = up().then(() => buckets.create(bucket, { history: 1 })).then((kv) => recordsOf(kv, manager, bucket, up), (error: unknown) => {
          known.delete(bucket);
          throw natsError(error, `open the bucket ${bucket}`);
        });
        known.set(bucket, records);
      }
      return records;
    },
    async prepare() {
      await up();
      await makeStreams(manager).catch((error: unknown) => { throw natsError(error, 'make its streams'); });
    },
    async close() {
      await connection.close();
    },
  };
  return bus;

  async function stored(subject: string): Promise<number> {
    const stream = await manager.streams.find(subject).catch((error: unknown) => { throw natsError(error, `find ${subject}`); });
    return (await messageOn(connection, stream as StreamName, subject, timeout))?.sequence ?? 0;
  }
}

/** Makes the streams of the account that the bus is connected to. */
export function ensureStreams(bus: Bus): Promise<void> {
  return bus.prepare();
}
