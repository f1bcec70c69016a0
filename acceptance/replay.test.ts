import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { digestsOf } from './digest.ts';
import { Downline } from './downline.ts';

// A day, a bit of history and no training keep these short.
const SPAN = ['--from', '2013-06-10', '--to', '2013-06-10', '--no-training'] as const;
const HISTORY = { DOWNLINE_HISTORY_FROM: '2013-06-03' };
const SUBJECTS = {
  ROTATIONS: 'rotation.>', PREDICTIONS: 'prediction.*.production.event.>', OUTCOMES: 'label.>',
} as const;
const lives: Downline[] = [];

afterEach(async () => {
  for (const life of lives.splice(0)) await life.remove();
});

/** Lives the day to its end, disturbed in the middle as told; gives the digests of what it said. */
async function live(speed: string, disturb?: (downline: Downline) => Promise<void>): Promise<Record<string, string>> {
  const downline = new Downline(HISTORY);
  lives.push(downline);
  await downline.up(...SPAN, '--speed', speed);
  await disturb?.(downline);
  await downline.until(8, () => Promise.resolve(downline.replayStatus === 'finished'));
  const digests = await digestsOf(downline.home, { ...SUBJECTS });
  const alerts = await digestsOf(downline.home, { OUTCOMES: 'alert.>' });
  await downline.remove();
  return { ...digests, ...alerts };
}

it('the same days at two speeds, and with processes killed in the middle, say the same', async () => {
  const undisturbed = await live('0');
  expect(Object.keys(undisturbed).every((name) => name.endsWith('some'))).toBe(true);
  expect(await live('20000')).toEqual(undisturbed);
  const killed = await live('0', async (downline) => {
    const started = async (share: number): Promise<void> => downline.until(4, async () => (await downline.get<{ now: string }>('/v1/board')).now >= `2013-06-10T${String(share).padStart(2, '0')}:00Z`);
    await started(11);
    process.kill(downline.pid('nats'), 'SIGKILL');
    await sleep(3_000);
    await started(13);
    process.kill(downline.pid('s3'), 'SIGKILL');
    await started(15);
    process.kill(downline.pid('predict-00001'), 'SIGKILL');
    await started(17);
    await downline.end('SIGKILL');
    await downline.up(...SPAN, '--speed', '0');
  });
  expect(killed).toEqual(undisturbed);
}, 25 * 60_000);
