import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ENDS, run as runSchema, STAGES, type Gate, type Run, type Stage } from '../events/mod.ts';
import { advance, isEnd, newRun, TRANSITIONS, type Outcome } from './machine.ts';

const AT = '2026-01-01T00:00:00.000Z';
const start = (ignoreGates = false): Run => newRun({
  id: 'r-0001', replay: 'r', requestedAt: 100, champion: 'rule',
  trigger: { kind: 'manual', by: 'test', reason: 'because' }, sabotage: { shuffleLabels: false, ignoreGates },
}, AT);
const gate = (stage: Stage, passed: boolean, name = 'g'): Gate => ({ name, stage, passed, measured: 1, limit: 2, unit: 'minutes', evidence: 'e' });

/** The record as it comes back from the KV bucket. */
const stored = (run: Run): Run => runSchema.parse(JSON.parse(JSON.stringify(z.encode(runSchema, run))));

const anyOutcome: fc.Arbitrary<Outcome> = fc.oneof(
  fc.record({ kind: fc.constant('waiting' as const), detail: fc.string(), retried: fc.boolean() }),
  fc.record({ kind: fc.constant('done' as const), detail: fc.string() }),
  fc.record({ kind: fc.constant('failed' as const), reason: fc.string({ minLength: 1 }) }),
  fc.record({ kind: fc.constant('rolled-back' as const), reason: fc.string({ minLength: 1 }) }),
);
const tryAdvance = (run: Run, outcome: Outcome): Run => {
  try { return advance(run, outcome, AT); } catch { return run; }
};

describe('state machine of a run', () => {
  it('reaches production through every stage in order', () => {
    let run = start();
    const seen: Stage[] = [run.stage];
    while (!isEnd(run.stage)) {
      run = advance(run, { kind: 'done', detail: 'ok' }, AT);
      seen.push(run.stage);
    }
    expect(seen).toEqual([...STAGES]);
    expect(run.stages.map((stage) => stage.endedAt)).not.toContain(null);
  });

  it('has a way to an end from every stage, and none out of an end', () => {
    const reaches = (stage: Stage): boolean => isEnd(stage) || TRANSITIONS[stage].some(reaches);
    for (const stage of Object.keys(TRANSITIONS) as Stage[]) {
      expect(reaches(stage)).toBe(true);
      expect(TRANSITIONS[stage].length === 0).toBe((ENDS as readonly Stage[]).includes(stage));
    }
  });

  it('ends on any path of outcomes that contains enough ends of stages, and the record stays valid', () => {
    fc.assert(fc.property(fc.array(anyOutcome, { maxLength: 30 }), (outcomes) => {
      let run = start();
      for (const outcome of outcomes) {
        const after = tryAdvance(run, outcome);
        if (after.stage !== run.stage) expect(TRANSITIONS[run.stage]).toContain(after.stage);
        run = after;
      }
      for (let rest = 0; rest < STAGES.length; rest++) run = tryAdvance(run, { kind: 'done', detail: '' });
      expect(isEnd(run.stage)).toBe(true);
      expect(stored(run)).toEqual(run);
    }), { numRuns: 200 });
  });

  it('goes on after a crash at any point as if there had been none: the record is all there is', () => {
    fc.assert(fc.property(fc.array(anyOutcome, { maxLength: 20 }), fc.nat(20), (outcomes, crash) => {
      const undisturbed = outcomes.reduce(tryAdvance, start());
      const disturbed = outcomes.reduce((run, outcome, index) => {
        const loaded = index === crash ? stored(run) : run;
        return tryAdvance(loaded, outcome);
      }, start());
      expect(disturbed).toEqual(undisturbed);
    }), { numRuns: 100 });
  });

  it('refuses to leave an end', () => {
    const run = advance(start(), { kind: 'failed', reason: 'no' }, AT);
    fc.assert(fc.property(anyOutcome, (outcome) => {
      expect(() => advance(run, outcome, AT)).toThrow(/has ended/);
    }), { numRuns: 20 });
  });

  it('refuses a rollback before there is a canary', () => {
    expect(() => advance(start(), { kind: 'rolled-back', reason: 'x' }, AT)).toThrow(/cannot go/);
  });
});

describe('gates in the machine', () => {
  const at = (stage: Stage, ignoreGates = false): Run => {
    let run = start(ignoreGates);
    while (run.stage !== stage) run = advance(run, { kind: 'done', detail: '' }, AT);
    return run;
  };

  it.each(['evaluating', 'staging', 'load-testing'] as const)('a failed gate of %s rejects, with its measurement as the reason', (stage) => {
    const run = advance(at(stage), { kind: 'done', detail: '', gates: [gate(stage, true, 'fine'), gate(stage, false, 'slow')] }, AT);
    expect(run.stage).toBe('rejected');
    expect(run.reason).toBe('slow: 1 minutes, limit 2 (e)');
  });

  it('only offline gates can be overridden', () => {
    expect(advance(at('evaluating', true), { kind: 'done', detail: '', gates: [gate('evaluating', false)] }, AT).stage).toBe('registered');
    expect(advance(at('load-testing', true), { kind: 'done', detail: '', gates: [gate('load-testing', false)] }, AT).stage).toBe('rejected');
  });

  it('a gate measured again replaces the first measurement', () => {
    let run = advance(at('load-testing'), { kind: 'waiting', detail: '', gates: [gate('load-testing', false)] }, AT);
    run = advance(run, { kind: 'done', detail: '', gates: [gate('load-testing', true)] }, AT);
    expect(run.stage).toBe('canary');
    expect(run.gates).toHaveLength(1);
  });

  it('counts attempts and keeps progress until it is told otherwise', () => {
    let run = advance(start(), { kind: 'waiting', detail: 'a', progress: 0.5 }, AT);
    run = advance(run, { kind: 'waiting', detail: 'b', retried: true }, AT);
    expect(run.stages.at(-1)).toMatchObject({ attempts: 2, progress: 0.5, detail: 'b' });
    expect(advance(run, { kind: 'waiting', detail: 'c', progress: null }, AT).stages.at(-1)?.progress).toBeNull();
  });
});
