import type { z } from 'zod';
import type { dataQuality, qualityReport } from '../../../lib/api/mod.ts';
import { figures, get, h, percent, short, table } from './api.ts';
import type { Page } from './page.ts';
import { lineChart } from './chart.ts';

type Quality = z.input<typeof qualityReport>;
type DataQuality = z.input<typeof dataQuality>;

export const quality: Page = {
  id: 'quality',
  title: 'Quality',
  topics: ['quality', 'rollout'],
  async render() {
    const [{ days, findings }, data] = await Promise.all([get<Quality>('/v1/quality'), get<DataQuality>('/v1/data/quality').catch((): null => null)]);
    const labels = days.map((day) => day.day.slice(5));
    const main = days.map((day) => day.quality.toSorted((a, b) => b.flights - a.flights)[0]);
    const last = main.at(-1);
    const drift = days.at(-1)?.drift ?? [];
    return [
      figures(
        [last === undefined ? '–' : last.pinball.toFixed(2), 'pinball, minutes, 2 h ahead'],
        [last === undefined ? '–' : last.rule.toFixed(2), 'the rule on the same flights'],
        [last === undefined ? '–' : percent(last.skill), 'skill against the rule'],
        [last === undefined ? '–' : percent(last.coverage), 'inside the 80 % interval'],
        [String(days.reduce((sum, day) => sum + day.labels, 0)), 'labels'],
      ),
      h('div', { class: 'grid' },
        h('section', { class: 'panel' }, h('h2', {}, 'Realised quality'), days.length === 0 ? empty() : lineChart(labels, [
          { name: 'production', colour: 'var(--accent)', values: main.map((one) => one?.pinball ?? null) },
          { name: 'rule', colour: 'var(--blue)', values: main.map((one) => one?.rule ?? null) },
        ], { format: (value) => value.toFixed(1) })),
        h('section', { class: 'panel' }, h('h2', {}, 'Skill against the rule'), days.length === 0 ? empty() : lineChart(labels, [{ name: 'skill', colour: 'var(--good)', values: main.map((one) => one?.skill ?? null) }], { limit: 0, format: percent })),
        h('section', { class: 'panel' }, h('h2', {}, 'Label drift'), days.length === 0 ? empty() : lineChart(labels, [
          { name: 'PSI of departure delay', colour: 'var(--accent)', values: days.map((day) => day.labelDrift) },
        ], { limit: days.at(-1)?.labelDriftThreshold ?? undefined, format: (value) => value.toFixed(2) })),
        h('section', { class: 'panel' }, h('h2', {}, 'Input drift'), days.length === 0 ? empty() : lineChart(labels, [{ name: 'share of features beyond threshold', colour: 'var(--accent)', values: days.map((day) => day.drifting) }], { limit: 0.2, format: percent }),
          drift.length === 0 ? null : h('details', {}, h('summary', {}, 'features of the last day'), table(['feature', 'PSI', 'threshold'], drift.map((one) => [one.feature, one.value, one.threshold])))),
      ),
      h('section', { class: 'panel', style: 'margin-top:1rem' }, h('h2', {}, 'Findings'), findings.length === 0 ? h('p', { class: 'dim' }, 'None.') : table(['day', 'kind', 'about', 'value', 'threshold', ''], findings.toReversed().slice(0, 30).map((one) => [one.day, one.kind, one.about, one.value, one.threshold, h('span', {}, one.detail, one.retrain ? h('span', { class: 'chip warn' }, 'asks for retraining') : '')]))),
      h('section', { class: 'panel' }, h('h2', {}, 'By day'), table(['day', 'labels', 'cancelled', 'diverted', 'bundle', 'pinball', 'rule', 'P30 said', '30+ late'], days.toReversed().slice(0, 14).map((day) => {
        const one = day.quality.toSorted((a, b) => b.flights - a.flights)[0];
        return [day.day, day.labels, day.states.cancelled ?? 0, day.states.diverted ?? 0, h('span', { class: 'mono' }, short(one?.bundle ?? null)), one?.pinball ?? '–', one?.rule ?? '–', one?.expectedLate ?? '–', one?.late ?? '–'];
      }))),
      h('section', { class: 'panel' }, h('h2', {}, 'Cleaning'), ...(data?.quality === undefined || data.quality === null ? [h('p', { class: 'dim' }, 'No report yet.')] : data.quality.entities.map(cleaning))),
    ];
  },
};

function empty(): HTMLElement {
  return h('p', { class: 'dim' }, 'The first day is not over yet.');
}

function cleaning(entity: NonNullable<DataQuality['quality']>['entities'][number]): HTMLElement {
  return h('details', { open: entity.entity === 'flights' },
    h('summary', {}, `${entity.entity}: ${entity.read} rows read, ${entity.kept} kept, ${entity.quarantined} in quarantine`),
    table(['rule', 'severity', 'rows'], entity.rules.map((rule) => [rule.rule, rule.severity, rule.rows])));
}
