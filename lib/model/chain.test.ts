import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Leg, LegPrediction, RotationChanged } from '../events/mod.ts';
import { QUANTILE_LEVELS } from '../events/mod.ts';
import { binOf } from './distribution.ts';
import { answerRotations, fromMass, fromPoint, predictByRule, predictRotations, RULE_BUNDLE, SERVING, type Bundle } from './mod.ts';
import { byHand, EDGES, legOf, messageOf, tinyBundle } from './testing/tiny.ts';

let bundle: Bundle;
beforeAll(async () => { bundle = await tinyBundle(); });
afterAll(async () => { await bundle.close(); });

const OFF = 22_847_100;
const one = (delay: number): number[] => EDGES.slice(1).map((_, bin) => (bin === binOf(EDGES, delay) ? 1 : 0));
const CODE = 2; // UA in the vocabulary

/** The departure of a later leg by hand: M3 over what arrives and M1. */
const linked = (leg: Leg, inbound: number[]): number[] => byHand.m3(leg.features!, inbound, byHand.m1(leg.features!, CODE).pmf);
const arrives = (leg: Leg, departure: number[]): number[] => byHand.m2(leg.features!, CODE, departure);

function near(told: LegPrediction['departure'], pmf: number[]): void {
  const wanted = fromMass(EDGES, pmf);
  told.quantiles.forEach((value, index) => expect(Math.abs(value - wanted.quantiles[index]!)).toBeLessThan(0.05));
  for (const name of ['p15', 'p30', 'p60'] as const) expect(told[name]).toBeCloseTo(wanted[name], 4);
  expect(Math.abs(told.mean - wanted.mean)).toBeLessThan(0.05);
}

describe('the chain, by hand', () => {
  it('four open legs: M1, M2, then M3 and M2 of each', async () => {
    const legs = [1, 2, 3, 4].map((number) => legOf(number, OFF + number * 200));
    const [answer] = await predictRotations(bundle, [messageOf(legs)]);
    let departure = byHand.m1(legs[0]!.features!, CODE).pmf;
    legs.forEach((leg, position) => {
      const told = answer![position]!;
      near(told.departure, departure);
      const arrival = arrives(leg, departure);
      near(told.arrival, arrival);
      expect(told.cancellation).toBeCloseTo(byHand.m1(leg.features!, CODE).cancel, 4);
      expect(told).toMatchObject({ flight: leg.flight, position, departed: null, lead: leg.scheduledOff - 22_847_000, rule: leg.rule });
      if (legs[position + 1] !== undefined) departure = linked(legs[position + 1]!, arrival);
    });
  });

  it('an arrived leg enters the next as known, a departed one its own arrival; cancelled ones are left out', async () => {
    const legs = [
      legOf(1, OFF, { status: 'arrived', off: OFF + 50, on: OFF + 165, features: null, categories: null }),
      legOf(2, OFF + 200, { status: 'cancelled', features: null, categories: null }),
      legOf(3, OFF + 300),
      legOf(4, OFF + 500),
    ];
    const [arrived] = await predictRotations(bundle, [messageOf(legs)]);
    expect(arrived!.map((leg) => leg.flight)).toEqual([legs[0]!.flight, legs[2]!.flight, legs[3]!.flight]);
    expect(arrived![0]).toMatchObject({ departed: 50, departure: fromPoint(50), arrival: fromPoint(45), cancellation: 0 });
    near(arrived![1]!.departure, linked(legs[2]!, one(45)));
    expect(arrived!.map((leg) => leg.position)).toEqual([0, 1, 2]);

    const left = [legOf(1, OFF, { status: 'departed', off: OFF + 50 }), legOf(3, OFF + 300)];
    const [departed] = await predictRotations(bundle, [messageOf(left)]);
    expect(departed![0]).toMatchObject({ departed: 50, departure: fromPoint(50), cancellation: 0 });
    near(departed![0]!.arrival, arrives(left[0]!, one(50)));
    near(departed![1]!.departure, linked(left[1]!, arrives(left[0]!, one(50))));
  });

  it('after a diverted leg, which has no arrival, a departure is its own', async () => {
    const legs = [legOf(1, OFF, { status: 'diverted', off: OFF + 10, features: null, categories: null }), legOf(2, OFF + 300)];
    const [answer] = await predictRotations(bundle, [messageOf(legs)]);
    expect(answer).toHaveLength(1);
    expect(answer![0]!.position).toBe(1);
    near(answer![0]!.departure, byHand.m1(legs[1]!.features!, CODE).pmf);
  });

  it('an assumed departure is known, but has not happened; a leg that left keeps its actual', async () => {
    const legs = [legOf(1, OFF), legOf(2, OFF + 300)];
    const assume = [{ flight: legs[0]!.flight, departureDelay: 90 }];
    const [answer] = await predictRotations(bundle, [messageOf(legs)], [assume]);
    expect(answer![0]).toMatchObject({ departed: null, departure: fromPoint(90), cancellation: 0 });
    near(answer![0]!.arrival, arrives(legs[0]!, one(90)));
    near(answer![1]!.departure, linked(legs[1]!, arrives(legs[0]!, one(90))));
    const left = [{ ...legs[0]!, status: 'departed' as const, off: OFF + 3 }, legs[1]!];
    expect(await predictRotations(bundle, [messageOf(left)], [assume])).toEqual(await predictRotations(bundle, [messageOf(left)]));
  });

  it('when all is known the chain is the actual', async () => {
    await fc.assert(fc.asyncProperty(fc.array(fc.tuple(fc.integer({ min: -40, max: 900 }), fc.integer({ min: -40, max: 900 })), { minLength: 1, maxLength: 5 }), async (delays) => {
      const legs = delays.map(([off, on], index) => legOf(index, OFF + index * 300, { status: 'arrived', off: OFF + index * 300 + off, on: OFF + index * 300 + 120 + on, features: null, categories: null }));
      const [answer] = await predictRotations(bundle, [messageOf(legs)]);
      expect(answer!.map((leg) => [leg.departure, leg.arrival])).toEqual(delays.map(([off, on]) => [fromPoint(off), fromPoint(on)]));
    }), { numRuns: 30 });
  });
});

