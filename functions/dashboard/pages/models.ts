import type { z } from 'zod';
import type { modelList, pairedDifference } from '../../../lib/api/mod.ts';
import { figures, get, h, percent, short, table } from './api.ts';
import type { Page } from './page.ts';

type Model = z.input<typeof modelList>['models'][number];
type Difference = z.input<typeof pairedDifference>;

export const models: Page = {
  id: 'models',
  title: 'Models',
  topics: ['runs', 'rollout'],
  async render() {
    const { models: list } = await get<z.input<typeof modelList>>('/v1/models');
    if (list.length === 0) return [h('p', { class: 'empty' }, 'No model has been evaluated yet; the rule of thumb serves.')];
    return [
      h('section', { class: 'panel' }, h('h2', {}, 'Models against the rule, on held-out days (pinball loss, minutes)'),
        table(['run', 'bundle', 'stage', 'pinball', 'rule', 'less loss', 'difference, 95 % interval', 'days', 'predictions'], list.map(({ run, stage, report }) => [
          run, h('span', { class: 'mono' }, short(report.bundle)), h('span', { class: 'chip' }, stage), report.overall.pinball, report.overall.pinballRule,
          percent(report.overall.skill), interval(report.differences.rule), report.days.length, report.overall.rows,
        ]))),
      ...list.slice(0, 1).flatMap(newest),
    ];
  },
};

/** The report of the newest model, for a reader who decides whether to trust it. */
function newest({ run, report }: Model): HTMLElement[] {
  const { candidate, rule, budget } = report.flagging;
  return [
    figures(
      [percent(candidate.recall), 'of departures 30+ min late flagged 2 h ahead'],
      [percent(rule.recall), `by the rule, at the same budget of ${percent(budget)} of rotations`],
      [percent(report.overall.coverage80), 'inside the 80 % interval'],
      [`${report.templates.filter((one) => one.rate === 1).length} / ${report.templates.length}`, 'template tests without a miss'],
    ),
    h('div', { class: 'grid' },
      h('section', { class: 'panel' }, h('h2', {}, 'By lead checkpoint'), table(['minutes before departure', 'difference to the rule', 'less loss', 'predictions'], Object.entries(report.checkpoints).map(([checkpoint, one]) => [
        checkpoint === 'first' ? 'before the first leg left' : checkpoint, interval(one), one.share === null ? '–' : percent(-one.share), one.pairs,
      ]))),
      h('section', { class: 'panel' }, h('h2', {}, 'Chain against direct prediction'), table(['leg', 'chain', 'direct', 'difference', 'predictions'], report.chainAgainstDirect.map((one) => [one.position, one.chain, one.direct, interval(one.difference), one.rows]))),
      h('section', { class: 'panel' }, h('h2', {}, 'Template tests'), table(['template', 'passed', 'of', ''], report.templates.map((one) => [one.name, one.passed, one.cases, h('span', { class: `chip ${one.rate === 1 ? 'good' : 'warn'}` }, percent(one.rate))]))),
    ),
    h('section', { class: 'panel', style: 'margin-top:1rem' }, h('h2', {}, `Slices of ${run}`), table(['cut', 'slice', 'predictions', 'pinball', 'rule', 'difference, 95 % interval'], report.slices.map((slice) => [slice.cut, slice.slice, slice.rows, slice.pinball, slice.pinballRule, interval(slice.againstRule)]))),
  ];
}

function interval(one: Difference): HTMLElement {
  if (one.mean === null || one.lower === null || one.upper === null) return h('span', { class: 'dim' }, 'too few');
  return h('span', { class: one.upper < 0 ? 'good' : one.lower > 0 ? 'bad' : 'dim' }, `${one.mean.toFixed(2)} [${one.lower.toFixed(2)}, ${one.upper.toFixed(2)}]`);
}
