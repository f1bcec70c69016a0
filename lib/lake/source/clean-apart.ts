import { Worker } from 'node:worker_threads';
import { DownlineError, type ErrorCode, type ErrorIds } from '../../errors/mod.ts';
import type { CleanedSource } from './nycflights13.ts';

type Answer = { cleaned: CleanedSource } | { error: { code: ErrorCode; message: string; ids: ErrorIds } };

/** `cleanNycflights13` on a thread of its own. `signal` ends the thread. */
export function cleanApart(folder: string, output: string, signal?: AbortSignal): Promise<CleanedSource> {
  if (signal?.aborted === true) return Promise.reject(new DownlineError('UNAVAILABLE', 'cleaning was broken off before it began'));
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData: { folder, output } });
    signal?.addEventListener('abort', () => void worker.terminate(), { once: true });
    worker.once('message', (answer: Answer) => {
      if ('cleaned' in answer) resolve(answer.cleaned);
      else reject(new DownlineError(answer.error.code, answer.error.message, { ids: answer.error.ids }));
    });
    worker.once('error', reject);
    worker.once('exit', (code) => { reject(new DownlineError('UNAVAILABLE', `cleaning was broken off (exit ${code})`)); });
  });
}
