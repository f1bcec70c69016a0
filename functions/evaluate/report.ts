import type { Bundle } from '../../lib/model/mod.ts';
import { meanOf, type ReliabilityBin } from '../../lib/statistics/mod.ts';
import { byCheckpoint, climateLoss, climateOf, difference, relativeDifference, standingAt, type Difference } from './comparison.ts';
import type { HeldOut } from './examples.ts';
import { flag, type Flagging } from './flagging.ts';
import type { Judged } from './gates.ts';
import type { EvaluateInput } from './input.ts';
import { measure, measureArrivals, measureCancellation, reliability30, type Measures } from './measures.ts';
import { hasDeparture, type Scored } from './scored.ts';
import { fairness, leadBucket, sliceAll, surroundingsOf, type Slice } from './slices.ts';
import { runTemplates, type TemplateResult } from './templates.ts';
import { chainAgainstDirect, failureModes, type ChainAgainstDirect, type FailureMode } from './what-if.ts';

/** The whole report. Minutes; differences are candidate less reference. */
export interface Report {
  readonly run: string;
  readonly dataset: string;
  readonly bundle: string;
  readonly champion: string;
  readonly days: readonly string[];
  readonly overall: Measures;
  readonly arrivals: ReturnType<typeof measureArrivals>;
  readonly cancellation: ReturnType<typeof measureCancellation>;
  readonly differences: { readonly rule: Difference; readonly champion: Difference; readonly climate: Difference };
  readonly checkpoints: Record<string, Difference>;
  readonly leads: Record<string, Measures>;
  readonly beforeFirstDeparture: Difference;
  readonly flagging: { readonly candidate: Flagging; readonly rule: Flagging; readonly budget: number };
  readonly chainAgainstDirect: readonly ChainAgainstDirect[];
  readonly templates: readonly TemplateResult[];
  readonly failureModes: readonly FailureMode[];
  readonly fairness: ReturnType<typeof fairness>;
  readonly slices: readonly Slice[];
  readonly reliability: readonly ReliabilityBin[];
  readonly degradedShare: number;
  readonly gates?: unknown;
  readonly archive?: unknown;
}

/** Everything that is measured on the test days; thresholds and the climate come from the days before. */
export async function assess(options: {
  readonly wanted: EvaluateInput; readonly candidate: Bundle; readonly rows: readonly Scored[]; readonly heldOut: HeldOut; readonly degraded: number;
}): Promise<{ report: Report; judged: Judged }> {
  const { wanted, candidate, rows, heldOut, degraded } = options;
  const { seed, alertBudget } = wanted;
  const test = rows.filter((row) => row.split === 'test');
  const valid = rows.filter((row) => row.split === 'valid');
  const climate = climateOf(valid.some(hasDeparture) ? valid : test);
  const departures = test.filter(hasDeparture);
  const overall = measure(test);
  const slices = sliceAll(test, surroundingsOf(test), seed);
  const differences = {
    rule: difference(test, (_, losses) => losses.rule, seed),
    champion: difference(test, (_, losses) => losses.champion, seed),
    climate: difference(test, (row) => climateLoss(climate, row), seed),
  };
  const messages = heldOut.examples.filter((example) => example.split === 'test').map((example) => example.message);
  const templates = await runTemplates(candidate, messages);
  const report: Report = {
    run: wanted.run, dataset: wanted.dataset, bundle: wanted.bundle, champion: wanted.champion,
    days: [...new Set(test.map((row) => row.day))].sort(),
    overall,
    arrivals: measureArrivals(test),
    cancellation: measureCancellation(test),
    differences,
    checkpoints: byCheckpoint(test, seed),
    leads: byLead(test),
    beforeFirstDeparture: difference(standingAt(test, 'first'), (_, losses) => losses.rule, seed),
    flagging: {
      budget: alertBudget,
      candidate: flag(rows, (row) => row.candidate.departure.p30, alertBudget),
      rule: flag(rows, (row) => row.candidate.rule.departure, alertBudget),
    },
    chainAgainstDirect: await chainAgainstDirect(candidate, test, heldOut.examples, seed),
    templates,
    failureModes: await failureModes(candidate, test, heldOut.examples),
    fairness: fairness(slices, overall),
    slices,
    reliability: reliability30(test),
    degradedShare: degraded,
  };
  const judged: Judged = {
    measures: overall,
    againstRule: differences.rule,
    againstChampion: relativeDifference(test, (_, losses) => losses.champion, seed),
    againstClimate: relativeDifference(test, (row) => climateLoss(climate, row), seed),
    championPinball: overall.pinballChampion,
    climatePinball: meanOf(departures.map((row) => climateLoss(climate, row))),
    early: measure(test.filter((row) => row.candidate.lead >= 60)),
    templates,
    degraded,
    first: wanted.champion === 'rule',
  };
  return { report, judged };
}

/**
 * The numbers that MLflow gets, by name. Over rows of the archive with split
 * `test`, no `departed` and a `y_departure`: `test_pinball` is the mean over
 * rows of the mean pinball over the 19 levels, and so on: `measures.ts` says it
 * in code, and whoever has the archive can compute them again.
 */
export function metricsOf(report: Report, judged: Judged): Record<string, number> {
  const flat = (prefix: string, values: Readonly<Record<string, unknown>>): [string, number][] =>
    Object.entries(values).flatMap(([name, value]) => (typeof value === 'number' && Number.isFinite(value) ? [[`${prefix}_${name}`, value]] : []));
  return Object.fromEntries([
    ...flat('test', { ...report.overall }),
    ...flat('test_arrival', report.arrivals),
    ...flat('test_cancellation', report.cancellation),
    ...Object.entries(report.differences).flatMap(([reference, values]) => flat(`test_less_${reference}`, { ...values })),
    ...Object.entries(report.checkpoints).flatMap(([checkpoint, values]) => flat(`test_less_rule_at_${checkpoint}`, { ...values })),
    ...flat('test_flagging', { ...report.flagging.candidate }),
    ...flat('test_flagging_rule', { ...report.flagging.rule }),
    ...report.templates.map((template): [string, number] => [`template_${template.name}`, template.rate]),
    ...report.slices.flatMap((slice) => flat(`slice_${slice.cut}_${slice.slice.replace(/[^A-Za-z0-9-]/g, '_')}`, { pinball: slice.pinball, pinballRule: slice.pinballRule })),
    ...flat('test', { pinballClimate: judged.climatePinball, degraded: judged.degraded }),
  ]);
}

function byLead(rows: readonly Scored[]): Record<string, Measures> {
  const groups = new Map<string, Scored[]>();
  for (const row of rows.filter(hasDeparture)) {
    const bucket = leadBucket(row.candidate.lead);
    const group = groups.get(bucket);
    if (group === undefined) groups.set(bucket, [row]);
    else group.push(row);
  }
  return Object.fromEntries([...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([bucket, group]) => [bucket, measure(group)]));
}

