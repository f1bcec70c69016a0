import { isDownlineError } from '../../lib/errors/mod.ts';
import { createMlflow } from '../../lib/clients/mlflow/mod.ts';
import type { Context } from '../../lib/host/mod.ts';
import { REGISTERED_MODEL } from '../../lib/pipeline/mod.ts';
import { loadRollout, loadRun } from './store.ts';

/** The last `production` alias that this process has seen in MLflow, by replay: asking every two seconds would be noise. */
const seen = new Map<string, string>();

/**
 * Makes MLflow's alias `production` name what the rollout has in production:
 * after a promotion, after a rollback by hand, after MLflow was away. While the
 * rule serves there is no such version, and no alias.
 */
export async function followProduction(context: Context, replay: string): Promise<void> {
  const address = context.mlflowUrl();
  const rollout = await loadRollout(context.bus, replay);
  if (address === null || rollout === null) return;
  const { production } = rollout;
  const key = `${address} ${replay}`;
  if (seen.get(key) === production.bundle) return;
  const { registry } = createMlflow(address);
  try {
    const run = production.run === null ? null : await loadRun(context.bus, production.run);
    const version = run?.run.modelVersion ?? null;
    if (version === null) await registry.removeAlias(REGISTERED_MODEL, 'production');
    else await registry.setAlias(REGISTERED_MODEL, 'production', version);
    seen.set(key, production.bundle);
  } catch (error) {
    // No model has been registered yet: there is nothing that an alias could be on.
    if (isDownlineError(error, 'NOT_FOUND')) return;
    throw error;
  }
}
