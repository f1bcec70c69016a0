import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Leg, LegPrediction, OutcomeKnown, RotationChanged } from '../../lib/events/mod.ts';
import { QUANTILE_LEVELS } from '../../lib/events/mod.ts';
import { answerRotations, type Bundle } from '../../lib/model/mod.ts';
import { pinball } from '../../lib/statistics/mod.ts';
import type { Example, HeldOut } from './examples.ts';

/** One leg of one held-out message: what was predicted by whom, and what happened. */
export interface Scored {
  readonly message: string;
  readonly split: 'valid' | 'test';
  readonly rotation: string;
  readonly day: string;
  readonly asOf: number;
  readonly leg: Leg;
  readonly outcome: OutcomeKnown;
  /** A later leg while the rotation's first one has not left. */
  readonly beforeFirst: boolean;
  readonly candidate: LegPrediction;
  readonly champion: LegPrediction;
}

/** Pinball losses of a departure, minutes. */
export interface Losses { readonly candidate: number; readonly champion: number; readonly rule: number }

/** Messages of one pass of the models: bounds memory and how long the event loop is held. */
const PASS = 512;

/** The serving code's answers to messages. */
export async function answerAll(bundle: Bundle, messages: readonly RotationChanged[], onPass: (done: number) => void = () => undefined): Promise<{ legs: LegPrediction[][]; degraded: number }> {
  const legs: LegPrediction[][] = [];
  let degraded = 0;
  for (let from = 0; from < messages.length; from += PASS) {
    for (const answer of await answerRotations(bundle, messages.slice(from, from + PASS))) {
      legs.push([...answer.legs]);
      if (answer.degraded !== null) degraded += 1;
    }
    onPass(legs.length);
    await nextTurn();
  }
  return { legs, degraded };
}

/** Every open leg of the examples whose outcome is known, with both predictions. */
export function scoreAll({ examples, outcomes }: HeldOut, candidate: readonly (readonly LegPrediction[])[], champion: readonly (readonly LegPrediction[])[]): Scored[] {
  return examples.flatMap((example, index) => legsOf(example).flatMap((leg) => {
    const outcome = outcomes.get(leg.flight);
    const mine = candidate[index]!.find((one) => one.flight === leg.flight);
    const theirs = champion[index]!.find((one) => one.flight === leg.flight);
    if (outcome === undefined || mine === undefined || theirs === undefined) return [];
    const { id, split, message: { rotation, day, asOf } } = example;
    const first = candidate[index]!.find((one) => one.position === 0);
    const beforeFirst = mine.position > 0 && first !== undefined && first.departed === null;
    return [{ message: id, split, rotation, day, asOf, leg, outcome, beforeFirst, candidate: mine, champion: theirs }];
  }));
}

/** The legs that models predict. */
function legsOf({ message }: Example): Leg[] {
  return message.legs.filter((leg) => leg.features !== null);
}

/** True where the departure was still to come and did come: what the departure's losses are about. */
export function hasDeparture(row: Scored): boolean {
  return row.candidate.departed === null && row.outcome.departureDelay !== null;
}

/** Losses of a departure against the same outcome; only where `hasDeparture`. */
export function lossesOf(row: Scored): Losses {
  const truth = row.outcome.departureDelay!;
  return {
    candidate: pinball(row.candidate.departure.quantiles, QUANTILE_LEVELS, truth),
    champion: pinball(row.champion.departure.quantiles, QUANTILE_LEVELS, truth),
    rule: pointLoss(row.candidate.rule.departure, truth),
  };
}

/** The pinball loss of a point, mean over levels that are symmetric about a half: half of the absolute error. */
export function pointLoss(point: number, truth: number): number {
  return pinball(QUANTILE_LEVELS.map(() => point), QUANTILE_LEVELS, truth);
}
