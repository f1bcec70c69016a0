import type { Context } from '../../lib/host/mod.ts';
import { currentMinute } from '../../lib/replay/mod.ts';

/** What the pages are told: only that something changed, and the clock; they fetch what they show. */
export interface Notice {
  readonly topic: 'clock' | 'alerts' | 'runs' | 'rollout' | 'quality';
  readonly now?: number;
}

/** Follows the streams and yields notices, until the signal aborts. Runs and rollouts are told at once, the rest with the clock. */
export async function* notices(context: Context, replay: string, signal: AbortSignal): AsyncGenerator<Notice> {
  // A page that is opened while the clock stands still wants to know where it stands.
  const now = await currentMinute(context.bus, replay).catch(() => null);
  const queue: Notice[] = now === null ? [] : [{ topic: 'clock', now }];
  let wake: (() => void) | undefined;
  const push = (notice: Notice): void => {
    if (!queue.some((waiting) => waiting.topic === notice.topic && notice.topic !== 'clock')) queue.push(notice);
    wake?.();
  };
  const follow = async (stream: 'ROTATIONS' | 'OUTCOMES' | 'CONTROL', subjects: string[], notice: (kind: string, now: number) => Notice): Promise<void> => {
    for await (const event of context.bus.follow(stream, { subjects, signal })) push(notice(event.kind, event.time));
  };
  const topics: Record<string, Notice['topic']> = { 'run.changed': 'runs', 'rollout.changed': 'rollout', 'finding.raised': 'quality' };
  const followers = Promise.allSettled([
    follow('ROTATIONS', [`clock.${replay}.>`], (_kind, now) => ({ topic: 'clock', now })),
    follow('OUTCOMES', [`alert.${replay}.>`], () => ({ topic: 'alerts' })),
    follow('CONTROL', [`finding.${replay}.>`, `run.${replay}.>`, `rollout.${replay}.>`], (kind) => ({ topic: topics[kind] ?? 'quality' })),
  ]);
  signal.addEventListener('abort', () => wake?.());
  while (!signal.aborted) {
    const next = queue.shift();
    if (next !== undefined) {
      yield next;
      continue;
    }
    await new Promise<void>((resolve) => {
      wake = resolve;
    });
  }
  await followers;
}
