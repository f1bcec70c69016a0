import { canonicalJson, digestOf, type Leg, type LegPrediction, type RotationChanged } from '../events/mod.ts';
import type { Bundle } from './bundle.ts';
import { fromPoint } from './distribution.ts';
import { SERVING } from './language.ts';
import { actualsOf, flyingLegs, type Assumption } from './legs.ts';
import type { BundleManifest } from './manifest.ts';

/** What `bundle: rule` of a revision stands for. */
export const RULE = 'rule';

const manifest: BundleManifest = {
  schema: 1, name: 'minimum-turn rule', kind: 'rule', run: null, mlflowRun: null, dataset: null, commit: '', createdAt: '2013-01-01T00:00:00Z',
  features: [], categories: [], meaning: RULE, vocabulary: {}, edges: [], graphs: null, golden: null, metrics: {},
};

/** The airline's own rule of thumb as a bundle: what a first revision serves, and what a model must beat. It has a digest like any other. */
export const RULE_BUNDLE: Bundle = { digest: digestOf(canonicalJson(manifest)), manifest, codes: [], graphs: null, close: () => Promise.resolve() };

const TURN_SLACK = SERVING.features.indexOf('turn_slack');

/**
 * The rule's answer: `track` computed its delays (lib/rotation), the actual
 * where it is known; here they become points. Under an assumed departure the
 * rule is applied again from that leg on: its arrival is as late as its
 * departure is later, and the next departure is as late as that arrival less
 * the slack of the turn, or on time, or now when it is overdue. A leg without
 * a known slack keeps the whole of the lateness.
 */
export function predictByRule(message: RotationChanged, assumptions: readonly Assumption[] = []): LegPrediction[] {
  const answers: LegPrediction[] = [];
  let position = 0;
  // Arrival delay of the leg before under the assumptions; null while they have changed nothing.
  let inbound: { readonly arrival: number; readonly shift: number } | null = null;
  for (const leg of flyingLegs(message)) {
    const known = actualsOf(leg);
    const assumed = assumptions.find((one) => one.flight === leg.flight)?.departureDelay;
    const departure: number = known.departure ?? assumed ?? (inbound === null ? leg.rule.departure : afterTurn(leg, message.asOf, inbound));
    const shift: number = known.departure === null ? departure - leg.rule.departure : 0;
    const arrival = known.arrival ?? leg.rule.arrival + shift;
    inbound = shift === 0 ? null : { arrival, shift };
    if (leg.status !== 'diverted') answers.push(byRule(message, leg, position, departure, arrival));
    position += 1;
  }
  return answers;
}

function afterTurn(leg: Leg, now: number, { arrival, shift }: { arrival: number; shift: number }): number {
  const slack = leg.features?.[TURN_SLACK] ?? null;
  if (slack === null) return Math.max(leg.rule.departure + shift, 0);
  return Math.max(arrival - slack, now - leg.scheduledOff, 0);
}

function byRule(message: RotationChanged, leg: Leg, position: number, departure: number, arrival: number): LegPrediction {
  return {
    flight: leg.flight,
    scheduledOff: leg.scheduledOff,
    lead: leg.scheduledOff - message.asOf,
    position,
    departed: actualsOf(leg).departure,
    cancellation: 0,
    departure: fromPoint(departure),
    arrival: fromPoint(arrival),
    rule: leg.rule,
  };
}
