import { isDownlineError } from '../../lib/errors/mod.ts';
import type { Rollout } from '../../lib/events/mod.ts';
import { desiredTraffic } from '../../lib/pipeline/mod.ts';
import type { Platform } from '../../lib/platform/mod.ts';

/** The first production revision: the airline's own rule of thumb. */
export const RULE_REVISION = { name: 'predict-00001', environment: 'production', bundle: 'rule' } as const;

/**
 * Makes the platform what the record asks for; does nothing where it is so
 * already. Returns why the canary could not be started, or null. Throws where
 * production itself could not.
 */
export async function follow(platform: Platform, record: Rollout): Promise<string | null> {
  const targets = desiredTraffic(record);
  const bundles = new Map([record.production, record.canary, record.previous].flatMap((release) => release === null ? [] : [[release.revision, release.bundle] as const]));
  const before = await platform.observe();
  for (const { revision, tag } of targets) {
    if (before.revisions.some((one) => one.name === revision && one.ready)) continue;
    try {
      await platform.apply({ name: revision, environment: 'production', bundle: bundles.get(revision)! });
    } catch (error) {
      if (tag === 'canary' && isDownlineError(error, 'REVISION_FAILED')) return error.message;
      // A previous revision that does not start is a rollback that is not there: nothing else stops for it.
      if (tag !== 'previous') throw error;
    }
  }
  const ready = new Set((await platform.observe()).revisions.filter((one) => one.ready).map((one) => one.name));
  const wanted = targets.filter((target) => target.tag !== 'previous' || ready.has(target.revision));
  if (!sameTraffic(before.traffic, wanted)) await platform.traffic(wanted);
  for (const { name, environment } of before.revisions) {
    if (environment === 'production' && !wanted.some((target) => target.revision === name)) await platform.remove(name);
  }
  return null;
}

/** Before any replay: the rule serves, so that the first answer does not wait for anything else. */
export async function serveRule(platform: Platform): Promise<void> {
  if ((await platform.observe()).traffic.length > 0) return;
  await platform.apply(RULE_REVISION);
  await platform.traffic([{ revision: RULE_REVISION.name, percent: 100, tag: 'production' }]);
}

function sameTraffic(a: readonly { revision: string; percent: number; tag?: string }[], b: readonly { revision: string; percent: number; tag?: string }[]): boolean {
  const text = (targets: typeof a): string => targets.map((target) => `${target.revision} ${target.percent} ${target.tag ?? ''}`).sort().join('\n');
  return text(a) === text(b);
}
