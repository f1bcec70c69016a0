import type { z } from 'zod';
import type { modelList } from '../../../lib/api/mod.ts';
import { get, h, percent, short, table } from './api.ts';
import type { Page } from './app.ts';

type Model = z.input<typeof modelList>['models'][number];

export const models: Page = {
  id: 'models',
  title: 'Models',
  topics: ['runs', 'rollout'],
  async render() {
    const { models: list } = await get<z.input<typeof modelList>>('/v1/models');
    if (list.length === 0) return [h('p', { class: 'empty' }, 'No model has been evaluated yet; the rule of thumb serves.')];
    return [
      h('section', { class: 'panel' }, h('h2', {}, 'Models against the rule, on held-out days'),
        table(['run', 'bundle', 'stage', 'pinball', 'rule', 'less loss', '95 % interval of the difference', 'flights'], list.map((model) => [
          model.run, h('span', { class: 'mono' }, short(model.bundle)), h('span', { class: 'chip' }, model.stage), model.pinball, model.rulePinball, percent(1 - model.pinball / model.rulePinball),
          `${model.interval[0].toFixed(2)} to ${model.interval[1].toFixed(2)} min`, model.rows,
        ]))),
      ...list.slice(0, 1).map(slices),
    ];
  },
};

function slices(model: Model): HTMLElement {
  return h('section', { class: 'panel' }, h('h2', {}, `Slices of ${model.run}`), table(['slice', 'value', 'rows', 'pinball', 'rule', 'difference', 'interval'], model.slices.map((slice) => [
    slice.slice, slice.value, slice.rows, slice.pinball, slice.rulePinball, h('span', { class: slice.interval[1] < 0 ? 'good' : slice.interval[0] > 0 ? 'bad' : 'dim' }, (slice.pinball - slice.rulePinball).toFixed(2)), `${slice.interval[0].toFixed(2)} to ${slice.interval[1].toFixed(2)}`,
  ])));
}