const anyNumber = fc.oneof(fc.constant(null), fc.double({ min: -1e4, max: 1e4, noNaN: true }));
const anyLeg = fc.record({
  features: fc.array(anyNumber, { minLength: 5, maxLength: 5 }),
  categories: fc.tuple(fc.constantFrom('AA', 'UA', 'ZZ'), fc.constantFrom('JFK', 'x')),
  status: fc.constantFrom('scheduled', 'departed', 'arrived', 'cancelled', 'diverted'),
  delay: fc.integer({ min: -60, max: 2000 }),
});
const anyMessage: fc.Arbitrary<RotationChanged> = fc.array(anyLeg, { minLength: 1, maxLength: 6 }).map((legs) => messageOf(legs.map(({ features, categories, status, delay }, index) => {
  const scheduled = OFF + index * 240;
  const open = status === 'scheduled' || status === 'departed';
  return legOf(index, scheduled, {
    status, features: open ? features : null, categories: open ? categories : null,
    off: status === 'scheduled' || status === 'cancelled' ? null : scheduled + delay, on: status === 'arrived' ? scheduled + 120 + delay : null,
  });
})));

describe('properties of the chain', () => {
  it('quantiles are in order, P15 >= P30 >= P60, and agree with each other', async () => {
    await fc.assert(fc.asyncProperty(anyMessage, async (message) => {
      for (const leg of (await predictRotations(bundle, [message]))[0]!) {
        for (const side of [leg.departure, leg.arrival]) {
          expect([...side.quantiles].sort((a, b) => a - b)).toEqual(side.quantiles);
          expect(side.p15 >= side.p30 && side.p30 >= side.p60 && side.p60 >= 0 && side.p15 <= 1).toBe(true);
          side.quantiles.forEach((value, index) => {
            if (value > 30.01) expect(side.p30).toBeGreaterThanOrEqual(1 - QUANTILE_LEVELS[index]! - 1e-3);
            if (value < 29.99) expect(side.p30).toBeLessThanOrEqual(1 - QUANTILE_LEVELS[index]! + 1e-3);
          });
        }
      }
    }), { numRuns: 60 });
  });

  it('an answer has the same bits alone, in any company and in any order', async () => {
    await fc.assert(fc.asyncProperty(fc.array(anyMessage, { minLength: 2, maxLength: 40 }), fc.nat(), async (messages, turn) => {
      const together = await predictRotations(bundle, messages);
      const cut = turn % messages.length;
      const turned = await predictRotations(bundle, [...messages.slice(cut), ...messages.slice(0, cut)]);
      expect([...turned.slice(messages.length - cut), ...turned.slice(0, messages.length - cut)]).toEqual(together);
      expect((await predictRotations(bundle, [messages[cut]!]))[0]).toEqual(together[cut]);
    }), { numRuns: 30 });
    const many = Array.from({ length: 64 }, (_, index) => messageOf([legOf(index, OFF), legOf(index + 100, OFF + 300)]));
    const together = await predictRotations(bundle, many);
    for (const [index, message] of many.entries()) expect((await predictRotations(bundle, [message]))[0]).toEqual(together[index]);
  });
});

