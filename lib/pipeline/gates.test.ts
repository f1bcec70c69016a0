import { describe, expect, it } from 'vitest';
import { gate } from '../events/mod.ts';
import { atLeast, atMost, below } from './gates.ts';
import { hexOf, revisionName, runId, runOrdinal, submissionId } from './ids.ts';

const measured = (value: number) => ({ name: 'n', stage: 'evaluating' as const, measured: value, limit: 2, unit: 'u', evidence: 'e' });

describe('gates', () => {
  it('compare with their limit', () => {
    expect([1, 2, 3].map((value) => atLeast(measured(value)).passed)).toEqual([false, true, true]);
    expect([1, 2, 3].map((value) => atMost(measured(value)).passed)).toEqual([true, true, false]);
    expect([1, 2, 3].map((value) => below(measured(value)).passed)).toEqual([true, false, false]);
  });

  it('never pass on what is not a number, and stay valid JSON', () => {
    for (const value of [NaN, Infinity, -Infinity]) {
      const gates = [atMost(measured(value)), below(measured(value)), atLeast(measured(value))];
      for (const one of gates) {
        expect(one.passed).toBe(false);
        expect(gate.parse(JSON.parse(JSON.stringify(one))).evidence).toMatch(/not measurable/);
      }
    }
  });
});

describe('names of a run', () => {
  it('follow from its id', () => {
    expect(runId('demo-1', 7)).toBe('demo-1-0007');
    expect(runOrdinal('demo-1', 'demo-1-0007')).toBe(7);
    expect(runOrdinal('demo', 'demo-1-0007')).toBeNull();
    expect(runOrdinal('demo', 'other-0007')).toBeNull();
    expect(submissionId('r-0001', 1)).toBe('downline-r-0001');
    expect(submissionId('r-0001', 2)).toBe('downline-r-0001-2');
    expect(revisionName(7)).toBe('predict-00007');
  });

  it('digests are checked', () => {
    expect(hexOf(`sha256:${'a'.repeat(64)}`)).toBe('a'.repeat(64));
    for (const bad of ['rule', 'sha256:', `sha256:${'A'.repeat(64)}`, `sha256:${'a'.repeat(65)}`]) expect(() => hexOf(bad)).toThrow(/not a digest/);
  });
});
