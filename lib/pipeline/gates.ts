import type { Gate, Stage } from '../events/mod.ts';

/** What a gate measures against its limit. */
export interface Measurement {
  readonly name: string;
  readonly stage: Stage;
  readonly measured: number;
  readonly limit: number;
  readonly unit: string;
  readonly evidence: string;
}

/** A gate that passes at or above its limit. What is not a number never passes. */
export function atLeast(measurement: Measurement): Gate {
  return { ...finite(measurement), passed: Number.isFinite(measurement.measured) && measurement.measured >= measurement.limit };
}

/** A gate that passes at or below its limit. */
export function atMost(measurement: Measurement): Gate {
  return { ...finite(measurement), passed: Number.isFinite(measurement.measured) && measurement.measured <= measurement.limit };
}

/** A gate that passes strictly below its limit: an upper bound that must not touch it. */
export function below(measurement: Measurement): Gate {
  return { ...finite(measurement), passed: Number.isFinite(measurement.measured) && measurement.measured < measurement.limit };
}

/** Limits that are declared before anything is measured; `docs` quotes them from here. */
export const LIMITS = {
  /** A first model: upper end of the 95 % interval of its pinball less the rule's, minutes. */
  beatsRule: 0,
  /** A retrained model: upper end of the 95 % interval of its daily pinball less the champion's, as a share of the champion's. */
  nonInferiority: 0.03,
  /** A model without skill can beat a point forecast by spread alone: upper end of the 95 % interval of its daily pinball less the climate's, as a share of the climate's. */
  climateShare: 0,
  /** Area under the ROC curve of P(late >= 30) at least an hour ahead; 0.5 is chance. */
  discrimination: 0.6,
  /** Largest distance of the 50, 80 and 90 % intervals' coverage from their nominal value. */
  coverage: 0.15,
  /** Share of template cases that behave as they must: exact ones, and learned tendencies. */
  exactTemplates: 1,
  learnedTemplates: 0.85,
  /** p99 of the candidate over p99 of production in one load test, and the floor below which a ratio means nothing, ms. */
  latencyRatio: 2,
  latencyFloor: 75,
} as const;

// JSON has no NaN; a measurement that is none is kept as the largest number and its evidence says so.
function finite(measurement: Measurement): Measurement {
  if (Number.isFinite(measurement.measured)) return measurement;
  return { ...measurement, measured: Number.MAX_VALUE, evidence: `not measurable; ${measurement.evidence}` };
}
