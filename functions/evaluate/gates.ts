import type { Gate } from '../../lib/events/mod.ts';
import { atLeast, atMost, below, LIMITS } from '../../lib/pipeline/mod.ts';
import type { Difference } from './comparison.ts';
import type { Measures } from './measures.ts';
import type { TemplateResult } from './templates.ts';

/** What the gates look at. Differences are the candidate's pinball less the other's, minutes, on the test days. */
export interface Judged {
  readonly measures: Measures;
  readonly againstRule: Difference;
  /** These two as shares, day by day. */
  readonly againstChampion: Difference;
  readonly againstClimate: Difference;
  /** Mean loss of champion and climate, minutes. */
  readonly championPinball: number;
  readonly climatePinball: number;
  readonly early: Measures;
  readonly templates: readonly TemplateResult[];
  readonly degraded: number;
  readonly first: boolean;
}

/** The offline gates: each with its limit from `LIMITS`, declared before anything was measured. */
export function gatesOf(judged: Judged): Gate[] {
  const { measures, againstRule, againstChampion, againstClimate, early, templates } = judged;
  const stage = 'evaluating' as const;
  const miss = Math.max(...([[50, measures.coverage50], [80, measures.coverage80], [90, measures.coverage90]] as const).map(([nominal, measured]) => Math.abs(measured - nominal / 100)));
  return [
    below({
      name: 'beats-rule', stage, unit: 'minutes', measured: againstRule.upper, limit: LIMITS.beatsRule,
      evidence: `pinball less the rule's ${interval(againstRule)}`,
    }),
    ...(judged.first ? [] : [below({
      name: 'not-worse-than-champion', stage, unit: 'share', measured: againstChampion.upper, limit: LIMITS.nonInferiority,
      evidence: `daily pinball less the champion's, as a share of it: ${shares(againstChampion)}; champion ${judged.championPinball.toFixed(3)} min`,
    })]),
    below({
      name: 'beats-climate', stage, unit: 'share', measured: againstClimate.upper, limit: LIMITS.climateShare,
      evidence: `daily pinball less that of earlier days' own quantiles, as a share of it: ${shares(againstClimate)}; spread alone is no skill`,
    }),
    atLeast({
      name: 'discriminates', stage, unit: 'AUC', measured: early.auc30, limit: LIMITS.discrimination,
      evidence: `P(late >= 30) at least an hour ahead, ${early.rows} predictions; 0.5 is chance`,
    }),
    atMost({
      name: 'calibrated', stage, unit: 'share', measured: miss, limit: LIMITS.coverage,
      evidence: `coverage of the 50, 80 and 90 % intervals: ${[measures.coverage50, measures.coverage80, measures.coverage90].map((share) => share.toFixed(3)).join(', ')}`,
    }),
    below({
      name: 'sharper-than-rule', stage, unit: 'Brier score', measured: measures.brier30, limit: measures.brier30Rule,
      evidence: `Brier score of P(late >= 30) against the rule's yes or no`,
    }),
    ...templates.map((template) => atLeast({
      name: `template-${template.name}`, stage, unit: 'share', measured: template.rate, limit: template.exact ? LIMITS.exactTemplates : LIMITS.learnedTemplates,
      evidence: `${template.passed} of ${template.cases} cases`,
    })),
    atMost({ name: 'answers', stage, unit: 'share', measured: judged.degraded, limit: 0.05, evidence: 'messages that the rule had to answer in the model’s place' }),
  ];
}

function interval({ mean, lower, upper, pairs, days }: Difference): string {
  return `${mean.toFixed(3)} [${lower.toFixed(3)}, ${upper.toFixed(3)}] min (95 %, ${pairs} predictions, ${days} days)`;
}

function shares({ mean, lower, upper, days }: Difference): string {
  return `${mean.toFixed(3)} [${lower.toFixed(3)}, ${upper.toFixed(3)}] (95 %, ${days} days)`;
}
