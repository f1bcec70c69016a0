import { setTimeout as sleep } from 'node:timers/promises';
import { ENDS, run as runSchema, type Run } from '../../lib/events/mod.ts';
import type { Context } from '../../lib/host/mod.ts';

/** How a wait for the first learned model ended. */
export interface Outcome { readonly reached: boolean; readonly reason: string | null; readonly run: Run | null }

/** Follows the runs of a replay in KV: every change of a stage; ends with the first run that has ended. */
export async function followRuns(context: Context, replay: () => string | null, options: { signal: AbortSignal; onStage(run: Run): void; spanEnded(): boolean }): Promise<Outcome> {
  const stages = new Map<string, string>();
  while (!options.signal.aborted) {
    const runs = (await readRuns(context)).filter((run) => run.replay === replay());
    for (const run of runs) {
      const current = run.stages.at(-1);
      const now = `${run.stage} ${current?.attempts ?? 0}`;
      if (stages.get(run.id) === now) continue;
      stages.set(run.id, now);
      options.onStage(run);
    }
    const ended = runs.find((run) => (ENDS as readonly string[]).includes(run.stage));
    if (ended !== undefined) return { reached: ended.stage === 'production', reason: ended.reason, run: ended };
    if (options.spanEnded() && runs.length === 0) return { reached: false, reason: 'the span has ended and no run was started in it', run: null };
    if (options.spanEnded() && runs.every((run) => run.stage === 'canary')) return { reached: false, reason: 'the span has ended before the canary was judged', run: runs[0] ?? null };
    await sleep(500, undefined, { signal: options.signal }).catch(() => undefined);
  }
  return { reached: false, reason: 'it was stopped', run: null };
}

async function readRuns({ bus, log }: Context): Promise<Run[]> {
  try {
    const records = await bus.records('runs');
    const found = await Promise.all((await records.keys()).map((key) => records.get(key)));
    return found.flatMap((one) => {
      const parsed = runSchema.safeParse(one?.value);
      return parsed.success ? [parsed.data] : [];
    }).sort((a, b) => a.requestedAt - b.requestedAt);
  } catch (error) {
    // NATS is being started again; the next look is in half a second.
    log.debug({ error: String(error) }, 'runs cannot be read');
    return [];
  }
}
