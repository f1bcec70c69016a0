import { alerts } from './alerts.ts';
import { h } from './api.ts';
import { board } from './board.ts';
import { models } from './models.ts';
import type { Page } from './page.ts';
import { quality } from './quality.ts';
import { rollout } from './rollout.ts';
import { runs } from './runs.ts';

const PAGES: readonly Page[] = [board, alerts, rollout, runs, models, quality];
/** Fetch at most so often, however fast the simulated clock goes. */
const PAUSE_MS = 1000;

const tabs = document.getElementById('tabs')!;
const main = document.getElementById('page')!;
const clock = document.getElementById('clock')!;
const problem = document.getElementById('problem')!;
let active: Page = PAGES[0]!;
let busy = false;
let stale = false;

for (const page of PAGES) {
  tabs.append(h('button', { role: 'tab', id: `tab-${page.id}`, click: () => { location.hash = page.id; } }, page.title));
}
addEventListener('hashchange', open);
open();

function open(): void {
  active = PAGES.find((page) => page.id === location.hash.slice(1)) ?? PAGES[0]!;
  for (const page of PAGES) document.getElementById(`tab-${page.id}`)!.setAttribute('aria-selected', String(page === active));
  main.replaceChildren(h('p', { class: 'empty' }, 'loading…'));
  void refresh();
}

/** Shows the active page anew; calls in between are folded into one more. Keeps the focus and what is being typed. */
async function refresh(): Promise<void> {
  stale = true;
  if (busy) return;
  busy = true;
  while (stale) {
    stale = false;
    const page = active;
    try {
      const nodes = await page.render();
      const typing = main.contains(document.activeElement) && document.activeElement instanceof HTMLInputElement;
      if (page === active && !typing) main.replaceChildren(...nodes);
      tell(null);
    } catch (error) {
      tell(error instanceof Error ? error.message : String(error));
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  busy = false;
}

function tell(message: string | null): void {
  problem.hidden = message === null;
  problem.textContent = message ?? '';
}

addEventListener('downline:refresh', () => void refresh());
const stream = new EventSource('/v1/stream');
stream.addEventListener('clock', (event) => {
  const { now } = JSON.parse((event as MessageEvent<string>).data) as { now: string };
  clock.textContent = now.replace('T', ' ');
});
for (const topic of ['clock', 'alerts', 'runs', 'rollout', 'quality']) {
  stream.addEventListener(topic, () => {
    if (active.topics.includes(topic)) void refresh();
  });
}
stream.addEventListener('error', () => tell('The connection is lost; trying again.'));
stream.addEventListener('open', () => void refresh());
