import { DownlineError } from '../../../lib/errors/mod.ts';
import { canonicalJson, digestOf } from '../../../lib/events/mod.ts';
import { hexOf } from '../../../lib/pipeline/mod.ts';
import { required, type StageAction } from '../step.ts';

/**
 * The release: one manifest with the digests of code and bundle, stored under
 * its own digest (`releases/<hex>.json`). The same code and bundle give the
 * same release. What it names must be there and be what its digest says.
 */
export const packaging: StageAction = async (step) => {
  const { run, context } = step;
  const bundle = required(run, 'bundle');
  const stored = await context.objects.get(`bundles/${hexOf(bundle)}/bundle.json`);
  const digest = digestOf(stored);
  if (digest !== bundle) throw new DownlineError('BUNDLE_INVALID', `the stored bundle has digest ${digest}, the run says ${bundle}`, { ids: { run: run.id } });
  const text = canonicalJson({
    schema: 1,
    images: { predict: context.image },
    bundle,
    commit: context.commit,
    run: run.id,
    dataset: required(run, 'dataset'),
    mlflowRun: required(run, 'mlflowRun'),
  });
  const release = digestOf(text);
  await context.objects.put(`releases/${hexOf(release)}.json`, text, 'application/json');
  return { kind: 'done', detail: `release ${release}`, set: { release } };
};
