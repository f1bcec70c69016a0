import { z } from 'zod';
import { gate } from '../../../lib/events/mod.ts';
import { required, type StageAction } from '../step.ts';
import { platformJob } from './job.ts';

const output = z.object({ gates: z.array(gate).min(1), report: z.record(z.string(), z.unknown()) });

/** The offline suite on the candidate: against the rule and the champion, with its gates. */
export const evaluating: StageAction = (step) => {
  const { run, context: { settings } } = step;
  return platformJob(step, 'evaluate', {
    run: run.id,
    replay: run.replay,
    dataset: required(run, 'dataset'),
    bundle: required(run, 'bundle'),
    champion: run.champion,
    mlflowRun: required(run, 'mlflowRun'),
    seed: settings.seed,
    alertBudget: settings.alertBudget,
  }, output, ({ gates, report }) => ({
    kind: 'done',
    detail: `${gates.filter((one) => one.passed).length} of ${gates.length} gates passed`,
    set: { report },
    gates,
  }));
};
