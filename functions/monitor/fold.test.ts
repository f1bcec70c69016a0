import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AnyEnvelope, FindingRaised, LabelResolved, RotationChanged } from '../../lib/events/mod.ts';
import { envelope, NOON, sampleOutcome } from '../../lib/events/testing/samples.ts';
import { FEATURES } from '../../lib/rotation/mod.ts';
import { createRandom } from '../../lib/statistics/mod.ts';
import { REFERENCE_DAYS } from './drift.ts';
import { monitorFold, type MonitorState } from './fold.ts';
import { degradation, SETTLED_DAYS } from './quality.ts';
import { SAMPLE_EVERY } from './tally.ts';

const DAY = 24 * 60;

/** Plays days; each gives vectors around `level(day)` and labels with the given losses. */
function play(days: number, options: { level?: (day: number) => number; loss?: (day: number) => number; stale?: (day: number) => boolean }): { state: MonitorState; findings: FindingRaised[] } {
  const state = monitorFold.initial('r1') as MonitorState;
  const findings: FindingRaised[] = [];
  const random = createRandom(7);
  const feed = (event: unknown): void => {
    for (const emission of monitorFold.apply(state, event as AnyEnvelope) as readonly { data: unknown }[]) findings.push(emission.data as FindingRaised);
  };
  for (let day = 0; day < days; day += 1) {
    const name = new Date((NOON + day * DAY) * 60_000).toISOString().slice(0, 10);
    for (let message = 0; message < 120; message += 1) {
      const features = FEATURES.map(() => (options.level?.(day) ?? 0) + random());
      const changed = { day: name, sequence: message * SAMPLE_EVERY, stale: options.stale?.(day) === true ? ['weather-stale'] : [], legs: [{ features }] };
      feed(envelope('rotation.changed', changed as unknown as RotationChanged));
    }
    for (let flight = 0; flight < 300; flight += 1) {
      const delay = Math.round(random() * 40);
      const pinball = options.loss?.(day) ?? 4;
      const prediction = { checkpoint: '120', role: 'production', bundle: 'sha256:a', p30: 0.2, pinball, rulePinball: 8, quantiles: Array.from({ length: 19 }, (_, index) => index * 3) };
      feed(envelope('label.resolved', { ...sampleOutcome({ day: name, departureDelay: delay, flight: `f${day}-${flight}` }), resolvedAt: NOON, predictions: [prediction] } as unknown as LabelResolved));
    }
    feed(envelope('track.ticked', { replay: 'r1', now: NOON + (day + 1) * DAY, sequence: 1 }));
  }
  return { state, findings };
}

describe('monitor', () => {
  it('finds nothing where every day is as the reference', () => {
    const { state, findings } = play(REFERENCE_DAYS + 6, {});
    expect(state.reference).not.toBeNull();
    expect(findings).toEqual([]);
    expect(state.closed.at(-1)!.quality[0]).toMatchObject({ flights: 300, skill: 0.5 });
  });

  it('finds inputs that moved, and says which', () => {
    const { findings } = play(REFERENCE_DAYS + 2, { level: (day) => (day > REFERENCE_DAYS ? 0.8 : 0) });
    expect(findings.map((one) => [one.kind, one.retrain])).toEqual([['input-drift', false]]);
    expect(findings[0]!.detail).toMatch(new RegExp(`of ${FEATURES.length} features`));
  });

  it('asks for retraining when skill against the rule is lost, not when the weather is worse', () => {
    const { findings } = play(SETTLED_DAYS + 4, { loss: (day) => (day >= SETTLED_DAYS ? 7.5 : 4) });
    expect(findings.filter((one) => one.kind === 'quality').every((one) => one.retrain)).toBe(true);
    expect(findings.some((one) => one.kind === 'quality')).toBe(true);
  });

  it('says when the vectors stand on a silent feed', () => {
    const { findings } = play(2, { stale: (day) => day === 1 });
    expect(findings.map((one) => one.kind)).toEqual(['silent-feed']);
  });

  it('closes a day once; a label that comes later counts by its state alone', () => {
    const { state } = play(3, {});
    const late = { ...sampleOutcome({ day: state.closed[0]!.day, state: 'never-arrived', departureDelay: 5 }), resolvedAt: NOON + 4 * DAY, predictions: [] };
    const { labels } = state.closed[0]!;
    void monitorFold.apply(state, envelope('label.resolved', late as unknown as LabelResolved));
    void monitorFold.apply(state, envelope('track.ticked', { replay: 'r1', now: NOON + 9 * DAY, sequence: 1 }));
    expect(state.closed.map((day) => day.day)).toEqual([...new Set(state.closed.map((day) => day.day))]);
    expect(state.closed[0]).toMatchObject({ labels: labels + 1, states: { 'never-arrived': 1 } });
  });

  it('goes on the same from its snapshot', () => {
    const { state } = play(REFERENCE_DAYS + 1, {});
    expect(monitorFold.encode(monitorFold.decode(monitorFold.encode(state)))).toBe(monitorFold.encode(state));
  });
});

describe('degradation', () => {
  it('never fires on equal skill, whatever the level of loss', () => {
    fc.assert(fc.property(fc.array(fc.double({ min: 1, max: 40, noNaN: true }), { minLength: 8, maxLength: 20 }), (losses) => {
      const days = losses.map((rule) => ({ quality: [{ bundle: 'a', flights: 100, pinball: rule * 0.6, rule, skill: 0.4 }] }));
      return degradation(days as never) === null;
    }));
  });
});
