import type { Objects } from '../clients/s3/mod.ts';
import { openBundle, type Bundle } from './bundle.ts';
import { SERVING, type Language } from './language.ts';
import { RULE, RULE_BUNDLE } from './rule.ts';
import { keptFiles } from './store.ts';

/**
 * The bundle of a digest (or `rule`), ready to answer: fetched or found under
 * `home`, every hash verified, its features compared with the running code's,
 * its golden vectors run. Throws `BUNDLE_INVALID` saying what differs, and
 * `SERVICE_DOWN` when it is not kept and the lake does not answer.
 */
export async function loadBundle(objects: Objects, digest: string, { home, language = SERVING }: { home: string; language?: Language }): Promise<Bundle> {
  if (digest === RULE || digest === RULE_BUNDLE.digest) return RULE_BUNDLE;
  return openBundle(digest, keptFiles(objects, digest, home), language);
}
