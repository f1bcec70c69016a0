import type { RevisionState } from '../../../lib/platform/mod.ts';
import { required, type Step } from '../step.ts';

/** The candidate in staging: started, or found again. Throws `REVISION_FAILED` when it does not become ready. */
export function stagingRevision(step: Step): Promise<RevisionState> {
  return step.platform().apply({ name: `staging-${step.run.id}`, environment: 'staging', bundle: required(step.run, 'bundle') });
}
