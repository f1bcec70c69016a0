import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AlertChanged, AnyEnvelope, PredictionMade } from '../../lib/events/mod.ts';
import { envelope, NOON, sampleDistribution, sampleLeg, sampleOutcome, samplePrediction } from '../../lib/events/testing/samples.ts';
import { alertFold, type AlertState } from './fold.ts';

/** A driver of the fold for tests: feeds events, collects changes. */
function run(budget: number): { state: AlertState; feed: (...events: unknown[]) => AlertChanged[] } {
  const fold = alertFold(budget);
  const state = fold.initial('r1') as AlertState;
  return {
    state,
    feed: (...events) => events.flatMap((event) => (fold.apply(state, event as AnyEnvelope) as readonly { data: unknown }[]).map((emission) => emission.data as AlertChanged)),
  };
}

function prediction(rotation: string, p30: number, change: Partial<PredictionMade> = {}): unknown {
  const departure = { ...sampleDistribution(20), p30 };
  return envelope('prediction.made', samplePrediction({ rotation, tail: rotation, legs: [sampleLeg({ flight: `2013-06-10.UA.${rotation}.EWR.ORD.1400`, departure })], ...change }));
}
const tick = (now: number): unknown => envelope('track.ticked', { replay: 'r1', now, sequence: 99 });

describe('alert', () => {
  it('never alerts more rotations than the budget, whatever comes', () => {
    fc.assert(fc.property(fc.array(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 20, maxLength: 40 }), { minLength: 1, maxLength: 6 }), fc.double({ min: 0.05, max: 0.3, noNaN: true }), (rounds, budget) => {
      const { feed } = run(budget);
      const alerted = new Set<string>();
      const seen = new Set<string>();
      rounds.forEach((risks, round) => {
        risks.forEach((_, index) => seen.add(`N${index}`));
        const events = risks.map((risk, index) => prediction(`N${index}`, risk, { vectorSequence: round }));
        for (const change of feed(...events, tick(NOON + round * 15))) if (change.change === 'raised') alerted.add(change.rotation);
      });
      expect(alerted.size).toBeLessThanOrEqual(Math.floor(budget * seen.size));
    }), { numRuns: 60 });
  });

  it('gives the budget to the likeliest', () => {
    const { feed } = run(0.1);
    const changes = feed(...Array.from({ length: 20 }, (_, index) => prediction(`N${index}`, 0.5 + index / 50)), tick(NOON));
    expect(changes.map((change) => change.rotation)).toEqual(['N19', 'N18']);
  });

  it('weighs the predictions of a tick\'s own vectors at the next tick, whichever comes first', () => {
    const own = (): unknown => prediction('N1', 0.9, { sequence: 99, vectorSequence: 7 });
    const [before, after] = [run(1), run(1)];
    expect(before.feed(own(), tick(NOON))).toEqual(after.feed(tick(NOON), own()));
    expect(before.feed(envelope('track.ticked', { replay: 'r1', now: NOON + 15, sequence: 120 }))).toMatchObject([{ change: 'raised' }]);
    expect(after.feed(envelope('track.ticked', { replay: 'r1', now: NOON + 15, sequence: 120 }))).toMatchObject([{ change: 'raised' }]);
    expect(before.state).toEqual(after.state);
  });

  it('clears only after the risk stayed low, and again on departure', () => {
    const { feed } = run(1);
    expect(feed(prediction('N1', 0.8), tick(NOON))).toMatchObject([{ change: 'raised', status: 'open', actBy: NOON + 300 - 45 }]);
    expect(feed(prediction('N1', 0.1, { vectorSequence: 6 }), tick(NOON + 15))).toMatchObject([{ change: 'updated' }]);
    expect(feed(prediction('N1', 0.1, { vectorSequence: 7 }), tick(NOON + 30))).toMatchObject([{ change: 'cleared', cleared: 'risk-gone' }]);
    expect(feed(prediction('N1', 0.9, { vectorSequence: 8 }), tick(NOON + 45))).toMatchObject([{ change: 'raised' }]);
    expect(feed(envelope('outcome.known', sampleOutcome({ flight: '2013-06-10.UA.N1.EWR.ORD.1400' })), tick(NOON + 60))).toMatchObject([{ change: 'cleared', cleared: 'departed' }]);
    expect(feed(prediction('N1', 0.9, { vectorSequence: 9 }), tick(NOON + 75))).toEqual([]);
  });

  it('says nothing when it is too late to act', () => {
    const { feed } = run(1);
    expect(feed(envelope('prediction.made', samplePrediction({ legs: [sampleLeg({ lead: 30, departure: { ...sampleDistribution(60), p30: 1 } })] })), tick(NOON))).toEqual([]);
  });

  it('takes its threshold from closed days alone', () => {
    const { feed, state } = run(0.5);
    feed(...Array.from({ length: 10 }, (_, index) => prediction(`N${index}`, index / 10)), tick(NOON));
    feed(tick(NOON + 24 * 60));
    expect(state.past).toHaveLength(1);
    const changes = feed(...Array.from({ length: 10 }, (_, index) => prediction(`M${index}`, 0.45 + index / 50, { day: '2013-06-11' })), tick(NOON + 24 * 60 + 15));
    expect(changes[0]!.threshold).toBeCloseTo(0.5);
  });

  it('decides the same after a restart from its snapshot', () => {
    const fold = alertFold(1);
    const { feed, state } = run(1);
    feed(prediction('N1', 0.8), tick(NOON));
    expect(fold.encode(fold.decode(fold.encode(state)))).toBe(fold.encode(state));
  });

  it('gives reasons in words', () => {
    const { feed } = run(1);
    const inbound = sampleLeg({ flight: '2013-06-10.UA.1.EWR.BOS.1100', position: 0, departed: 50, lead: -20 });
    const [change] = feed(envelope('prediction.made', samplePrediction({ legs: [inbound, sampleLeg({ position: 1, departure: { ...sampleDistribution(40), p30: 0.9 } })] })), tick(NOON));
    expect(change!.reasons[0]).toMatch(/left 50 min late/);
  });
});
