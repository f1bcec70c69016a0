import type { Mlflow } from '../../lib/clients/mlflow/mod.ts';
import type { Ray } from '../../lib/clients/ray/mod.ts';
import { DownlineError } from '../../lib/errors/mod.ts';
import type { Run, UtcMinute } from '../../lib/events/mod.ts';
import type { Context } from '../../lib/host/mod.ts';
import type { Outcome } from '../../lib/pipeline/mod.ts';
import type { Platform } from '../../lib/platform/mod.ts';

/** What a stage's action is given: the record as it stands, and the world. */
export interface Step {
  readonly context: Context;
  readonly run: Run;
  readonly now: UtcMinute;
  /** Attempt of the present stage, from 1. */
  readonly attempt: number;
  /** Throw `UNAVAILABLE`, saying what is missing, while the thing is not up yet. */
  platform(): Platform;
  mlflow(): Mlflow;
  ray(): Ray;
}

/**
 * The action of a stage: looks, does the next small thing, and says how it
 * stands. It may be repeated and cut off at any point, so whatever it makes has
 * a name that follows from the run's id. `SERVICE_DOWN`, `UNAVAILABLE` and
 * other errors with retry `later` mean "ask again"; `never` fails the run.
 */
export type StageAction = (step: Step) => Promise<Outcome>;

/** A field of the record that an earlier stage must have filled. */
export function required(run: Run, field: 'dataset' | 'mlflowRun' | 'modelVersion' | 'bundle' | 'release'): string {
  const value = run[field];
  if (value === null) throw new DownlineError('BAD_REQUEST', `run ${run.id} reached ${run.stage} without ${field}`, { ids: { run: run.id } });
  return value;
}
