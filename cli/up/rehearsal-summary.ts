import { run } from '../../lib/events/mod.ts';
import type { Context } from '../../lib/host/mod.ts';
import { archivedDays, getReplay, REPLAYS, type Progress } from '../../lib/replay/mod.ts';

/** What came of a span. */
export interface Summary {
  readonly replay: string;
  readonly status: Progress['status'];
  readonly from: string;
  readonly to: string;
  /** Real seconds. */
  readonly seconds: number;
  readonly events: number;
  /** Labels by state, alerts by change, predictions by role. */
  readonly labels: Readonly<Record<string, number>>;
  readonly alerts: Readonly<Record<string, number>>;
  readonly predictions: Readonly<Record<string, number>>;
  readonly dead: number;
  readonly archivedDays: number;
  readonly runs: readonly { readonly id: string; readonly stage: string; readonly reason: string | null; readonly dataset: string | null; readonly bundle: string | null }[];
}

/** Counts what the streams and records hold of a replay. */
export async function summaryOf({ bus, objects }: Context, end: Progress, seconds: number): Promise<Summary> {
  const { replay } = end;
  const labels: Record<string, number> = {};
  const alerts: Record<string, number> = {};
  const predictions: Record<string, number> = {};
  const count = (into: Record<string, number>, name: string): void => { into[name] = (into[name] ?? 0) + 1; };
  for await (const event of bus.read('OUTCOMES', { from: 1, subjects: [`label.${replay}.>`, `alert.${replay}.>`] })) {
    if (event.kind === 'label.resolved') count(labels, event.data.state);
    else if (event.kind === 'alert.changed') count(alerts, event.data.change);
  }
  for await (const event of bus.read('PREDICTIONS', { from: 1, subjects: [`prediction.${replay}.>`] })) {
    if (event.kind === 'prediction.made') count(predictions, event.data.role);
  }
  const started = (await getReplay(await bus.records(REPLAYS), replay))?.started;
  const dead = await bus.bounds('DEAD');
  const records = await bus.records('runs');
  const runs = (await Promise.all((await records.keys()).map((key) => records.get(key)))).flatMap((found) => {
    const parsed = run.safeParse(found?.value);
    return parsed.success && parsed.data.replay === replay ? [parsed.data] : [];
  });
  return {
    replay, status: end.status, from: started?.from ?? '', to: started?.to ?? '', seconds, events: end.events, labels, alerts, predictions,
    dead: dead.last === 0 ? 0 : dead.last - dead.first + 1, archivedDays: (await archivedDays(objects, replay)).length,
    runs: runs.map(({ id, stage, reason, dataset, bundle }) => ({ id, stage, reason, dataset, bundle })),
  };
}
