import type { LegPrediction, PredictionMade, RotationChanged } from '../events/mod.ts';
import { answerRotations } from './answer.ts';
import type { Bundle } from './bundle.ts';

/** How far an answer may be off on another runtime or processor: minutes, and probabilities. */
export const TOLERANCE = { minutes: 0.05, probability: 1e-4 } as const;

export interface Difference { readonly flight: string; readonly field: string; readonly told: number | string | null; readonly recomputed: number | string | null }

export interface Explanation {
  /** Bit for bit, or at least within `TOLERANCE`. */
  readonly same: boolean;
  readonly close: boolean;
  readonly differences: readonly Difference[];
}

/**
 * Recomputes a stored prediction from its logged vector and compares. `bundle`
 * is the one that the prediction names. An answer that the rule gave because a
 * model was absent or failed is compared with the rule's.
 */
export async function explainPrediction(prediction: PredictionMade, vector: RotationChanged, bundle: Bundle): Promise<Explanation> {
  const failed = prediction.degraded === 'no-model' || prediction.degraded === 'model-failed';
  const [answer] = await answerRotations(failed ? null : bundle, [vector], [prediction.assumed]);
  const differences: Difference[] = [];
  if (!failed && answer!.degraded !== prediction.degraded) differences.push({ flight: '', field: 'degraded', told: prediction.degraded, recomputed: answer!.degraded });
  const told = new Map(prediction.legs.map((leg) => [leg.flight, leg]));
  const recomputed = new Map(answer!.legs.map((leg) => [leg.flight, leg]));
  for (const flight of new Set([...told.keys(), ...recomputed.keys()])) {
    differences.push(...between(flight, fieldsOf(told.get(flight)), fieldsOf(recomputed.get(flight))));
  }
  return { same: differences.length === 0, close: differences.every(isClose), differences };
}

function between(flight: string, told: Map<string, number | null>, recomputed: Map<string, number | null>): Difference[] {
  return [...new Set([...told.keys(), ...recomputed.keys()])].flatMap((field) => {
    const pair = { told: told.get(field) ?? null, recomputed: recomputed.get(field) ?? null };
    return Object.is(pair.told, pair.recomputed) ? [] : [{ flight, field, ...pair }];
  });
}

/** Every number of a leg by its path. */
function fieldsOf(leg: LegPrediction | undefined): Map<string, number | null> {
  const fields = new Map<string, number | null>();
  if (leg === undefined) return fields;
  for (const name of ['scheduledOff', 'lead', 'position', 'departed', 'cancellation'] as const) fields.set(name, leg[name]);
  for (const side of ['departure', 'arrival'] as const) {
    leg[side].quantiles.forEach((value, index) => fields.set(`${side}.quantiles[${index}]`, value));
    for (const name of ['p15', 'p30', 'p60', 'mean'] as const) fields.set(`${side}.${name}`, leg[side][name]);
    fields.set(`rule.${side}`, leg.rule[side]);
  }
  return fields;
}

function isClose({ field, told, recomputed }: Difference): boolean {
  if (typeof told !== 'number' || typeof recomputed !== 'number') return false;
  const limit = /p15|p30|p60|cancellation/.test(field) ? TOLERANCE.probability : TOLERANCE.minutes;
  return Math.abs(told - recomputed) <= limit;
}
