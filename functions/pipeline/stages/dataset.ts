import { z } from 'zod';
import { PRESETS, spanOf } from '../../../lib/settings/mod.ts';
import type { StageAction } from '../step.ts';
import { platformJob } from './job.ts';

const output = z.looseObject({ version: z.string().min(1).max(80) });

/** A dataset version from the lake and the archived stream, with what was known at the run's request. */
export const dataset: StageAction = (step) => {
  const { run, context: { settings } } = step;
  return platformJob(step, 'dataset', {
    run: run.id,
    replay: run.replay,
    asOf: run.requestedAt,
    rows: PRESETS[settings.preset].trainingRows,
    seed: settings.seed,
    historyFrom: spanOf(settings).historyFrom,
    shuffleLabels: run.sabotage.shuffleLabels,
  }, output, ({ version }) => ({ kind: 'done', detail: `version ${version}`, set: { dataset: version } }));
};
