import { REGISTERED_MODEL } from '../../../lib/pipeline/mod.ts';
import { required, type StageAction } from '../step.ts';

/** A version of the registered model, linked to run, dataset and bundle, with the alias `candidate`. */
export const registered: StageAction = async (step) => {
  const { run, context } = step;
  const { registry } = step.mlflow();
  const mlflowRun = required(run, 'mlflowRun');
  await registry.ensure(REGISTERED_MODEL, 'Delay distributions of aircraft rotations: three graphs, chained (docs/architecture.md).');
  const version = await registry.createVersion(REGISTERED_MODEL, {
    run: mlflowRun,
    source: `runs:/${mlflowRun}/bundle`,
    description: `Pipeline run ${run.id}: ${run.trigger.reason}`,
    tags: {
      'downline.run': run.id,
      'downline.dataset': required(run, 'dataset'),
      'downline.bundle': required(run, 'bundle'),
      'downline.commit': context.commit,
    },
  });
  await registry.setAlias(REGISTERED_MODEL, 'candidate', version.version);
  return { kind: 'done', detail: `${REGISTERED_MODEL} version ${version.version}, alias candidate`, set: { modelVersion: version.version } };
};
