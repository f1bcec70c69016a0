import type { z } from 'zod';
import type { alertList, feedbackList } from '../../../lib/api/mod.ts';
import { clock, figures, get, h, percent, post, signed } from './api.ts';
import type { Page } from './page.ts';

type Alerts = z.input<typeof alertList>;
type Alert = Alerts['alerts'][number];
type Feedback = z.input<typeof feedbackList>['feedback'][number];

const VERDICTS: readonly [Feedback['verdict'], string][] = [['useful', 'Useful'], ['acted', 'Acted on it'], ['not-useful', 'Not useful'], ['wrong', 'Wrong']];
let everything = false;

export const alerts: Page = {
  id: 'alerts',
  title: 'Alerts',
  topics: ['alerts', 'clock'],
  async render() {
    const [{ alerts: list, budget }, { feedback }] = await Promise.all([
      get<Alerts>(`/v1/alerts?status=${everything ? 'all' : 'open'}`),
      get<{ feedback: Feedback[] }>('/v1/feedback'),
    ]);
    const said = new Map(feedback.map((one) => [one.alert, one]));
    const open = list.filter((alert) => alert.status === 'open');
    return [
      figures([String(open.length), 'open'], [percent(budget), "of a day's rotations may be alerted"], [open[0] === undefined ? '–' : clock(open[0].actBy), 'next to act by'], [String(feedback.length), 'verdicts given']),
      h('div', { class: 'bar' }, h('button', { class: 'plain', click: () => { everything = !everything; dispatchEvent(new Event('downline:refresh')); } }, everything ? 'open and cleared' : 'open only')),
      ...(list.length === 0 ? [h('p', { class: 'empty' }, 'Nothing to act on. Alerts appear when a departure is likely to leave 30 or more minutes late and the budget allows.')] : (everything ? list.toReversed() : list).slice(0, 80).map((alert) => card(alert, said.get(alert.id)))),
    ];
  },
};

function card(alert: Alert, given: Feedback | undefined): HTMLElement {
  const [, carrier, number, origin, destination] = alert.flight.split(/[.]/);
  return h('article', { class: `panel alert ${alert.status} ${alert.p30 >= 0.6 ? 'high' : ''}`, 'data-alert': alert.id },
    h('div', {},
      h('h2', {}, `${carrier}${number} ${origin}–${destination} `, h('span', { class: 'dim mono' }, alert.tail ?? 'no aircraft'), ' ', alert.status === 'cleared' ? h('span', { class: 'chip' }, `cleared: ${alert.cleared}`) : null),
      h('div', {}, `${percent(alert.p30)} to leave 30+ min late; expected ${signed(alert.median)} min, up to ${signed(alert.upper)}. Scheduled ${clock(alert.scheduledOff)}, ${alert.day}.`),
      h('ul', {}, ...alert.reasons.map((reason) => h('li', {}, reason))),
    ),
    h('div', { class: 'act' }, h('span', { class: 'dim' }, 'act by'), h('br'), h('b', {}, clock(alert.actBy)), h('br'), h('span', { class: 'dim' }, `raised ${clock(alert.raisedAt)}`)),
    h('div', { class: 'buttons' }, ...(given === undefined
      ? VERDICTS.map(([verdict, text]) => h('button', { class: 'plain', 'data-verdict': verdict, click: () => void say(alert, verdict) }, text))
      : [h('span', { class: 'chip good' }, `${given.by}: ${given.verdict}`)])),
  );
}

async function say(alert: Alert, verdict: Feedback['verdict']): Promise<void> {
  await post('/v1/feedback', { id: `board-${alert.flight}`, by: 'board', alert: alert.id, receipt: alert.receipt, verdict });
  dispatchEvent(new Event('downline:refresh'));
}
