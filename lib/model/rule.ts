import type { Leg, LegPrediction, RotationChanged } from '../events/mod.ts';
import { canonicalJson, digestOf } from './canonical.ts';
import type { Bundle } from './bundle.ts';
import { fromPoint } from './distribution.ts';
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

/**
 * The rule's answer: `track` computed its delays (lib/rotation), the actual
 * where it is known; here they become points. An assumed departure shifts the
 * leg's arrival by what it differs, and later legs by what is left of it after
 * each has taken up what its turn had to spare.
 */
export function predictByRule(message: RotationChanged, assumptions: readonly Assumption[] = []): LegPrediction[] {
  let shift = 0;
  const answers: LegPrediction[] = [];
  let position = 0;
  for (const leg of flyingLegs(message)) {
    const known = actualsOf(leg);
    const assumed = known.departure === null ? assumptions.find((one) => one.flight === leg.flight) : undefined;
    if (known.departure !== null) shift = 0;
    const departure = known.departure ?? assumed?.departureDelay ?? shifted(leg.rule.departure, shift);
    if (known.departure === null) shift = departure - leg.rule.departure;
    const arrival = known.arrival ?? leg.rule.arrival + shift;
    if (leg.status !== 'diverted') answers.push(byRule(message, leg, position, departure, arrival));
    position += 1;
  }
  return answers;
}

/** A delay that grows with the aircraft's lateness; one that shrinks ends at the schedule, for nobody leaves early because another leg was. */
function shifted(delay: number, shift: number): number {
  return shift >= 0 ? delay + shift : Math.max(Math.min(delay, 0), delay + shift);
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
