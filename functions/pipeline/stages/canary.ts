import { fateOf, REGISTERED_MODEL } from '../../../lib/pipeline/mod.ts';
import { PRESETS } from '../../../lib/settings/mod.ts';
import { followProduction } from '../aliases.ts';
import { required, type StageAction } from '../step.ts';
import { loadRollout } from '../store.ts';

/** Follows the rollout: the judge decides there, this only reports and moves the aliases. */
export const canary: StageAction = async (step) => {
  const { run, context } = step;
  const rollout = await loadRollout(context.bus, run.replay);
  const fate = rollout === null ? null : fateOf(rollout, required(run, 'bundle'));
  if (rollout === null || fate === null) return { kind: 'waiting', detail: 'waits for the rollout to take it' };
  if (fate.state === 'canary') {
    const days = rollout.canary?.evidence ?? [];
    const last = days.at(-1);
    const { canaryDays, maxCanaryDays } = PRESETS[context.settings.preset];
    return {
      kind: 'waiting',
      progress: Math.min(0.99, days.length / canaryDays),
      detail: last === undefined
        ? `shadows production on ${rollout.canary?.revision ?? ''}; no day is closed yet`
        : `${days.length} days (at least ${canaryDays}, at most ${maxCanaryDays}): pinball ${last.canary.toFixed(2)} against ${last.production.toFixed(2)} min on ${last.day}; log e-value for better ${last.logBetter.toFixed(2)}, for worse ${last.logWorse.toFixed(2)}`,
    };
  }
  const { registry } = step.mlflow();
  await registry.removeAlias(REGISTERED_MODEL, 'canary');
  if (fate.state === 'rolled-back') return { kind: 'rolled-back', reason: fate.reason };
  await followProduction(context, run.replay);
  return { kind: 'done', detail: fate.reason };
};
