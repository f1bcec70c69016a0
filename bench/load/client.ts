import { quantileOf } from '../../lib/statistics/mod.ts';
import { Connection } from './connection.ts';
import type { LoadAnswer, LoadOrder, LoadResult } from './order.ts';

// A process of its own: makes one load after the other, as told by IPC.

process.on('message', (order) => {
  void load(order as LoadOrder).then(
    (result): LoadAnswer => ({ result }),
    (error: unknown): LoadAnswer => ({ failure: error instanceof Error ? error.message : String(error) }),
  ).then((answer) => process.send?.(answer));
});

/** A closed loop on each connection until the time is up. Throws when an answer is not 200. */
async function load({ port, path, bodies, connections, seconds, first }: LoadOrder): Promise<LoadResult> {
  const open = await Promise.all(Array.from({ length: connections }, () => Connection.open(port)));
  const latencies: number[] = [];
  let number = first;
  const begin = performance.now();
  const end = begin + seconds * 1000;
  const ask = async (connection: Connection): Promise<void> => {
    for (let asked = performance.now(); asked < end;) {
      const status = await connection.post(path, bodies[number % bodies.length]!.replace('#', String(number++)));
      const answered = performance.now();
      if (status !== 200) throw new Error(`${path} answered ${status}`);
      latencies.push(answered - asked);
      asked = answered;
    }
  };
  try {
    await Promise.all(open.map(ask));
  } finally {
    for (const connection of open) connection.close();
  }
  const elapsed = (performance.now() - begin) / 1000;
  return { asked: latencies.length, rate: latencies.length / elapsed, p50: quantileOf(latencies, 0.5), p99: quantileOf(latencies, 0.99) };
}
