import { createMlflow } from '../../lib/clients/mlflow/mod.ts';
import { createRay } from '../../lib/clients/ray/mod.ts';
import { DownlineError, isDownlineError, toDownlineError } from '../../lib/errors/mod.ts';
import type { Run, Stage } from '../../lib/events/mod.ts';
import type { Context } from '../../lib/host/mod.ts';
import { advance, isEnd, type Outcome } from '../../lib/pipeline/mod.ts';
import { canary } from './stages/canary.ts';
import { dataset } from './stages/dataset.ts';
import { evaluating } from './stages/evaluating.ts';
import { loadTesting } from './stages/load-testing.ts';
import { packaging } from './stages/packaging.ts';
import { registered } from './stages/registered.ts';
import { staging } from './stages/staging.ts';
import { training } from './stages/training.ts';
import type { Step, StageAction } from './step.ts';
import { lastRun, saveRun, type HeldRun } from './store.ts';

const ACTIONS: Partial<Record<Stage, StageAction>> = {
  requested: () => Promise.resolve({ kind: 'done', detail: 'taken up' }),
  dataset, training, evaluating, registered, packaging, staging, 'load-testing': loadTesting, canary,
};

/** Steps of one call: a run goes through its quick stages at once. */
const MOST_STEPS = 12;
/** A defect of ours is tried so often in a stage before it fails the run. */
const MOST_DEFECTS = 5;

/**
 * Takes the replay's run as far as it goes now. The record in KV is all that is
 * remembered, and every step of it is a compare-and-swap: whoever loses the race
 * stops, and the next call goes on from what is there.
 */
export async function reconcile(context: Context, replay: string, now: number): Promise<HeldRun | null> {
  let held = await lastRun(context.bus, replay);
  for (let steps = 0; held !== null && !isEnd(held.run.stage) && steps < MOST_STEPS; steps += 1) {
    const { run } = held;
    const outcome = await act(context, run, now);
    const next = advance(run, outcome, new Date().toISOString());
    if (JSON.stringify(next) === JSON.stringify(run)) return held;
    try {
      held = await saveRun(context.bus, held, next);
    } catch (error) {
      if (isDownlineError(error, 'CONFLICT')) return lastRun(context.bus, replay);
      throw error;
    }
    if (next.stage === run.stage) return held;
    context.log.info({ run: run.id, from: run.stage, to: next.stage, reason: next.reason }, 'the run moves on');
  }
  return held;
}

/** The outcome of the present stage's action, errors included. */
async function act(context: Context, run: Run, now: number): Promise<Outcome> {
  const action = ACTIONS[run.stage];
  if (action === undefined) throw new DownlineError('INTERNAL', `no action for stage ${run.stage}`, { ids: { run: run.id } });
  const attempt = run.stages.at(-1)?.attempts ?? 1;
  try {
    return await action(stepOf(context, run, now, attempt));
  } catch (error) {
    const known = toDownlineError(error);
    const detail = `${known.code}: ${known.message}`.slice(0, 2000);
    if (known.code === 'INTERNAL') {
      context.log.error({ run: run.id, stage: run.stage, err: known.cause ?? known }, 'a stage failed unexpectedly');
      return attempt >= MOST_DEFECTS ? { kind: 'failed', reason: detail } : { kind: 'waiting', detail, retried: true };
    }
    if (known.retry === 'never') return { kind: 'failed', reason: detail };
    return { kind: 'waiting', detail };
  }
}

function stepOf(context: Context, run: Run, now: number, attempt: number): Step {
  const up = <T>(value: T | null, what: string): T => {
    if (value === null) throw new DownlineError('UNAVAILABLE', `waits for ${what}`);
    return value;
  };
  return {
    context, run, now, attempt,
    platform: () => up(context.platform, 'a platform to run on'),
    mlflow: () => createMlflow(up(context.mlflowUrl(), 'MLflow, which is still being installed or started')),
    ray: () => createRay(up(context.rayUrl(), 'Ray, which is still being installed or started')),
  };
}
