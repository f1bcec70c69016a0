import { createMlflow } from '../../lib/clients/mlflow/mod.ts';
import { DownlineError } from '../../lib/errors/mod.ts';
import type { Context } from '../../lib/host/mod.ts';
import type { EvaluateInput } from './input.ts';

/** MLflow's names take letters, digits and `_ - . / `; anything else becomes `_`. */
const name = (text: string): string => text.replace(/[^A-Za-z0-9_./ -]/g, '_').slice(0, 250);

/** Metrics and the report into the training run of MLflow; nothing without a run. Throws `SERVICE_DOWN` when MLflow does not answer: the job is then tried again. */
export async function log(context: Context, { run, mlflowRun, dataset, bundle, champion }: EvaluateInput, report: string, metrics: Readonly<Record<string, number>>): Promise<void> {
  if (mlflowRun === null) return;
  const address = context.mlflowUrl();
  if (address === null) throw new DownlineError('SERVICE_DOWN', 'MLflow is not there to log the evaluation', { ids: { run } });
  const { runs, artifacts } = createMlflow(address);
  const at = Date.now();
  await runs.log(mlflowRun, {
    metrics: Object.entries(metrics).map(([key, value]) => ({ key: name(key), value, at })),
    tags: { 'downline.evaluated': run, 'downline.champion': champion, 'downline.evaluation': `evaluations/${run}.parquet`, 'downline.evaluated_dataset': dataset, 'downline.evaluated_bundle': bundle },
  });
  await artifacts.upload(mlflowRun, 'evaluation/report.json', new TextEncoder().encode(report));
}
