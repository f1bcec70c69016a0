import { connect, headers, type MsgHdrs } from '@nats-io/transport-node';
import { jetstream, jetstreamManager, StorageType } from '@nats-io/jetstream';
import type { Connections } from '../lib/embedded/mod.ts';

/** A message as it goes to the server. */
export interface Message { readonly headers: MsgHdrs; readonly body: string }

/** Bare JetStream on the same server: a stream of its own on disk, and a consumer of it. */
export interface BareStream {
  /** Stores a message; resolves with the instant (`performance.now()`) at which the consumer has it. */
  roundTrip(message: Message): Promise<number>;
  /** Stores messages with a bounded number under way; resolves when the consumer has all. */
  flood(messages: readonly Message[]): Promise<number>;
  close(): Promise<void>;
}

const SUBJECT = 'bench.event';
/** Messages that may be unacknowledged at once. */
const UNDER_WAY = 500;

export async function openBareStream({ nats }: Connections): Promise<BareStream> {
  const connection = await connect({ servers: nats.servers, user: 'downline', pass: nats.passwords.production, name: 'bench-peer' });
  const client = jetstream(connection);
  const manager = await jetstreamManager(connection);
  await manager.streams.add({ name: 'BENCH', subjects: [SUBJECT], storage: StorageType.File });
  const consumer = await client.consumers.get('BENCH');
  const messages = await consumer.consume({ max_messages: 1000 });
  const waiting = new Map<number, (at: number) => void>();
  let consumed = 0;
  let stored = 0;
  const consuming = (async () => {
    for await (const message of messages) {
      consumed = message.seq;
      waiting.get(consumed)?.(performance.now());
      waiting.delete(consumed);
    }
  })();
  const arrival = (sequence: number): Promise<number> => new Promise((resolve) => waiting.set(sequence, resolve));
  const publish = (message: Message): ReturnType<typeof client.publish> => client.publish(SUBJECT, message.body, { headers: message.headers });
  return {
    async roundTrip(message) {
      const arrived = arrival(++stored);
      await publish(message);
      return arrived;
    },
    async flood(all) {
      const arrived = arrival(stored + all.length);
      stored += all.length;
      for (let from = 0; from < all.length; from += UNDER_WAY) await Promise.all(all.slice(from, from + UNDER_WAY).map(publish));
      return arrived;
    },
    async close() {
      await messages.close();
      await consuming;
      await manager.streams.delete('BENCH');
      await connection.close();
    },
  };
}

/** A message of headers and a body. */
export function messageOf(pairs: readonly (readonly [string, string])[], body: string): Message {
  const all = headers();
  for (const [name, value] of pairs) all.set(name, value);
  return { headers: all, body };
}
