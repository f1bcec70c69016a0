import type { z } from 'zod';
import type { rolloutView } from '../../../lib/api/mod.ts';
import { clock, figures, get, h, percent, post, short, table } from './api.ts';
import type { Page } from './page.ts';
import { lineChart } from './chart.ts';

type Rollout = z.input<typeof rolloutView>;

export const rollout: Page = {
  id: 'rollout',
  title: 'Rollout',
  topics: ['rollout', 'clock'],
  async render() {
    const record = await get<Rollout>('/v1/rollout');
    const { canary, traffic, revisions, judge } = record;
    const evidence = canary?.evidence ?? [];
    const last = evidence.at(-1);
    return [
      h('section', { class: 'panel' }, h('h2', {}, 'HTTP traffic'),
        h('div', { class: 'split' }, ...traffic.filter((target) => target.percent > 0).map((target) => h('div', { style: `width:${target.percent}%;background:${target.tag === 'canary' ? 'var(--warn)' : 'var(--good)'}` }, `${target.revision} ${target.percent} %`))),
        table(['revision', 'tag', 'bundle', 'ready', 'requests', '5xx', 'p50 ms', 'p99 ms', 'restarts'], revisions.filter((one) => one.environment === 'production').map((one) => [
          h('span', { class: 'mono' }, one.name), traffic.find((target) => target.revision === one.name)?.tag ?? '', h('span', { class: 'mono' }, short(one.bundle)),
          h('span', { class: `chip ${one.ready ? 'good' : 'bad'}` }, one.ready ? 'ready' : 'not ready'), one.requests, one.errors, one.p50, one.p99, one.restarts,
        ])),
        h('div', { class: 'bar', style: 'margin:.8rem 0 0' }, h('button', { class: 'plain', id: 'rollback', disabled: record.previous === null && canary === null, click: () => void rollBack() }, canary === null ? `Roll back to ${record.previous?.revision ?? '…'}` : 'Roll the canary back')),
      ),
      h('section', { class: 'panel' }, h('h2', {}, "The judge's evidence"),
        canary === null ? h('p', { class: 'dim' }, 'No canary. The next run that passes staging becomes one.') : h('div', {},
          figures([canary.revision, `canary at ${canary.percent} % of HTTP traffic`], [String(evidence.length), 'days judged'], [String(evidence.reduce((sum, day) => sum + day.pairs, 0)), 'paired flights'], [last === undefined ? '–' : percent(1 - last.canary / last.production), 'less loss on the last day'], [last === undefined ? '–' : Math.exp(Math.min(20, last.logBetter)).toFixed(1), 'e-value for better (20 decides)']),
          judge === null ? null : h('p', {}, h('span', { class: 'chip' }, judge.verdict), ` ${judge.reason}`),
          evidence.length === 0 ? h('p', { class: 'dim' }, 'Labels mature as the day closes.') : h('div', { class: 'grid' },
            h('div', {}, h('h3', {}, 'Mean pinball on the same flights, minutes'), lineChart(evidence.map((day) => day.day.slice(5)), [
              { name: 'production', colour: 'var(--blue)', values: evidence.map((day) => day.production) },
              { name: 'canary', colour: 'var(--accent)', values: evidence.map((day) => day.canary) },
            ], { format: (value) => value.toFixed(1) })),
            h('div', {}, h('h3', {}, 'log e-value; the dashed line decides'), lineChart(evidence.map((day) => day.day.slice(5)), [
              { name: 'better', colour: 'var(--good)', values: evidence.map((day) => day.logBetter) },
              { name: 'worse', colour: 'var(--bad)', values: evidence.map((day) => day.logWorse) },
            ], { limit: Math.log(20) })),
          ))),
      h('section', { class: 'panel' }, h('h2', {}, 'History'), table(['when', 'change', 'revision', 'bundle', 'reason'], record.history.toReversed().map((entry) => [
        `${entry.at.slice(0, 10)} ${clock(entry.at)}`, h('span', { class: `chip ${entry.change === 'promoted' ? 'good' : entry.change === 'rolled-back' ? 'bad' : ''}` }, entry.change), h('span', { class: 'mono' }, entry.revision), h('span', { class: 'mono' }, short(entry.bundle)), entry.reason,
      ]))),
    ];
  },
};

async function rollBack(): Promise<void> {
  await post('/v1/rollout/rollback', { reason: 'from the dashboard' });
  dispatchEvent(new Event('downline:refresh'));
}
