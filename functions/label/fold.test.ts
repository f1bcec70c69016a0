import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AnyEnvelope, LabelResolved, PredictionMade } from '../../lib/events/mod.ts';
import { envelope, NOON, sampleDistribution, sampleLeg, sampleOutcome, samplePrediction } from '../../lib/events/testing/samples.ts';
import { labelFold } from './fold.ts';

const flight = sampleOutcome().flight;

/** Labels that the fold emits for these events. */
async function labelsOf(events: readonly unknown[]): Promise<LabelResolved[]> {
  let state = await labelFold.initial('r1');
  const labels: LabelResolved[] = [];
  for (const event of events) {
    for (const emission of await labelFold.apply(state, event as AnyEnvelope)) labels.push(emission.data as LabelResolved);
    state = labelFold.decode(labelFold.encode(state));
  }
  return labels;
}

function predictionAt(lead: number, change: Partial<PredictionMade> = {}): PredictionMade {
  return samplePrediction({ asOf: NOON + 300 - lead, vectorSequence: 1000 - lead, receipt: `N14228.${lead}`, legs: [sampleLeg({ lead, departure: sampleDistribution(lead / 10) })], ...change });
}
const tick = (now: number): unknown => envelope('track.ticked', { replay: 'r1', now, sequence: 99 });

describe('label', () => {
  it('scores the last prediction before each checkpoint, in stream order or not', async () => {
    const predictions = [400, 250, 200, 121, 119, 30].map((lead) => envelope('prediction.made', predictionAt(lead)));
    await fc.assert(fc.asyncProperty(fc.shuffledSubarray(predictions, { minLength: predictions.length }), async (shuffled) => {
      const [label] = await labelsOf([...shuffled, envelope('outcome.known', sampleOutcome()), tick(NOON + 480)]);
      expect(label!.predictions.map((one) => [one.checkpoint, one.lead])).toEqual([['240', 250], ['120', 121], ['60', 119], ['0', 30]]);
    }), { numRuns: 20 });
  });

  it('is created once, whatever comes twice', async () => {
    const outcome = envelope('outcome.known', sampleOutcome());
    expect(await labelsOf([outcome, outcome, tick(NOON + 480), outcome, tick(NOON + 495)])).toHaveLength(1);
  });

  it('pairs production with the canary shadow on the same vector', async () => {
    const [label] = await labelsOf([
      envelope('prediction.made', predictionAt(130)),
      envelope('prediction.made', predictionAt(130, { role: 'shadow', revision: 'predict-00002', receipt: 'N14228.s' })),
      envelope('prediction.made', predictionAt(125, { role: 'canary', receipt: 'N14228.http' })),
      envelope('outcome.known', sampleOutcome()), tick(NOON + 480),
    ]);
    const at120 = label!.predictions.filter((one) => one.checkpoint === '120');
    expect(at120.map((one) => [one.role, one.asOf])).toEqual([['production', NOON + 170], ['shadow', NOON + 170]]);
  });

  it('scores nothing where the flight did not leave, and keeps the state', async () => {
    const [label] = await labelsOf([envelope('prediction.made', predictionAt(130)), envelope('outcome.known', sampleOutcome({ state: 'cancelled', departureDelay: null, arrivalDelay: null, off: null })), tick(NOON + 480)]);
    expect(label).toMatchObject({ state: 'cancelled' });
    expect(label!.predictions[0]).toMatchObject({ pinball: null, rulePinball: null });
  });

  it('counts a what-if as nothing that was predicted', async () => {
    const [label] = await labelsOf([envelope('prediction.made', predictionAt(130, { assumed: [{ flight, departureDelay: 60 }] })), envelope('outcome.known', sampleOutcome()), tick(NOON + 480)]);
    expect(label!.predictions).toEqual([]);
  });

  it('takes the standing prediction before the first leg left for later legs', async () => {
    const first = sampleLeg({ flight: '2013-06-10.UA.1.EWR.BOS.1100', position: 0, lead: 10 });
    const later = sampleLeg({ position: 1, lead: 300 });
    const [label] = await labelsOf([
      envelope('prediction.made', samplePrediction({ vectorSequence: 1, receipt: 'N14228.before', legs: [first, later] })),
      envelope('prediction.made', samplePrediction({ vectorSequence: 2, receipt: 'N14228.after', legs: [{ ...first, departed: 40 }, later] })),
      envelope('outcome.known', sampleOutcome()), tick(NOON + 480),
    ]);
    expect(label!.predictions.find((one) => one.checkpoint === 'first')?.receipt).toBe('N14228.before');
  });

  it('forgets what is over', async () => {
    const state = await labelFold.initial('r1');
    await labelFold.apply(state, envelope('prediction.made', predictionAt(130)));
    await labelFold.apply(state, tick(NOON + 6 * 24 * 60) as AnyEnvelope);
    expect(state).toMatchObject({ standings: {}, scheduled: {} });
  });
});
