import type { z } from 'zod';
import type { runList } from '../../../lib/api/mod.ts';
import { get, h, post, short, table } from './api.ts';
import type { Page } from './page.ts';

type Run = z.input<typeof runList>['runs'][number];

const STAGES = ['requested', 'dataset', 'training', 'evaluating', 'registered', 'packaging', 'staging', 'load-testing', 'canary', 'production'];

export const runs: Page = {
  id: 'runs',
  title: 'Runs',
  topics: ['runs'],
  async render() {
    const { runs: list } = await get<z.input<typeof runList>>('/v1/runs');
    const active = list.some((run) => !['production', 'rejected', 'rolled-back', 'failed'].includes(run.stage));
    return [
      h('div', { class: 'bar' }, h('button', { class: 'plain', id: 'retrain', disabled: active, click: () => void retrain() }, 'Retrain now'), h('span', { class: 'dim' }, active ? 'a run is under way' : '')),
      ...(list.length === 0 ? [h('p', { class: 'empty' }, 'No run yet. The first one starts by itself once a day of labels has been resolved.')] : list.map(card)),
    ];
  },
};

function card(run: Run): HTMLElement {
  const bad = ['rejected', 'rolled-back', 'failed'].includes(run.stage);
  return h('article', { class: 'panel', 'data-run': run.id },
    h('h2', {}, `${run.id} `, h('span', { class: `chip ${run.stage === 'production' ? 'good' : bad ? 'bad' : 'warn'}` }, run.stage)),
    h('div', { class: 'dim' }, `${run.trigger.kind}: ${run.trigger.reason}`, run.reason === null ? '' : h('span', { class: bad ? 'bad' : '' }, ` · ${run.reason}`)),
    h('div', { class: 'stages' }, ...STAGES.map((name) => stage(run, name)), ...(bad ? [h('div', { class: 'stage failed' }, run.stage)] : [])),
    h('div', { class: 'mono dim' }, `${run.dataset ?? 'dataset –'} · bundle ${short(run.bundle)} · release ${short(run.release)} · MLflow ${run.mlflowRun ?? '–'} · Ray ${run.job ?? '–'}`),
    run.gates.length === 0 ? h('span') : h('details', { open: bad }, h('summary', {}, `${run.gates.filter((gate) => gate.passed).length} of ${run.gates.length} gates passed`),
      table(['gate', 'stage', 'measured', 'limit', 'unit', '', 'evidence'], run.gates.map((gate) => [gate.name, gate.stage, gate.measured, gate.limit, gate.unit, h('span', { class: `chip ${gate.passed ? 'good' : 'bad'}` }, gate.passed ? 'passed' : 'failed'), gate.evidence]))),
  );
}

function stage(run: Run, name: string): HTMLElement {
  const record = run.stages.findLast((one) => one.name === name);
  const active = record !== undefined && record.endedAt === null;
  const seconds = record === undefined ? null : ((record.endedAt === null ? Date.now() : Date.parse(record.endedAt)) - Date.parse(record.startedAt)) / 1000;
  const text = seconds === null ? name : `${name} ${seconds < 90 ? `${seconds.toFixed(0)} s` : `${(seconds / 60).toFixed(1)} min`}`;
  return h('div', { class: `stage ${record === undefined ? '' : active ? 'active' : 'done'}`, title: record?.detail ?? '' }, text, active && record.detail !== '' ? h('span', { class: 'dim' }, ` ${record.detail}`) : null, active && record.progress !== null ? h('i', { style: `width:${record.progress * 100}%` }) : null);
}

async function retrain(): Promise<void> {
  await post('/v1/runs', { reason: 'from the dashboard' });
  dispatchEvent(new Event('downline:refresh'));
}
