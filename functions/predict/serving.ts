import { isDownlineError } from '../../lib/errors/mod.ts';
import type { Context } from '../../lib/host/mod.ts';
import { loadBundle, RULE, RULE_BUNDLE, type Bundle } from '../../lib/model/mod.ts';
import type { Revision } from './revision.ts';

/** The bundle that a revision serves: absent until it is loaded. */
export interface Serving {
  bundle(): Bundle | null;
  /** Digest that the revision stands for, loaded or not. */
  readonly digest: string;
  /** Null when loaded, or what is missing. Tries again where waiting may help. */
  readiness(): Promise<string | null>;
  close(): Promise<void>;
}

/**
 * Loads the revision's bundle. A lake that is away is tried again at each
 * question for readiness; a bundle that is invalid stays so. Meanwhile events
 * are answered by the rule (`no-model`).
 */
export function createServing(context: Context, revision: Revision): Serving {
  let bundle: Bundle | null = null;
  let failure: string | null = 'the bundle is not loaded yet';
  let hopeless = false;
  let loading: Promise<void> | undefined;
  const load = async (): Promise<void> => {
    try {
      bundle = await loadBundle(context.objects, revision.bundle, { home: context.settings.home });
      failure = null;
      context.log.info({ revision: revision.name, bundle: bundle.digest, name: bundle.manifest.name }, 'bundle loaded, golden vectors hold');
    } catch (error) {
      failure = error instanceof Error ? error.message : String(error);
      hopeless = isDownlineError(error, 'BUNDLE_INVALID');
      context.log.error({ revision: revision.name, bundle: revision.bundle, error: failure }, 'bundle not loaded');
    } finally {
      loading = undefined;
    }
  };
  return {
    bundle: () => bundle,
    digest: revision.bundle === RULE ? RULE_BUNDLE.digest : revision.bundle,
    async readiness() {
      if (failure !== null && !hopeless) await (loading ??= load());
      return failure;
    },
    async close() {
      await loading;
      await bundle?.close();
      bundle = null;
    },
  };
}
