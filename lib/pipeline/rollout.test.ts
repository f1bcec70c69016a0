import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rollout as schema, type Rollout } from '../events/mod.ts';
import { z } from 'zod';
import { operationalFault } from './guard.ts';
import { revisionName } from './ids.ts';
import { beginCanary, desiredTraffic, dropCanary, fateOf, nextRevision, promote, rollBack, startRollout } from './rollout.ts';
import { CANARY_MARGINS, judgeCanary, type CanaryDay } from './verdict.ts';

const release = (ordinal: number, since = 0) => ({ revision: revisionName(ordinal), bundle: `b${ordinal}`, run: `r-${ordinal}`, since });
const start = (): Rollout => startRollout('r', { ...release(1), bundle: 'rule', run: null }, 'first');

describe('rollout record', () => {
  it('keeps its promises on any path: traffic adds up, production changes only by promotion and rollback, names are never used twice', () => {
    const steps = fc.array(fc.constantFrom('canary', 'promote', 'drop', 'back'), { maxLength: 40 });
    fc.assert(fc.property(steps, (path) => {
      let record = start();
      let at = 0;
      const used = new Set([record.production.revision]);
      for (const step of path) {
        at += 1;
        const before = record;
        try {
          if (step === 'canary') {
            const next = release(nextRevision(record, []), at);
            record = beginCanary(record, next, { margin: 0, reason: 'x' });
            expect(used.has(next.revision)).toBe(false);
            used.add(next.revision);
          } else if (step === 'promote') record = promote(record, at, 'x');
          else if (step === 'drop') record = dropCanary(record, at, 'x');
          else record = rollBack(record, at, 'x');
        } catch (error) {
          expect(error).toMatchObject({ code: 'ROLLOUT_REFUSED' });
          expect(record).toBe(before);
          continue;
        }
        if (step === 'canary' || step === 'drop') expect(record.production).toEqual(before.production);
        const traffic = desiredTraffic(record);
        expect(traffic.reduce((sum, target) => sum + target.percent, 0)).toBe(100);
        expect(new Set(traffic.map((target) => target.revision)).size).toBe(traffic.length);
        expect(traffic.filter((target) => target.tag === 'production')).toHaveLength(1);
        expect(schema.parse(JSON.parse(JSON.stringify(z.encode(schema, record))))).toEqual(record);
      }
    }), { numRuns: 200 });
  });

  it('tells what became of a bundle', () => {
    let record = beginCanary(start(), release(2), { margin: 0, reason: 'try' });
    expect(fateOf(record, 'b9')).toBeNull();
    expect(fateOf(record, 'b2')?.state).toBe('canary');
    record = promote(record, 5, 'better');
    expect(fateOf(record, 'b2')).toEqual({ state: 'production', reason: 'better' });
    record = rollBack(record, 6, 'smells');
    expect(fateOf(record, 'b2')).toEqual({ state: 'rolled-back', reason: 'smells' });
    expect(record.production).toMatchObject({ bundle: 'rule', since: 6 });
    expect(record.previous).toBeNull();
  });

  it('numbers revisions after everything that exists', () => {
    expect(nextRevision(null, [])).toBe(1);
    expect(nextRevision(start(), ['predict-00007', 'staging-x', 'predict-zz'])).toBe(8);
  });
});

const day = (index: number, production: number, canary: number, disruption = false): CanaryDay =>
  ({ day: `2013-06-${String(10 + index).padStart(2, '0')}`, pairs: 800, production, canary, disruption });

describe('the verdict on a canary', () => {
  const first = { margin: CANARY_MARGINS.first, minimumDays: 6, maximumDays: 14 };
  const retrained = { margin: CANARY_MARGINS.retrained, minimumDays: 6, maximumDays: 14 };

  it('promotes a first model that is 30 % better, not before the minimum of days', () => {
    const days = Array.from({ length: 14 }, (_, index) => day(index, 7, 4.9));
    const judgement = judgeCanary(days, first);
    expect(judgement.verdict).toBe('promote');
    expect(judgement.evidence.length).toBeGreaterThanOrEqual(6);
    expect(judgement.evidence.length).toBeLessThanOrEqual(9);
    expect(judgeCanary(days.slice(0, 5), first).verdict).toBe('continue');
  });

  it('does not promote a model that is as good as the rule: production is kept after the maximum', () => {
    const judgement = judgeCanary(Array.from({ length: 20 }, (_, index) => day(index, 7, 6.9)), first);
    expect(judgement).toMatchObject({ verdict: 'roll-back', reason: expect.stringContaining('inconclusive') as string });
    expect(judgement.evidence).toHaveLength(14);
  });

  it('rolls back what is clearly worse before the minimum of days', () => {
    const judgement = judgeCanary(Array.from({ length: 14 }, (_, index) => day(index, 5, 9)), retrained);
    expect(judgement.verdict).toBe('roll-back');
    expect(judgement.evidence.length).toBeLessThanOrEqual(6);
  });

  it('a retrained model as good as production needs a disruption day', () => {
    const calm = Array.from({ length: 14 }, (_, index) => day(index, 5, 4.95));
    expect(judgeCanary(calm, retrained).verdict).toBe('roll-back');
    expect(judgeCanary(calm.map((one, index) => ({ ...one, disruption: index === 2 })), retrained).verdict).toBe('promote');
  });

  it('what comes after the deciding day changes nothing, and thin days do not count', () => {
    const days = Array.from({ length: 10 }, (_, index) => day(index, 7, 4.5));
    const decided = judgeCanary(days, first);
    expect(judgeCanary([...days, day(10, 1, 50), day(11, 1, 50)], first)).toEqual(decided);
    expect(judgeCanary(days.map((one) => ({ ...one, pairs: 3 })), first)).toMatchObject({ verdict: 'continue', evidence: [] });
  });
});

describe('operational guard', () => {
  const fine = { requests: 1000, errors: 0, restarts: 0, p99: 20 };
  it('says nothing of a healthy canary, nor of a single failure', () => {
    expect(operationalFault(fine, fine)).toBeNull();
    expect(operationalFault({ ...fine, requests: 5, errors: 1 }, fine)).toBeNull();
    expect(operationalFault({ ...fine, errors: 50 }, { ...fine, errors: 49 })).toBeNull();
  });
  it('sees errors, slowness and restarts', () => {
    expect(operationalFault({ ...fine, requests: 100, errors: 3 }, fine)).toMatch(/3 of 100/);
    expect(operationalFault({ ...fine, p99: 300 }, fine)).toMatch(/p99 300/);
    expect(operationalFault({ ...fine, p99: 300 }, { ...fine, p99: 80 })).toBeNull();
    expect(operationalFault({ ...fine, restarts: 3 }, fine)).toMatch(/restarted 3/);
  });
});
