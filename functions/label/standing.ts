import { CHECKPOINTS, type Checkpoint, type LegPrediction, type OutcomeKnown, type PredictionMade, type ScoredPrediction } from '../../lib/events/mod.ts';
import { pinball } from '../../lib/statistics/mod.ts';
import { QUANTILE_LEVELS } from '../../lib/events/mod.ts';

/** What is kept of a prediction until its flight's outcome is known. */
export interface Standing {
  readonly receipt: string;
  readonly role: 'production' | 'shadow';
  readonly revision: string;
  readonly bundle: string;
  readonly asOf: number;
  readonly vectorSequence: number;
  readonly lead: number;
  readonly position: number;
  readonly degraded: boolean;
  readonly p30: number;
  readonly cancellation: number;
  readonly quantiles: readonly number[];
  readonly rule: number;
}

/** Standing predictions of a flight: `<role>.<checkpoint>` → the last one that was made before the checkpoint. */
export type Standings = Record<string, Standing>;

/**
 * The checkpoints for which a leg's prediction stands: those that its lead has
 * not passed yet, and `first` for a later leg while the rotation's first leg
 * has not left.
 */
export function checkpointsOf(leg: LegPrediction, legs: readonly LegPrediction[]): Checkpoint[] {
  if (leg.departed !== null) return [];
  const firstLeg = legs.find((other) => other.position === 0);
  const beforeFirst = leg.position > 0 && firstLeg !== undefined && firstLeg.departed === null;
  return CHECKPOINTS.filter((checkpoint) => (checkpoint === 'first' ? beforeFirst : leg.lead >= Number(checkpoint)));
}

/** Notes a prediction in the standings of its flights. A later vector replaces an earlier one; order of arrival does not matter. */
export function note(standings: Record<string, Standings>, prediction: PredictionMade): void {
  const { role } = prediction;
  if ((role !== 'production' && role !== 'shadow') || prediction.assumed.length > 0) return;
  for (const leg of prediction.legs) {
    for (const checkpoint of checkpointsOf(leg, prediction.legs)) {
      const key = `${role}.${checkpoint}`;
      const before = standings[leg.flight]?.[key];
      if (before !== undefined && before.vectorSequence > prediction.vectorSequence) continue;
      (standings[leg.flight] ??= {})[key] = {
        receipt: prediction.receipt,
        role,
        revision: prediction.revision,
        bundle: prediction.bundle,
        asOf: prediction.asOf,
        vectorSequence: prediction.vectorSequence,
        lead: leg.lead,
        position: leg.position,
        degraded: prediction.degraded !== null,
        p30: leg.departure.p30,
        cancellation: leg.cancellation,
        quantiles: leg.departure.quantiles,
        rule: leg.rule.departure,
      };
    }
  }
}

/** The standing predictions of a flight scored against its outcome, in the order of the checkpoints, production before shadow. */
export function score(standings: Standings, outcome: OutcomeKnown): ScoredPrediction[] {
  const delay = outcome.departureDelay;
  return (['production', 'shadow'] as const).flatMap((role) =>
    CHECKPOINTS.flatMap((checkpoint) => {
      const standing = standings[`${role}.${checkpoint}`];
      if (standing === undefined) return [];
      const { rule, vectorSequence: _sequence, ...kept } = standing;
      return [{
        ...kept,
        quantiles: [...standing.quantiles],
        checkpoint,
        pinball: delay === null ? null : pinball(standing.quantiles, QUANTILE_LEVELS, delay),
        rulePinball: delay === null ? null : pinball(QUANTILE_LEVELS.map(() => rule), QUANTILE_LEVELS, delay),
      }];
    }),
  );
}
