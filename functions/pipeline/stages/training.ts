import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { DownlineError } from '../../../lib/errors/mod.ts';
import type { Context } from '../../../lib/host/mod.ts';
import { submissionId, type Outcome } from '../../../lib/pipeline/mod.ts';
import { CATEGORIES, FEATURES, MEANING } from '../../../lib/rotation/mod.ts';
import { PRESETS, type Settings } from '../../../lib/settings/mod.ts';
import { required, type Step } from '../step.ts';

/** The Python package, beside the functions. */
const PACKAGE = fileURLToPath(new URL('../../../training-jobs', import.meta.url));
const MOST_ATTEMPTS = 2;
/** Lines of a failed job's log that go into the reason. */
const LOG_END = 2000;

const result = z.looseObject({
  bundle: z.string().regex(/^sha256:[0-9a-f]{64}$/),
  mlflow_run: z.string().min(1).max(100),
});

/** The Ray job that trains the three models; its log is its voice. */
export async function training(step: Step): Promise<Outcome> {
  const { run, attempt, context } = step;
  const ray = step.ray();
  const id = submissionId(run.id, attempt);
  const job = await ray.get(id) ?? await ray.submit(id, await submission(step));
  switch (job.status) {
    case 'PENDING':
    case 'RUNNING': {
      const { progress, detail } = await ray.progress(id);
      return { kind: 'waiting', detail: detail || `job ${id} is ${job.status.toLowerCase()}`, progress, set: { job: id } };
    }
    case 'SUCCEEDED': {
      const said = result.safeParse((await ray.progress(id)).result);
      if (!said.success) throw new DownlineError('TRAINING_FAILED', `job ${id} ended without a result that can be read: ${z.prettifyError(said.error).slice(0, 500)}`, { ids: { run: run.id, job: id } });
      return { kind: 'done', detail: `bundle ${said.data.bundle}`, set: { job: id, bundle: said.data.bundle, mlflowRun: said.data.mlflow_run } };
    }
    case 'FAILED':
    case 'STOPPED': {
      const { error } = await ray.progress(id);
      const why = error === null ? `${job.message}\n${(await ray.log(id)).slice(-LOG_END)}`.trim() : `${error.code}: ${error.message}`;
      context.log.warn({ run: run.id, job: id, why }, 'the training job failed');
      if (attempt >= MOST_ATTEMPTS) return { kind: 'failed', reason: `TRAINING_FAILED: job ${id}: ${why}`, set: { job: id } };
      return { kind: 'waiting', retried: true, progress: null, detail: `job ${id} failed and is tried again: ${why}`.slice(0, LOG_END) };
    }
  }
}

/** What is submitted: the config file lies under the home, for a Ray on this machine or with a shared file system. */
async function submission(step: Step): Promise<{ entrypoint: string; env: Record<string, string>; metadata: Record<string, string> }> {
  const { context, run } = step;
  const { settings } = context;
  const python = join(settings.home, 'env', 'train', 'bin', 'python');
  if (!existsSync(python)) throw new DownlineError('UNAVAILABLE', 'waits for the training environment, which is still being installed');
  step.mlflow();
  const file = join(settings.home, 'training', `${run.id}.json`);
  await mkdir(join(settings.home, 'training'), { recursive: true });
  await writeFile(file, JSON.stringify(trainingConfig(context, run.id, required(run, 'dataset'), run.sabotage.shuffleLabels), null, 2), { mode: 0o600 });
  return {
    entrypoint: `${quote(python)} -m downline_training.train --config ${quote(file)}`,
    env: { PYTHONPATH: PACKAGE, PYTHONUNBUFFERED: '1', ...secrets(settings) },
    metadata: { run: run.id, replay: run.replay, dataset: required(run, 'dataset') },
  };
}

/** What the training job is told; without secrets. */
function trainingConfig(context: Context, run: string, dataset: string, shuffleLabels: boolean): Record<string, unknown> {
  const { settings } = context;
  const { epochs, seeds } = PRESETS[settings.preset];
  if (settings.s3 === undefined) throw new DownlineError('UNAVAILABLE', 'waits for S3');
  return {
    run, dataset, epochs, seeds,
    s3: { endpoint: settings.s3, bucket: settings.s3Bucket },
    mlflow: context.mlflowUrl(),
    commit: context.commit,
    meaning: MEANING,
    features: FEATURES.map((feature) => feature.name),
    categories: CATEGORIES.map((category) => category.name),
    seed: settings.seed,
    shuffle_labels: shuffleLabels,
  };
}

/** An embedded Ray has them from its start; another one shows them to whoever may list its jobs, so it must be as private as the lake. */
function secrets(settings: Settings): Record<string, string> {
  const { ray, s3Key, s3Secret } = settings;
  return ray === undefined || s3Key === undefined || s3Secret === undefined ? {} : { AWS_ACCESS_KEY_ID: s3Key, AWS_SECRET_ACCESS_KEY: s3Secret };
}

/** For the shell that Ray starts the entry point with. */
function quote(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