describe('degraded answers', () => {
  const legs = [legOf(1, OFF), legOf(2, OFF + 300)];
  const reasonOf = async (from: Bundle | null, message: RotationChanged): Promise<string | null> => {
    const [answer] = await answerRotations(from, [message]);
    if (answer!.degraded !== null) expect(answer!.legs).toEqual(predictByRule(message));
    return answer!.degraded;
  };

  it('name their reason and give the rule', async () => {
    expect(await reasonOf(bundle, messageOf(legs))).toBeNull();
    expect(await reasonOf(null, messageOf(legs))).toBe('no-model');
    expect(await reasonOf(bundle, messageOf(legs, { meaning: 'other' }))).toBe('meaning-differs');
    expect(await reasonOf(bundle, messageOf(legs, { stale: ['weather-stale'] }))).toBe('weather-stale');
    expect(await reasonOf(bundle, messageOf(legs, { stale: ['state-stale', 'weather-stale'] }))).toBe('state-stale');
    expect(await reasonOf(bundle, messageOf(legs, { stale: ['something new'] }))).toBe('state-stale');
    expect(await reasonOf(RULE_BUNDLE, messageOf(legs, { stale: ['weather-stale'], meaning: 'other' }))).toBeNull();
  });

  it('a bad vector degrades its own message alone', async () => {
    const bad = [
      messageOf([{ ...legs[0]!, features: [1, 2] }]),
      messageOf([{ ...legs[0]!, features: null }]),
      messageOf([{ ...legs[0]!, categories: [] }]),
      messageOf([{ ...legs[0]!, features: [1e300, -1e300, 1e300, -1e300, 0] }]),
    ];
    const answers = await answerRotations(bundle, [...bad, messageOf(legs)]);
    expect(answers.map((answer) => answer.degraded)).toEqual(['model-failed', 'model-failed', 'model-failed', 'model-failed', null]);
    expect(answers[0]!.failure).toMatchObject({ code: 'MODEL_FAILED', ids: { rotation: 'N123UA' } });
    await expect(predictRotations(bundle, bad)).rejects.toMatchObject({ code: 'MODEL_FAILED' });
  });

  it('a graph that throws, or answers nonsense, degrades', async () => {
    const broken = (run: NonNullable<Bundle['graphs']>['m1']['run']): Bundle => ({ ...bundle, graphs: { ...bundle.graphs!, m2: { run, close: () => Promise.resolve() } } });
    const filled = (value: number): Bundle => broken((_, rows) => Promise.resolve({ pmf: new Float32Array(rows * 6).fill(value) }));
    for (const one of [broken(() => Promise.reject(new Error('gone'))), filled(Number.NaN), filled(0), filled(-1), filled(Infinity)]) {
      expect(await reasonOf(one, messageOf(legs))).toBe('model-failed');
    }
  });
});

describe('the rule', () => {
  it('gives points, the actual where it is known, and shifts under an assumption', () => {
    const legs = [legOf(1, OFF, { status: 'departed', off: OFF + 20, rule: { departure: 20, arrival: 12 } }), legOf(2, OFF + 300, { rule: { departure: 8, arrival: 4 } }), legOf(3, OFF + 600, { rule: { departure: 0, arrival: -3 } })];
    const plain = predictByRule(messageOf(legs));
    expect(plain.map((leg) => [leg.departure.mean, leg.arrival.mean, leg.departed])).toEqual([[20, 12, 20], [8, 4, null], [0, -3, null]]);
    expect(plain[1]!.departure).toEqual(fromPoint(8));
    const assumed = predictByRule(messageOf(legs), [{ flight: legs[1]!.flight, departureDelay: 60 }]);
    expect(assumed.map((leg) => [leg.departure.mean, leg.arrival.mean])).toEqual([[20, 12], [60, 56], [52, 49]]);
    const early = predictByRule(messageOf(legs), [{ flight: legs[1]!.flight, departureDelay: 0 }]);
    expect(early.map((leg) => leg.departure.mean)).toEqual([20, 0, 0]);
    const features = SERVING.features.map((name) => (name === 'turn_slack' ? 40 : null));
    const slack = [legs[0]!, legs[1]!, { ...legs[2]!, features }];
    const taken = predictByRule(messageOf(slack), [{ flight: legs[1]!.flight, departureDelay: 60 }]);
    expect(taken.map((leg) => [leg.departure.mean, leg.arrival.mean])).toEqual([[20, 12], [60, 56], [16, 13]]);
    const overdue = predictByRule(messageOf(slack, { asOf: OFF + 625 }), [{ flight: legs[1]!.flight, departureDelay: 60 }]);
    expect(overdue[2]!.departure.mean).toBe(25);
    expect(predictByRule(messageOf([]))).toEqual([]);
  });
});
