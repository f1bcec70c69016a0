import { DownlineError } from '../../lib/errors/mod.ts';
import type { FindingRaised, Run, UtcMinute } from '../../lib/events/mod.ts';
import type { Context } from '../../lib/host/mod.ts';
import { closesAt, isEnd, newRun, shouldStart } from '../../lib/pipeline/mod.ts';
import { createRun, lastRun, loadRollout, nextRunId, type HeldRun } from './store.ts';

/** Requests a run. Throws `RUN_ACTIVE` while one is under way. */
export async function requestRun(
  context: Context, replay: string, at: UtcMinute, trigger: Run['trigger'], sabotage: Run['sabotage'] = { shuffleLabels: false, ignoreGates: false },
): Promise<HeldRun> {
  const last = await lastRun(context.bus, replay);
  if (last !== null && !isEnd(last.run.stage)) {
    throw new DownlineError('RUN_ACTIVE', `run ${last.run.id} is at ${last.run.stage}`, { ids: { run: last.run.id } });
  }
  const rollout = await loadRollout(context.bus, replay);
  const run = newRun({
    id: nextRunId(replay, last), replay, trigger, sabotage, requestedAt: at, champion: rollout?.production.bundle ?? 'rule',
  }, new Date().toISOString());
  context.log.info({ run: run.id, trigger }, 'a run is requested');
  return createRun(context.bus, run);
}

/**
 * At a simulated instant: starts a run where the policy says so. Everything it
 * looks at was stored before this instant's tick, so a replay decides alike at
 * any speed. Said twice, the second finds the first's run.
 */
export async function considerRun(context: Context, replay: string, now: UtcMinute): Promise<HeldRun | null> {
  const { bus } = context;
  const last = await lastRun(bus, replay);
  if (last !== null && !isEnd(last.run.stage)) return null;
  const learned = (await loadRollout(bus, replay))?.production.run ?? null;
  const trigger = shouldStart({
    now,
    lastRun: last?.run ?? null,
    learned: learned !== null,
    labelledDays: await labelledDays(context, replay, now),
    finding: await openFinding(context, replay, now),
  });
  if (trigger === null) return null;
  try {
    return await requestRun(context, replay, now, trigger);
  } catch (error) {
    if (error instanceof DownlineError && error.code === 'RUN_ACTIVE') return null;
    throw error;
  }
}

/** What was read of the labels so far, by bus and replay: the next consideration reads on from there. */
const seen = new WeakMap<Context['bus'], Map<string, { next: number; readonly resolved: Map<string, number> }>>();

/** Operating days that are over and have labels that were resolved before now, oldest first. */
async function labelledDays({ bus }: Context, replay: string, now: UtcMinute): Promise<string[]> {
  const replays = seen.get(bus) ?? new Map<string, { next: number; readonly resolved: Map<string, number> }>();
  seen.set(bus, replays);
  const known = replays.get(replay) ?? { next: 1, resolved: new Map<string, number>() };
  replays.set(replay, known);
  for await (const event of bus.read('OUTCOMES', { from: known.next, subjects: [`label.${replay}.>`] })) {
    if (event.kind === 'label.resolved') {
      const { day, resolvedAt } = event.data;
      known.resolved.set(day, Math.min(resolvedAt, known.resolved.get(day) ?? resolvedAt));
    }
    known.next = (event.sequence ?? 0) + 1;
  }
  return [...known.resolved].filter(([day, resolvedAt]) => resolvedAt < now && closesAt(day) <= now).map(([day]) => day).sort();
}

/** The newest finding that asks for a retraining, or null. */
async function openFinding(context: Context, replay: string, now: UtcMinute): Promise<FindingRaised | null> {
  let newest: FindingRaised | null = null;
  for await (const event of context.bus.read('CONTROL', { from: 1, subjects: [`finding.${replay}.>`] })) {
    if (event.kind === 'finding.raised' && event.data.retrain && event.data.at <= now) newest = event.data;
  }
  return newest;
}
