import type { z } from 'zod';
import { evaluationReport, type modelList } from '../../lib/api/mod.ts';
import { run, type Run } from '../../lib/events/mod.ts';
import type { Context } from '../../lib/host/mod.ts';
import { BUCKETS } from '../../lib/pipeline/mod.ts';

type Model = z.output<typeof modelList>['models'][number];

/** A report is tens of kilobytes; more models than these are looked up by run. */
const MOST = 12;

/** The evaluated models of a replay, newest first: those runs whose report lies on S3. */
export async function modelsOf(context: Context, replay: string): Promise<Model[]> {
  const records = await context.bus.records(BUCKETS.runs);
  const found = await Promise.all((await records.keys()).map(async (key) => run.safeParse((await records.get(key))?.value).data));
  const runs = found.filter((one): one is Run => one?.replay === replay && one.report !== null).sort((a, b) => b.requestedAt - a.requestedAt || (a.id < b.id ? 1 : -1));
  const models = await Promise.all(runs.slice(0, MOST).map(async (one): Promise<Model | null> => {
    const text = await context.objects.get(`evaluations/${one.id}.json`).catch(() => null);
    if (text === null) return null;
    const report = evaluationReport.safeParse(JSON.parse(new TextDecoder().decode(text)));
    return report.success ? { run: one.id, stage: one.stage, version: one.modelVersion, report: report.data } : null;
  }));
  return models.filter((model) => model !== null);
}
