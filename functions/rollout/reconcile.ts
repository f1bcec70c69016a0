import { isDownlineError } from '../../lib/errors/mod.ts';
import type { Rollout } from '../../lib/events/mod.ts';
import type { Context } from '../../lib/host/mod.ts';
import {
  beginCanary, closesAt, dropCanary, fateOf, judgeCanary, nextRevision, operationalFault, promote, revisionName, startRollout, withEvidence, type Judgement,
} from '../../lib/pipeline/mod.ts';
import { currentMinute } from '../../lib/replay/mod.ts';
import { PRESETS } from '../../lib/settings/mod.ts';
import { closedDays, type RolloutState } from './fold.ts';
import { follow, RULE_REVISION, serveRule } from './follow.ts';
import { loadRequest, loadRollout, saveRollout, type Held } from './store.ts';

/**
 * One short step towards what is wanted: takes the pipeline's request, looks at
 * the canary's health, and makes the platform follow the record. The record is
 * all that is remembered, so it may be repeated, and cut off, at any point.
 */
export async function reconcile(context: Context, replay: string): Promise<Held | null> {
  const { platform, bus } = context;
  if (platform === null) return loadRollout(bus, replay);
  const now = await instantOf(context, replay);
  if (now === null) {
    await serveRule(platform);
    return null;
  }
  let held = await loadRollout(bus, replay) ?? await saveRollout(bus, { revision: 0 }, startRollout(replay, { revision: RULE_REVISION.name, bundle: RULE_REVISION.bundle, run: null, since: now }, 'the airline’s own rule is the first production revision'), now);
  const change = async (next: Rollout): Promise<void> => {
    context.log.info({ replay, change: next.history.at(-1) }, 'rollout changes');
    held = await saveRollout(bus, held, next, now);
  };

  const request = await loadRequest(bus, replay);
  if (request !== null) {
    const fate = fateOf(held.record, request.bundle);
    if (request.wanted === 'canary' && fate === null) {
      const { revisions } = await platform.observe();
      const revision = revisionName(nextRevision(held.record, revisions.map((one) => one.name)));
      await change(beginCanary(held.record, { revision, bundle: request.bundle, run: request.run, since: now }, request));
    }
    if (request.wanted === 'withdrawn' && held.record.canary?.bundle === request.bundle) await change(dropCanary(held.record, now, request.reason));
  }

  const broken = await follow(platform, held.record);
  const fault = broken ?? await faultOf(context, held.record);
  if (fault !== null && held.record.canary !== null) {
    await change(dropCanary(held.record, now, `operational fault: ${fault}`));
    await follow(platform, held.record);
  }
  return held;
}

/** What the judge says of the canary after the days that are closed, or null without a canary. */
export function judgementOf(context: Context, record: Rollout, state: RolloutState): Judgement | null {
  const { canary, production } = record;
  if (canary === null) return null;
  const { canaryDays, maxCanaryDays } = PRESETS[context.settings.preset];
  return judgeCanary(closedDays(state, production.revision, canary.revision), { margin: canary.margin, minimumDays: canaryDays, maximumDays: maxCanaryDays });
}

/** At a tick: notes new evidence and acts on the verdict. The instant of a change is the close of the day that decided, so it is the same however late it is noticed. */
export async function decide(context: Context, replay: string, state: RolloutState): Promise<void> {
  const held = await loadRollout(context.bus, replay);
  const canary = held?.record.canary;
  if (held === null || canary === undefined || canary === null) return;
  const judgement = judgementOf(context, held.record, state);
  const newest = judgement?.evidence.at(-1);
  if (judgement === null || newest === undefined || newest.day === canary.evidence.at(-1)?.day) return;
  const at = closesAt(newest.day);
  const live = (await context.platform?.observe())?.revisions.find((one) => one.name === canary.revision);
  const informed: Rollout = withEvidence({ ...held.record, canary: { ...canary, requests: live?.requests ?? canary.requests, errors: live?.errors ?? canary.errors } }, judgement.evidence);
  const next = judgement.verdict === 'promote' ? promote(informed, at, judgement.reason)
    : judgement.verdict === 'roll-back' ? dropCanary(informed, at, judgement.reason)
    : informed;
  await saveRollout(context.bus, held, next, at);
  context.log.info({ replay, day: newest.day, verdict: judgement.verdict, reason: judgement.reason }, 'judged');
  if (context.platform !== null) await follow(context.platform, next);
}

async function faultOf(context: Context, record: Rollout): Promise<string | null> {
  if (record.canary === null || context.platform === null) return null;
  const { revisions } = await context.platform.observe();
  const of = (name: string) => revisions.find((one) => one.name === name);
  const canary = of(record.canary.revision);
  const production = of(record.production.revision);
  return canary === undefined || production === undefined ? null : operationalFault(canary, production);
}

/** The replay's clock; before its first tick the instant of its beginning; null before that. */
export async function instantOf(context: Context, replay: string): Promise<number | null> {
  try {
    return await currentMinute(context.bus, replay);
  } catch (error) {
    if (!isDownlineError(error, 'UNAVAILABLE')) throw error;
  }
  return (await context.bus.last('OPS', `ops.${replay}.>`))?.time ?? null;
}
