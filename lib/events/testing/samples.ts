import { QUANTILE_LEVELS, type Distribution, type LegPrediction, type OutcomeKnown, type PredictionMade } from '../mod.ts';

/** Sample events for tests: sound by default, changed by what is given. */

export const NOON = Date.parse('2013-06-10T12:00Z') / 60_000;

export function sampleDistribution(median: number, spread = 10): Distribution {
  const quantiles = QUANTILE_LEVELS.map((level) => median + (level - 0.5) * 2 * spread);
  const above = (minutes: number): number => Math.min(1, Math.max(0, (median + spread - minutes) / (2 * spread)));
  return { quantiles, p15: above(15), p30: above(30), p60: above(60), mean: median };
}

export function sampleLeg(change: Partial<LegPrediction> = {}): LegPrediction {
  return {
    flight: '2013-06-10.UA.1545.EWR.ORD.1400',
    scheduledOff: NOON + 300,
    lead: 300,
    position: 0,
    departed: null,
    cancellation: 0,
    departure: sampleDistribution(0),
    arrival: sampleDistribution(0),
    rule: { departure: 0, arrival: 0 },
    ...change,
  };
}

export function samplePrediction(change: Partial<PredictionMade> = {}): PredictionMade {
  return {
    receipt: 'N14228.0123456789abcdef',
    replay: 'r1',
    role: 'production',
    source: 'event',
    revision: 'predict-00001',
    bundle: `sha256:${'a'.repeat(64)}`,
    image: `sha256:${'b'.repeat(64)}`,
    commit: 'c'.repeat(40),
    dataset: null,
    rotation: 'N14228',
    tail: 'N14228',
    day: '2013-06-10',
    asOf: NOON,
    sequence: 10,
    vectorSequence: 5,
    degraded: null,
    assumed: [],
    legs: [sampleLeg()],
    ...change,
  };
}

export function sampleOutcome(change: Partial<OutcomeKnown> = {}): OutcomeKnown {
  return {
    replay: 'r1',
    flight: '2013-06-10.UA.1545.EWR.ORD.1400',
    day: '2013-06-10',
    rotation: 'N14228',
    carrier: 'UA',
    origin: 'EWR',
    destination: 'ORD',
    scheduledOff: NOON + 300,
    scheduledOn: NOON + 460,
    state: 'operated',
    departureDelay: 12,
    arrivalDelay: 5,
    off: NOON + 312,
    knownAt: NOON + 470,
    sequence: 20,
    ...change,
  };
}

/** An envelope around data, as a fold receives it. */
export function envelope<K extends 'prediction.made' | 'outcome.known' | 'track.ticked' | 'label.resolved' | 'rotation.changed', D>(kind: K, data: D, sequence = 1): { kind: K; id: string; source: string; time: number; replay: string; sequence: number; data: D } {
  return { kind, id: `${kind}.${sequence}`, source: 'test', time: NOON, replay: 'r1', sequence, data };
}
