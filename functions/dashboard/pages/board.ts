import type { z } from 'zod';
import type { boardAnswer } from '../../../lib/api/mod.ts';
import { clock, figures, get, h, percent, signed } from './api.ts';
import type { Page } from './page.ts';

type Board = z.input<typeof boardAnswer>;
type Rotation = Board['rotations'][number];
type Leg = Rotation['legs'][number];

/** The board shows 04:00Z of the day to 12:00Z of the next: New York's day. */
const FIRST_HOUR = 8;
const HOURS = 24;
const ROWS = 60;
let search = '';
let order: 'risk' | 'time' = 'risk';
let all = false;

export const board: Page = {
  id: 'board',
  title: 'Board',
  topics: ['clock'],
  async render() {
    const data = await get<Board>('/v1/board');
    const start = Date.parse(`${data.day}T00:00Z`) / 60_000 + FIRST_HOUR * 60;
    const now = Date.parse(data.now) / 60_000;
    const wanted = data.rotations.filter((rotation) => matches(rotation, search) && (all || search !== '' || rotation.legs.length > 1 || riskOf(rotation) > 0.3));
    if (order === 'risk') wanted.sort((a, b) => riskOf(b) - riskOf(a));
    const legs = data.rotations.flatMap((rotation) => rotation.legs);
    const open = legs.filter((leg) => leg.status === 'scheduled');
    return [
      figures(
        [String(data.rotations.length), 'rotations'],
        [`${legs.filter((leg) => leg.status === 'arrived' || leg.status === 'departed').length} / ${legs.length}`, 'legs left'],
        [String(legs.filter((leg) => (leg.departureDelay ?? 0) >= 30).length), 'left 30+ min late'],
        [String(Math.round(open.reduce((sum, leg) => sum + (leg.expected?.p30 ?? 0), 0))), 'more expected 30+ late'],
        [String(legs.filter((leg) => leg.status === 'cancelled').length), 'cancelled'],
      ),
      h('div', { class: 'bar' },
        input(),
        h('button', { class: 'plain', click: () => { order = order === 'risk' ? 'time' : 'risk'; again(); } }, order === 'risk' ? 'by risk' : 'by time'),
        h('button', { class: 'plain', click: () => { all = !all; again(); } }, all ? 'all rotations' : 'several legs or at risk'),
        h('span', { class: 'dim' }, `${data.day} · ${Math.min(wanted.length, ROWS)} of ${data.rotations.length}`),
      ),
      legend(),
      h('section', { class: 'panel timeline', 'aria-label': 'Rotations' }, head(), ...wanted.slice(0, ROWS).map((rotation) => row(rotation, start, now))),
    ];
  },
};

function again(): void {
  dispatchEvent(new Event('downline:refresh'));
}

function input(): HTMLElement {
  const field = h('input', { type: 'search', placeholder: 'tail, flight or airport', 'aria-label': 'Search', value: search }) as HTMLInputElement;
  field.addEventListener('change', () => {
    search = field.value.trim().toUpperCase();
    field.blur();
    again();
  });
  return field;
}

function legend(): HTMLElement {
  const item = (style: string, text: string): HTMLElement => h('span', {}, h('i', { style }), text);
  return h('div', { class: 'legend' },
    item('background:var(--blue)', 'scheduled'), item('background:var(--good)', 'left'), item('background:var(--bad)', 'left 15+ min late'),
    item('background:repeating-linear-gradient(45deg,transparent 0 4px,var(--dim) 4px 6px)', 'cancelled'),
    item('background:var(--dim);height:.22rem', 'departure expected (10–90 %), red: 30+ min likely'));
}

function head(): HTMLElement {
  const hours = Array.from({ length: 8 }, (_, index) => h('span', { style: `left:${(index / 8) * 100}%` }, `${String((FIRST_HOUR + (index * HOURS) / 8) % 24).padStart(2, '0')}Z`));
  return h('div', { class: 'rotation head' }, h('div', {}, 'aircraft'), h('div', { class: 'track' }, ...hours), h('div', { class: 'number' }, 'P(30+)'));
}

function row(rotation: Rotation, start: number, now: number): HTMLElement {
  const x = (minute: number): number => Math.max(0, Math.min(100, ((minute - start) / (HOURS * 60)) * 100));
  const marks = rotation.legs.flatMap((leg) => draw(leg, x));
  const risk = riskOf(rotation);
  return h('div', { class: 'rotation' },
    h('div', { class: 'tail' }, rotation.tail ?? rotation.legs[0]!.carrier + String(rotation.legs[0]!.number), h('small', {}, rotation.tail === null ? 'no aircraft yet' : rotation.legs.map((leg) => leg.destination).join(' ')), rotation.degraded === null ? null : h('small', { class: 'warn' }, `rule: ${rotation.degraded}`)),
    h('div', { class: 'track' }, ...marks, h('i', { class: 'now', style: `left:${x(now)}%` })),
    h('div', { class: `number ${risk >= 0.5 ? 'bad' : risk >= 0.25 ? 'warn' : 'dim'}` }, rotation.legs.some((leg) => leg.expected !== null) ? percent(risk) : ''),
  );
}

function draw(leg: Leg, x: (minute: number) => number): HTMLElement[] {
  const off = Date.parse(leg.scheduledOff) / 60_000;
  const on = Date.parse(leg.scheduledOn) / 60_000;
  const delay = leg.departureDelay ?? 0;
  const late = delay >= 15 ? ' late' : '';
  const what = [
    `${leg.carrier}${leg.number} ${leg.origin}–${leg.destination} ${clock(leg.scheduledOff)}–${clock(leg.scheduledOn)}, ${leg.status}`,
    leg.departureDelay === null ? null : `left ${signed(leg.departureDelay)} min`,
    leg.arrivalDelay === null ? null : `arrived ${signed(leg.arrivalDelay)} min`,
    leg.expected === null ? null : `expected ${signed(leg.expected.median)} (${signed(leg.expected.low)} to ${signed(leg.expected.high)}), 30+ ${percent(leg.expected.p30)}, cancelled ${percent(leg.expected.cancellation)}; rule ${signed(leg.rule)}`,
  ].filter(Boolean).join('\n');
  const from = off + delay;
  const parts = [h('div', { class: `leg ${leg.status}${late}`, style: `left:${x(from)}%;width:${Math.max(0.3, x(on + (leg.arrivalDelay ?? delay)) - x(from))}%`, title: what }, h('span', {}, leg.destination))];
  if (leg.expected !== null) {
    const { low, median, high, p30 } = leg.expected;
    parts.push(h('i', { class: `whisker ${p30 >= 0.5 ? 'risk' : p30 >= 0.25 ? 'some' : ''}`, style: `left:${x(off + low)}%;width:${x(off + high) - x(off + low)}%` }));
    parts.push(h('i', { class: 'median', style: `left:${x(off + median)}%` }));
  }
  return parts;
}

function riskOf(rotation: Rotation): number {
  return Math.max(0, ...rotation.legs.map((leg) => leg.expected?.p30 ?? 0));
}

function matches(rotation: Rotation, text: string): boolean {
  if (text === '') return true;
  return [rotation.tail ?? '', ...rotation.legs.flatMap((leg) => [leg.carrier + String(leg.number), leg.origin, leg.destination])].some((one) => one.includes(text));
}
