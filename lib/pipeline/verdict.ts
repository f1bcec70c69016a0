import type { Evidence } from '../events/mod.ts';
import { createJudge } from '../statistics/mod.ts';

/**
 * The relative improvement that a canary must show, declared before its first
 * day (see `createJudge`): a first model must beat the rule by more than 3 %;
 * a retrained one must not be worse by 2 % or more.
 */
export const CANARY_MARGINS = { first: 0.03, retrained: -0.02 } as const;

/** Chance, at most, of a wrong "better" over all looks at one canary; and of a wrong "worse", which costs less: production stays. */
const ALPHA = 0.05;
const BETA = 0.2;
/** A day's relative difference is cut here: wide for a first model, which is far from the rule; narrow for two learned ones, which are close. "Worse" is looked for with both, each with half of its error rate. */
const WIDE = 0.25;
const CLIPS = { first: WIDE, retrained: 0.06 } as const;
/** A retrained model must have seen a day with heavy delays; a first one need not wait for one. */
const DISRUPTION_DAYS = { first: 0, retrained: 1 } as const;
/** Days with fewer paired flights say nothing. */
const LEAST_PAIRS = 30;

/** Log e-values at which a verdict falls. */
export const DECIDES = { better: Math.log(1 / ALPHA), worse: Math.log(2 / BETA) } as const;

/** A closed operating day: flights with both predictions, and mean pinball of both on them (minutes). */
export type CanaryDay = Omit<Evidence, 'logBetter' | 'logWorse'>;

export interface Judgement {
  readonly verdict: 'continue' | 'promote' | 'roll-back';
  readonly reason: string;
  readonly evidence: readonly Evidence[];
}

/**
 * The verdict on a canary after its closed days, in order. The first day that
 * decides is final; what comes after it changes nothing. After `maximumDays`
 * without a decision production is kept.
 */
export function judgeCanary(
  days: readonly CanaryDay[],
  options: { readonly margin: number; readonly minimumDays: number; readonly maximumDays: number },
): Judgement {
  const { margin, minimumDays, maximumDays } = options;
  const kind = margin >= 0 ? 'first' : 'retrained';
  const judge = createJudge({ margin, alpha: ALPHA, beta: BETA / 2, clip: CLIPS[kind], minimumDays, disruptionDays: DISRUPTION_DAYS[kind] });
  const wide = createJudge({ margin, alpha: ALPHA, beta: BETA / 2, clip: WIDE });
  const evidence: Evidence[] = [];
  for (const day of days.filter((one) => one.pairs >= LEAST_PAIRS)) {
    const { logBetter, logWorse } = judge.observe(day);
    const alsoWorse = wide.observe(day).logWorse;
    evidence.push({ ...day, logBetter, logWorse: Math.max(logWorse, alsoWorse) });
    const worse = judge.decision() === 'worse' || wide.decision() === 'worse';
    if (!worse && judge.decision() === 'better') return { verdict: 'promote', evidence, reason: `better than the margin after ${evidence.length} days: ${summary(evidence)}` };
    if (worse) return { verdict: 'roll-back', evidence, reason: `worse after ${evidence.length} days: ${summary(evidence)}` };
    if (evidence.length >= maximumDays) return { verdict: 'roll-back', evidence, reason: `inconclusive after ${evidence.length} days, production is kept: ${summary(evidence)}` };
  }
  return {
    verdict: 'continue',
    evidence,
    reason: evidence.length === 0 ? 'no day is closed yet' : `${evidence.length} of at least ${minimumDays} days; log e-value for better ${last(evidence).logBetter.toFixed(2)} (decides at ${DECIDES.better.toFixed(2)}), for worse ${last(evidence).logWorse.toFixed(2)} (${DECIDES.worse.toFixed(2)})`,
  };
}

function summary(evidence: readonly Evidence[]): string {
  const pairs = evidence.reduce((sum, day) => sum + day.pairs, 0);
  const mean = (of: 'production' | 'canary'): string => (evidence.reduce((sum, day) => sum + day[of] * day.pairs, 0) / pairs).toFixed(2);
  return `mean pinball ${mean('canary')} against ${mean('production')} min on ${pairs} flights; log e-value for better ${last(evidence).logBetter.toFixed(2)}, for worse ${last(evidence).logWorse.toFixed(2)}`;
}

function last(evidence: readonly Evidence[]): Evidence {
  return evidence[evidence.length - 1]!;
}
