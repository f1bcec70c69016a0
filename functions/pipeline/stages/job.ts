import { z } from 'zod';
import { DownlineError } from '../../../lib/errors/mod.ts';
import type { Outcome } from '../../../lib/pipeline/mod.ts';
import type { Step } from '../step.ts';

/** A job that failed by itself is tried once more under a second name. */
const MOST_FAILURES = 2;
/** One whose process was killed is started again under its name, so often. */
const MOST_ATTEMPTS = 9;

/**
 * Runs the function's job under a name that follows from the run, and hands its
 * output on. `DATASET_INVALID` for an output that is not what the job promises.
 */
export async function platformJob<S extends z.ZodType>(
  step: Step, name: 'dataset' | 'evaluate', input: unknown, output: S, done: (output: z.output<S>) => Outcome,
): Promise<Outcome> {
  const platform = step.platform();
  for (let failures = 0; failures < MOST_FAILURES; failures += 1) {
    const job = `${step.run.id}-${name}${failures === 0 ? '' : `-${failures + 1}`}`;
    const state = await platform.job(job);
    if (state === null) {
      await platform.start({ name: job, function: name, input });
      return { kind: 'waiting', detail: failures === 0 ? `job ${job} is starting` : `job ${job} is starting, after one that failed`, progress: null, retried: failures > 0 };
    }
    if (state.status === 'running') return { kind: 'waiting', detail: state.detail, progress: state.progress };
    if (state.status === 'succeeded') {
      const parsed = output.safeParse(state.output);
      if (!parsed.success) throw new DownlineError('DATASET_INVALID', `job ${job} gave something else than promised: ${z.prettifyError(parsed.error).slice(0, 500)}`);
      return done(parsed.data);
    }
    if (/interrupted/.test(state.reason) && step.attempt < MOST_ATTEMPTS) {
      await platform.start({ name: job, function: name, input });
      return { kind: 'waiting', retried: true, progress: null, detail: `job ${job} is started again: ${state.reason}` };
    }
    if (failures === MOST_FAILURES - 1) return { kind: 'failed', reason: `job ${job}: ${state.reason}` };
  }
  throw new DownlineError('INTERNAL', 'a job has neither a state nor an end');
}
