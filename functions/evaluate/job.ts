import type { Gate } from '../../lib/events/mod.ts';
import type { Context } from '../../lib/host/mod.ts';
import { loadBundle, RULE_BUNDLE, type Bundle } from '../../lib/model/mod.ts';
import { archive } from './archive.ts';
import { readHeldOut } from './examples.ts';
import { gatesOf } from './gates.ts';
import { readInput, type EvaluateInput } from './input.ts';
import { log } from './log.ts';
import { assess, metricsOf, type Report } from './report.ts';
import { answerAll, scoreAll } from './scored.ts';

export interface Job {
  readonly context: Context;
  progress(share: number | null, detail: string): void;
  readonly signal: AbortSignal;
}

/** What the pipeline gets: the gates decide, the report says why. */
export interface EvaluateOutput { readonly gates: Gate[]; readonly report: Record<string, unknown> }

/**
 * The offline suite on a candidate: the serving code itself answers the
 * held-out messages of the dataset with the candidate and with production's
 * bundle, and both are compared with what happened and with the rule. Writes
 * `evaluations/<run>.json` and the single predictions beside it, and logs all
 * of it to MLflow. The same input gives the same numbers.
 */
export default async function evaluate(input: unknown, job: Job): Promise<EvaluateOutput> {
  const wanted = readInput(input);
  const { context: { objects, settings }, signal } = job;
  job.progress(0, 'reading the held-out messages');
  const heldOut = await readHeldOut(objects, wanted.dataset);
  signal.throwIfAborted();
  const candidate = await loadBundle(objects, wanted.bundle, { home: settings.home });
  const champion = await championOf(wanted, job);
  try {
    const messages = heldOut.examples.map((example) => example.message);
    const mine = await answerAll(candidate, messages, (done) => {
      signal.throwIfAborted();
      job.progress(0.05 + 0.3 * (done / messages.length), `${done} of ${messages.length} messages answered by the candidate`);
    });
    const theirs = await answerAll(champion, messages);
    job.progress(0.5, 'comparing');
    const rows = scoreAll(heldOut, mine.legs, theirs.legs);
    const { report, judged } = await assess({ wanted, candidate, rows, heldOut, degraded: mine.degraded / messages.length });
    const gates = gatesOf(judged);
    signal.throwIfAborted();
    job.progress(0.85, 'archiving');
    const written = await archive(objects, wanted.run, rows);
    const full: Report = { ...report, gates, archive: written };
    const text = JSON.stringify(full, (_, value: unknown) => (typeof value === 'number' && !Number.isFinite(value) ? null : value), 2);
    await objects.put(`evaluations/${wanted.run}.json`, text, 'application/json');
    job.progress(0.95, 'logging to MLflow');
    await log(job.context, wanted, text, metricsOf(report, judged));
    return { gates, report: summaryOf(JSON.parse(text) as Report) };
  } finally {
    await candidate.close();
    if (champion !== RULE_BUNDLE) await champion.close();
  }
}

async function championOf({ champion, bundle }: EvaluateInput, { context: { objects, settings } }: Job): Promise<Bundle> {
  return champion === bundle ? RULE_BUNDLE : loadBundle(objects, champion, { home: settings.home });
}

/** The part of the report that goes into the run's record: a record in KV stays small. */
function summaryOf({ slices: _slices, reliability: _reliability, ...rest }: Report): Record<string, unknown> {
  return rest;
}
