import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { LoadAnswer, LoadOrder, LoadResult } from './order.ts';

/** The load process. Numbers of its questions go on from load to load. */
export interface LoadProcess {
  load(order: Omit<LoadOrder, 'first'>): Promise<LoadResult>;
  close(): void;
}

export function startLoad(): LoadProcess {
  const child = start('client.ts');
  let first = 0;
  return {
    async load(order) {
      child.send({ ...order, first });
      const answer = await message(child) as LoadAnswer;
      if ('failure' in answer) throw new Error(answer.failure);
      first += answer.result.asked;
      return answer.result;
    },
    close: () => child.kill(),
  };
}

/** The bare server, answering with this text; and its port. */
export async function startEcho(answer: string): Promise<{ readonly port: number; close(): void }> {
  const child = start('echo.ts');
  child.send(answer);
  const port = await message(child) as number;
  return { port, close: () => child.kill() };
}

function start(file: string): ChildProcess {
  return fork(join(import.meta.dirname, file), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
}

/** The next message; throws when the process ends instead. */
async function message(child: ChildProcess): Promise<unknown> {
  const stop = new AbortController();
  try {
    const [received] = await Promise.race([
      once(child, 'message', { signal: stop.signal }) as Promise<unknown[]>,
      once(child, 'exit', { signal: stop.signal }).then((): never => { throw new Error(`${child.spawnargs.at(-1) ?? ''} ended`); }),
    ]);
    return received;
  } finally {
    stop.abort();
  }
}
