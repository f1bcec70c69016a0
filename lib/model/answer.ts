import { degradedReason, type DegradedReason, type LegPrediction, type RotationChanged } from '../events/mod.ts';
import { DownlineError, toDownlineError } from '../errors/mod.ts';
import type { Bundle } from './bundle.ts';
import { runChain, type ChainAnswer } from './chain.ts';
import type { Assumption } from './legs.ts';
import { predictByRule } from './rule.ts';

/** An answer that is always there: `degraded` says why the rule gave it in the model's place, `failure` what went wrong. */
export interface Answer {
  readonly legs: readonly LegPrediction[];
  readonly degraded: DegradedReason | null;
  readonly failure: DownlineError | null;
}

/**
 * The bundle's predictions, a list of legs for each message (arrived legs with
 * their actual delays, cancelled and diverted ones left out). `assumptions[i]`
 * belongs to `messages[i]`. Strict: throws `MODEL_FAILED` for the first message
 * that cannot be answered. Takes no notice of staleness or meaning.
 */
export async function predictRotations(
  bundle: Bundle, messages: readonly RotationChanged[], assumptions: readonly (readonly Assumption[])[] = [],
): Promise<LegPrediction[][]> {
  if (bundle.graphs === null) return messages.map((message, index) => predictByRule(message, assumptions[index]));
  const answers = await runChain(bundle, messages, assumptions);
  return answers.map((answer) => {
    if (answer instanceof DownlineError) throw answer;
    return [...answer];
  });
}

/**
 * What `predict` answers: the bundle's predictions, or the rule's with the
 * reason where there is no bundle (`null`), it means other features, the vector
 * is stale, or a model failed. One bad message degrades itself alone. Never throws.
 */
export async function answerRotations(
  bundle: Bundle | null, messages: readonly RotationChanged[], assumptions: readonly (readonly Assumption[])[] = [],
): Promise<Answer[]> {
  const reasons = messages.map((message) => reasonAgainst(bundle, message));
  const sound = messages.flatMap((_, index) => (hasModels(bundle) && reasons[index] === null ? [index] : []));
  const modelled = new Map<number, ChainAnswer>();
  if (bundle !== null && sound.length > 0) {
    const answers = await runChain(bundle, sound.map((index) => messages[index]!), sound.map((index) => assumptions[index] ?? []))
      .catch((error: unknown): ChainAnswer[] => sound.map(() => toDownlineError(error)));
    sound.forEach((index, place) => modelled.set(index, answers[place]!));
  }
  return messages.map((message, index) => {
    const answer = modelled.get(index);
    if (answer !== undefined && !(answer instanceof DownlineError)) return { legs: answer, degraded: null, failure: null };
    const legs = predictByRule(message, assumptions[index]);
    return answer === undefined ? { legs, degraded: reasons[index]!, failure: null } : { legs, degraded: 'model-failed', failure: answer };
  });
}

function hasModels(bundle: Bundle | null): boolean {
  return bundle !== null && bundle.graphs !== null;
}

function reasonAgainst(bundle: Bundle | null, message: RotationChanged): DegradedReason | null {
  if (bundle === null) return 'no-model';
  if (bundle.graphs === null) return null;
  if (message.meaning !== bundle.manifest.meaning) return 'meaning-differs';
  const stale = message.stale[0];
  if (stale === undefined) return null;
  const known = degradedReason.safeParse(stale);
  return known.success ? known.data : 'state-stale';
}
