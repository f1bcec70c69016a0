import { describe, expect, it } from 'vitest';
import { createJudge, createRandom, normalFrom, type JudgeOptions, type Verdict } from './mod.ts';

const options: JudgeOptions = { margin: 0, alpha: 0.05, clip: 0.3, minimumDays: 3 };
const dayOf = (index: number): string => new Date(Date.UTC(2013, 5, 1 + index)).toISOString().slice(0, 10);

/** The first verdict over daily looks, and its day. */
function live(judge: JudgeOptions, difference: (day: number) => number, days: number): { verdict: Verdict; days: number } {
  const one = createJudge(judge);
  for (let day = 0; day < days; day += 1) {
    one.observe({ day: dayOf(day), production: 8, canary: 8 * (1 + difference(day)), disruption: day % 3 === 0 });
    if (one.decision() !== 'inconclusive') return { verdict: one.decision(), days: day + 1 };
  }
  return { verdict: 'inconclusive', days };
}

describe('judge', () => {
  it('sees 30 % within 6 days, either way', () => {
    expect(live(options, () => -0.3, 30)).toEqual({ verdict: 'better', days: 6 });
    expect(live(options, () => 0.3, 30)).toEqual({ verdict: 'worse', days: 6 });
    const random = createRandom(5);
    expect(live(options, () => -0.3 + 0.05 * normalFrom(random), 30).days).toBeLessThanOrEqual(8);
  });

  it('holds its error rates under daily looks (2,000 A/A canaries of 28 days)', () => {
    const random = createRandom(1);
    const verdicts = Array.from({ length: 2000 }, () => live(options, () => 0.12 * normalFrom(random), 28).verdict);
    const share = (verdict: Verdict): number => verdicts.filter((one) => one === verdict).length / verdicts.length;
    // Ville's inequality bounds each by 0.05; the sampling error of a share of 0.05 is 0.005.
    expect(share('better')).toBeLessThan(0.055);
    expect(share('worse')).toBeLessThan(0.055);
    expect(share('better') + share('worse')).toBeGreaterThan(0);
  });

  it('holds at the edge of a non-inferiority margin, and passes an equal canary in time', () => {
    const random = createRandom(2);
    const tolerant = { ...options, margin: -0.1 };
    const wrong = Array.from({ length: 1000 }, () => live(tolerant, () => 0.1 + 0.05 * normalFrom(random), 28).verdict);
    expect(wrong.filter((one) => one === 'better').length / 1000).toBeLessThan(0.06);
    const equal = Array.from({ length: 100 }, () => live(tolerant, () => 0.05 * normalFrom(random), 60).verdict);
    expect(equal.filter((one) => one === 'better').length).toBeGreaterThan(80);
    expect(equal).not.toContain('worse');
  });

  it('does not promote without disruption days, but rolls back without them', () => {
    const demanding = { ...options, disruptionDays: 4 };
    expect(live(demanding, () => -0.3, 30)).toEqual({ verdict: 'better', days: 10 });
    expect(live({ ...demanding, minimumDays: 20 }, () => 0.3, 30).verdict).toBe('worse');
  });

  it('goes on from its state through JSON as if it had not stopped, and passes repeated days over', () => {
    const whole = createJudge(options);
    let resumed = createJudge(options);
    const random = createRandom(3);
    for (let day = 0; day < 12; day += 1) {
      const seen = { day: dayOf(day), production: 5, canary: 5 + normalFrom(random), disruption: false };
      const answer = whole.observe(seen);
      expect(whole.observe(seen)).toEqual(answer);
      expect(whole.observe({ ...seen, day: dayOf(0), canary: 50 })).toMatchObject({ logBetter: answer.logBetter, logWorse: answer.logWorse });
      resumed = createJudge(options, JSON.parse(JSON.stringify(resumed.state())) as ReturnType<typeof whole.state>);
      expect(resumed.observe(seen)).toEqual(answer);
    }
    expect(resumed.state()).toEqual(whole.state());
  });

  it('survives the worst single days and refuses nonsense', () => {
    const judge = createJudge(options);
    judge.observe({ day: dayOf(0), production: 0, canary: 1e300, disruption: false });
    const answer = judge.observe({ day: dayOf(1), production: 1e300, canary: 0, disruption: false });
    expect(Number.isFinite(answer.logBetter) && Number.isFinite(answer.logWorse)).toBe(true);
    expect(judge.observe({ day: dayOf(2), production: 0, canary: 0, disruption: false }).difference).toBe(0);
    expect(() => judge.observe({ day: dayOf(3), production: Number.NaN, canary: 1, disruption: false })).toThrow(RangeError);
    expect(() => judge.observe({ day: dayOf(3), production: -1, canary: 1, disruption: false })).toThrow(RangeError);
    expect(() => createJudge({ ...options, clip: 0 })).toThrow(RangeError);
    expect(() => createJudge({ ...options, margin: 0.4 })).toThrow(RangeError);
    expect(() => createJudge({ ...options, alpha: 0 })).toThrow(RangeError);
    expect(() => createJudge(options, { ...judge.state(), better: [] })).toThrow(RangeError);
  });
});
