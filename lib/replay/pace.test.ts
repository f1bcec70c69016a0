import { describe, expect, test } from 'vitest';
import { Pace, type RealTime } from './pace.ts';

/** Real time that passes only in sleeps; `at` plans what happens then. */
function fakeTime(at: Record<number, () => void> = {}): RealTime & { milliseconds: number } {
  return {
    milliseconds: 0,
    now() { return this.milliseconds; },
    sleep(milliseconds, signal) {
      const end = this.milliseconds + milliseconds;
      const next = Object.keys(at).map(Number).filter((time) => time > this.milliseconds && time <= end).sort((a, b) => a - b)[0];
      this.milliseconds = next ?? end;
      if (next !== undefined) at[next]!();
      // Nothing planned ends the sleep early: a real sleeper would go on.
      if (next !== undefined && !signal.aborted) return this.sleep(end - next, signal);
      return Promise.resolve();
    },
  };
}

const never = new AbortController().signal;

describe('pace', () => {
  test('maps simulated minutes to real time', async () => {
    const time = fakeTime();
    const pace = new Pace(60, time);
    await pace.until(100, never);
    await pace.until(115, never);
    expect(time.milliseconds).toBe(15_000);
    expect(pace.early(116)).toBe(true);
    expect(pace.early(115)).toBe(false);
  });

  test('never waits at speed 0', async () => {
    const time = fakeTime();
    const pace = new Pace(0, time);
    await pace.until(0, never);
    await pace.until(1e9, never);
    expect(time.milliseconds).toBe(0);
  });

  test('a change of speed counts from its moment on', async () => {
    const time = fakeTime({ 5_000: () => pace.set({ speed: 120 }) });
    const pace: Pace = new Pace(60, time);
    await pace.until(0, never);
    await pace.until(10, never);
    // Waiting began anew at the change: the minute asked for is due then.
    expect(time.milliseconds).toBe(5_000);
    await pace.until(20, never);
    expect(time.milliseconds).toBe(10_000);
  });

  test('stands still while paused, and goes on without catching up', async () => {
    const time = fakeTime({ 1_000: () => pace.set({ paused: true }), 90_000: () => pace.set({ paused: false }) });
    const pace: Pace = new Pace(60, time);
    await pace.until(0, never);
    await pace.until(10, never);
    expect(time.milliseconds).toBe(90_000);
    await pace.until(11, never);
    expect(time.milliseconds).toBe(91_000);
  });

  test('gives up time that it cannot make good', async () => {
    const time = fakeTime();
    const pace = new Pace(60, time);
    await pace.until(0, never);
    time.milliseconds = 60_000;
    await pace.until(1, never);
    expect(pace.lag).toBe(59_000);
    await pace.until(2, never);
    expect(time.milliseconds).toBe(61_000);
  });

  test('ends at once when stopped', async () => {
    const time = fakeTime();
    const stop = AbortSignal.abort();
    const pace = new Pace(1, time);
    await pace.until(0, never);
    await pace.until(1_000_000, stop);
    expect(time.milliseconds).toBe(0);
  });
});
