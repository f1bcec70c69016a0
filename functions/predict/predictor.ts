import type { Envelope, PredictionMade, Role } from '../../lib/events/mod.ts';
import type { Context } from '../../lib/host/mod.ts';
import { answerRotations, receiptId, type Assumption } from '../../lib/model/mod.ts';
import type { Revision } from './revision.ts';
import type { Serving } from './serving.ts';

/** A vector's own message as it lies in the ROTATIONS stream. */
export type Vector = Envelope<'rotation.changed'> & { readonly sequence: number };

/** One question: the vector, for whom, and what is assumed. */
export interface Question { readonly vector: Vector; readonly role: Role; readonly assumed: readonly Assumption[] }

/** Answers questions in one pass of the models and stores the answers, each once. */
export interface Predictor {
  /** The receipt that a question's answer has. */
  receiptOf(question: Question): string;
  /** Throws `SERVICE_DOWN` when the answers cannot be stored: nothing is told that no receipt resolves. */
  predict(questions: readonly Question[], source: PredictionMade['source']): Promise<PredictionMade[]>;
}

/** Rotations of one pass: bounds how long a pass holds the event loop (some 10 ms). */
const PASS = 128;

/** A predictor of a revision. Sequences and receipts make repetitions harmless: what is stored already is told again as it was. */
export function createPredictor(context: Context, revision: Revision, serving: Serving): Predictor {
  const receiptOf = ({ vector, role, assumed }: Question): string => receiptId({
    replay: vector.replay, rotation: vector.data.rotation, vectorSequence: vector.sequence, bundle: serving.digest, revision: revision.name, role, assumed,
  });

  async function pass(questions: readonly Question[], source: PredictionMade['source']): Promise<PredictionMade[]> {
    const answers = await answerRotations(serving.bundle(), questions.map(({ vector }) => vector.data), questions.map(({ assumed }) => assumed));
    const made = questions.map((question, index): PredictionMade => {
      const { legs, degraded, failure } = answers[index]!;
      const { data: vector, sequence: vectorSequence } = question.vector;
      if (failure !== null) context.log.warn({ rotation: vector.rotation, error: failure.message }, 'the rule answers in place of the model');
      return {
        receipt: receiptOf(question), replay: vector.replay, role: question.role, source, revision: revision.name, bundle: serving.digest,
        image: context.image, commit: context.commit, dataset: serving.bundle()?.manifest.dataset ?? null,
        rotation: vector.rotation, tail: vector.tail, day: vector.day, asOf: vector.asOf, sequence: vector.sequence, vectorSequence,
        degraded, assumed: [...question.assumed], legs: [...legs],
      };
    });
    const stored = await context.bus.publish(made.map((data, index): Envelope<'prediction.made'> => ({
      kind: 'prediction.made', id: `${data.role}.${source}.${data.receipt}`, source: `predict/${revision.name}`, time: data.asOf, replay: data.replay,
      traceparent: questions[index]!.vector.traceparent, data,
    })), 'new');
    return Promise.all(made.map(async (data, index) => {
      if (!stored[index]!.duplicate) return data;
      const before = await context.bus.at('PREDICTIONS', stored[index]!.sequence);
      return before?.kind === 'prediction.made' && before.data.receipt === data.receipt ? before.data : data;
    }));
  }

  return {
    receiptOf,
    async predict(questions, source) {
      const told: PredictionMade[] = [];
      for (let from = 0; from < questions.length; from += PASS) told.push(...await pass(questions.slice(from, from + PASS), source));
      return told;
    },
  };
}
