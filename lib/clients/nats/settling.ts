import { setTimeout as sleep } from 'node:timers/promises';
import type { NatsConnection } from '@nats-io/transport-node';
import type { ConsumerInfo, JetStreamManager } from '@nats-io/jetstream';
import { DownlineError } from '../../errors/mod.ts';
import { STREAMS, type StreamName } from '../../events/mod.ts';
import type { ConsumerState } from './bus.ts';
import { natsError } from './errors.ts';
import type { Link } from './link.ts';

const NAMES = Object.keys(STREAMS) as StreamName[];

/** The durable consumers of all streams. */
export async function consumerStates(manager: JetStreamManager): Promise<ConsumerState[]> {
  return (await durables(manager)).map(({ stream, info }) => ({
    stream, name: info.name, pending: info.num_pending, ackPending: info.num_ack_pending, acked: info.ack_floor.stream_seq,
  }));
}

/**
 * Waits until all is digested. A look is: the last sequence of each stream,
 * then the consumers, then the last sequences again. When all consumers are
 * idle and no stream grew around the look, nothing is on its way: whatever
 * could still be published is the answer to a message that is not acknowledged,
 * and that message would either show at its consumer or have made its stream
 * grow. The server tells consumers of new messages with a small delay, so their
 * word is checked against the last message on their subjects.
 */
export async function settle(link: Link, timeoutMs: number): Promise<void> {
  const { connection, manager } = link;
  const end = Date.now() + timeoutMs;
  let wait = 0;
  let before: Map<StreamName, number> | undefined;
  for (;;) {
    let state: string;
    try {
      await link.up(undefined, Math.max(1, end - Date.now()));
      before ??= await lastSequences(manager);
      const start = before;
      const consumers = await durables(manager);
      const after = await lastSequences(manager);
      const busy = consumers.find(({ info }) => info.num_pending > 0 || info.num_ack_pending > 0);
      const still = NAMES.every((name) => start.get(name) === after.get(name));
      if (busy === undefined && still && await allDelivered(connection, consumers, after)) return;
      before = after;
      state = busy === undefined ? 'streams still grow' : `${busy.info.name} has ${busy.info.num_pending} pending, ${busy.info.num_ack_pending} unacknowledged`;
      // What takes long is looked at less often.
      wait = busy === undefined ? 0 : Math.min(20, Math.max(1, wait * 1.5));
    } catch (error) {
      // NATS may come back within the time.
      if (Date.now() >= end) throw error;
      [before, wait, state] = [undefined, 20, 'NATS was away'];
    }
    if (Date.now() >= end) throw new DownlineError('BUSY', `not everything was digested within ${timeoutMs} ms: ${state}`);
    if (wait > 0) await sleep(wait);
  }
}

interface Durable { readonly stream: StreamName; readonly info: ConsumerInfo }

async function durables(manager: JetStreamManager): Promise<Durable[]> {
  try {
    const lists = await Promise.all(NAMES.map(async (stream) => {
      const found: Durable[] = [];
      for await (const info of manager.consumers.list(stream)) if (info.config.durable_name !== undefined) found.push({ stream, info });
      return found;
    }));
    return lists.flat();
  } catch (error) {
    throw natsError(error, 'list its consumers');
  }
}

async function lastSequences(manager: JetStreamManager): Promise<Map<StreamName, number>> {
  try {
    return new Map(await Promise.all(NAMES.map(async (name) => [name, (await manager.streams.info(name)).state.last_seq] as const)));
  } catch (error) {
    throw natsError(error, 'tell its streams');
  }
}

/** True when no consumer lacks a message on its subjects. */
async function allDelivered(connection: NatsConnection, consumers: readonly Durable[], ends: ReadonlyMap<StreamName, number>): Promise<boolean> {
  const lasts = new Map<string, Promise<number>>();
  const checks = consumers.flatMap(({ stream, info }) => {
    const delivered = info.delivered.stream_seq;
    if (delivered >= (ends.get(stream) ?? 0)) return [];
    const filters = info.config.filter_subjects ?? [info.config.filter_subject ?? '>'];
    return filters.map(async (subject) => {
      const key = `${stream} ${subject}`;
      let last = lasts.get(key);
      if (last === undefined) lasts.set(key, last = lastSequenceOn(connection, stream, subject));
      return await last <= delivered;
    });
  });
  return (await Promise.all(checks)).every(Boolean);
}

async function lastSequenceOn(connection: NatsConnection, stream: string, subject: string): Promise<number> {
  const answer = await connection.request(`$JS.API.DIRECT.GET.${stream}`, JSON.stringify({ last_by_subj: subject }), { timeout: 5000 })
    .catch((error: unknown) => { throw natsError(error, `read ${subject}`); });
  return answer.headers?.code === 404 ? 0 : Number(answer.headers?.get('Nats-Sequence') ?? 0);
}
