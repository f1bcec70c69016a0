import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseMinute } from '../events/mod.ts';
import { closesAt, COOLDOWN, lastSchedule, shouldStart, type Situation } from './trigger.ts';

const minute = parseMinute;
const base: Situation = { now: minute('2013-06-12T09:00Z'), lastRun: null, learned: false, labelledDays: ['2013-06-10'], finding: null };
const days = (from: number, count: number): string[] => Array.from({ length: count }, (_, index) => `2013-06-${String(from + index).padStart(2, '0')}`);
const finding = { kind: 'quality' as const, about: 'skill', value: 0.1, threshold: 0.2, at: minute('2013-06-26T09:00Z') };

describe('when a run starts by itself', () => {
  it('without a learned model as soon as one day is labelled', () => {
    expect(shouldStart(base)).toMatchObject({ kind: 'condition', reason: expect.stringContaining('first learned model') as string });
    expect(shouldStart({ ...base, labelledDays: [] })).toBeNull();
  });

  it('never beside an active run', () => {
    fc.assert(fc.property(fc.constantFrom('requested', 'training', 'canary', 'load-testing' as const), fc.boolean(), (stage, learned) => {
      expect(shouldStart({ ...base, learned, labelledDays: days(10, 20), finding, lastRun: { stage: stage as 'training', requestedAt: 0 } })).toBeNull();
    }));
  });

  it('again after a rejection only when the cooldown is over', () => {
    const lastRun = { stage: 'rejected' as const, requestedAt: base.now };
    expect(shouldStart({ ...base, lastRun, now: base.now + COOLDOWN - 1 })).toBeNull();
    expect(shouldStart({ ...base, lastRun, now: base.now + COOLDOWN })).not.toBeNull();
  });

  it('for a finding with new labelled days, after the cooldown, once', () => {
    const lastRun = { stage: 'production' as const, requestedAt: minute('2013-06-19T09:00Z') };
    const situation: Situation = { now: finding.at, lastRun, learned: true, labelledDays: days(10, 16), finding };
    expect(shouldStart(situation)).toMatchObject({ kind: 'condition', by: 'monitor' });
    expect(shouldStart({ ...situation, labelledDays: days(10, 9) })).toBeNull();
    const cooling = { ...situation, lastRun: { ...lastRun, requestedAt: finding.at - COOLDOWN + 1 } };
    expect(shouldStart(cooling)?.by).not.toBe('monitor');
    expect(shouldStart({ ...situation, finding: { ...finding, at: lastRun.requestedAt }, now: minute('2013-06-23T09:00Z') })).toBeNull();
  });

  it('weekly, and a missed week is made up for once', () => {
    const lastRun = { stage: 'production' as const, requestedAt: minute('2013-06-12T09:00Z') };
    const late: Situation = { now: minute('2013-06-20T03:15Z'), lastRun, learned: true, labelledDays: days(10, 9), finding: null };
    expect(shouldStart(late)).toMatchObject({ kind: 'schedule' });
    expect(shouldStart({ ...late, lastRun: { ...lastRun, requestedAt: late.now } })).toBeNull();
    expect(shouldStart({ ...late, now: minute('2013-06-17T08:59Z') })).toBeNull();
  });

  it('schedules fire on Mondays at 09:00Z', () => {
    fc.assert(fc.property(fc.integer({ min: -20_000_000, max: 40_000_000 }), (now) => {
      const fired = lastSchedule(now);
      expect(now - fired).toBeGreaterThanOrEqual(0);
      expect(now - fired).toBeLessThan(7 * 24 * 60);
      expect(new Date(fired * 60_000).toUTCString()).toMatch(/^Mon.* 09:00:00 GMT$/);
    }));
    expect(closesAt('2013-06-10')).toBe(minute('2013-06-11T09:00Z'));
  });
});
