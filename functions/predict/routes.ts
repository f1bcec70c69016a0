import { createRoute, z, type OpenAPIHono } from '@hono/zod-openapi';
import { explanation, predictionQuestion, resolvedReceipt, rotationId, shownRotation } from '../../lib/api/mod.ts';
import { DownlineError } from '../../lib/errors/mod.ts';
import { predictionMade, token, type PredictionMade, type Role } from '../../lib/events/mod.ts';
import type { Context, Delivery } from '../../lib/host/mod.ts';
import type { Predictor, Question, Vector } from './predictor.ts';
import { createExplainer, predictionOf, vectorOf } from './receipts.ts';
import type { Serving } from './serving.ts';
import { gatherTurn } from './turn.ts';
import type { Vectors } from './vectors.ts';

const json = <Schema extends z.ZodType>(schema: Schema, description: string) => ({ description, content: { 'application/json': { schema } } });
const byId = { params: z.object({ id: z.string().min(1).max(120) }) };

const predict = createRoute({
  method: 'post', path: '/v1/predictions', summary: "Delay distributions of every leg of an aircraft's day, now",
  request: { body: { required: true, content: { 'application/json': { schema: predictionQuestion } } } },
  responses: { 200: json(predictionMade, 'The answer; it is stored, and its receipt resolves') },
});
const show = createRoute({
  method: 'get', path: '/v1/rotations/{tail}', summary: 'A rotation now, with the newest prediction made of it',
  request: { params: z.object({ tail: rotationId }) },
  responses: { 200: json(shownRotation, 'The rotation') },
});
const resolve = createRoute({
  method: 'get', path: '/v1/receipts/{id}', summary: 'A prediction, what made it, and its exact vector',
  request: byId, responses: { 200: json(resolvedReceipt, 'The prediction') },
});
const explain = createRoute({
  method: 'post', path: '/v1/receipts/{id}/explain', summary: 'Recomputes a prediction from its vector and compares',
  request: byId, responses: { 200: json(explanation, 'What differs') },
});

/** What the routes work with; each is there once the function is initialised. */
export interface Parts { readonly serving: Serving; readonly predictor: Predictor; readonly vectors: Vectors }

/** Answers that are kept to be told again; enough for every rotation of a day, asked plain. */
const KEPT = 2048;

/** The HTTP side of `predict`. */
export function routes(app: OpenAPIHono, context: Context, parts: () => Parts): void {
  const kept = new Map<string, PredictionMade>();
  const ask = gatherTurn((questions: readonly Question[]) => parts().predictor.predict(questions, 'http'));
  let explainer: ReturnType<typeof createExplainer> | undefined;

  app.openapi(predict, async (c) => {
    const body = c.req.valid('json');
    const { predictor, vectors } = parts();
    const vector = await vectorFor(vectors, body);
    const assumed = body.assume ?? [];
    refuseStrangers(vector, assumed);
    const asked: Question = { vector, role: roleOf(context, c.req.header('downline-tag')), assumed };
    const id = predictor.receiptOf(asked);
    const answer = kept.get(id) ?? await ask(asked);
    keep(kept, answer);
    return c.json(z.encode(predictionMade, answer) as never, 200);
  });

  app.openapi(show, async (c) => {
    const { tail } = c.req.valid('param');
    const { vectors } = parts();
    const vector = await vectors.ofRotation(tail);
    if (vector === null) throw new DownlineError('NOT_FOUND', `no rotation ${tail} is known`, { ids: { rotation: tail } });
    const role: Role = context.environment === 'staging' ? 'staging' : 'production';
    const newest = await context.bus.last('PREDICTIONS', `prediction.${vector.replay}.${role}.event.${token(tail)}.*`);
    const prediction = newest?.kind === 'prediction.made' && newest.data.rotation === tail ? newest.data : null;
    const { rotation, tail: aircraft, replay, day, asOf, sequence, stale, legs } = vector.data;
    return c.json(z.encode(shownRotation, {
      rotation, tail: aircraft, replay, day, asOf, sequence, stale,
      receipt: prediction?.receipt ?? null, predictedAsOf: prediction?.asOf ?? null, degraded: prediction?.degraded ?? null,
      legs: legs.map(({ features: _features, categories: _categories, ...leg }) => ({ ...leg, prediction: prediction?.legs.find((one) => one.flight === leg.flight) ?? null })),
    }) as never, 200);
  });

  app.openapi(resolve, async (c) => {
    const prediction = await predictionOf(context, c.req.valid('param').id);
    const vector = await vectorOf(context, prediction);
    return c.json(z.encode(resolvedReceipt, { prediction, provenance: prediction, vector: vector?.data ?? null }) as never, 200);
  });

  app.openapi(explain, async (c) => {
    explainer ??= createExplainer(context, parts().serving);
    const answer = await explainer(c.req.valid('param').id);
    return c.json({ ...answer, differences: [...answer.differences] }, 200);
  });
}

/** The role of an answer by HTTP: who is asked, not who asks. */
function roleOf(context: Context, tag: string | undefined): Role {
  if (context.environment === 'staging' || tag === ('staging' satisfies Delivery['tag'])) return 'staging';
  return tag === undefined || tag === ('production' satisfies Delivery['tag']) ? 'production' : 'canary';
}

async function vectorFor(vectors: Vectors, body: z.output<typeof predictionQuestion>): Promise<Vector> {
  const found = 'flight' in body ? await vectors.ofFlight(body.flight) : await vectors.ofRotation('tail' in body ? body.tail : body.rotation);
  if (found !== null) return found;
  const id = 'flight' in body ? body.flight : 'tail' in body ? body.tail : body.rotation;
  throw new DownlineError('NOT_FOUND', `no rotation of ${id} is known`, { ids: { id } });
}

function refuseStrangers(vector: Vector, assumed: Question['assumed']): void {
  const seen = new Set<string>();
  for (const { flight } of assumed) {
    if (!vector.data.legs.some((leg) => leg.flight === flight)) throw new DownlineError('BAD_REQUEST', `${flight} is no leg of the rotation ${vector.data.rotation}`, { ids: { flight } });
    if (seen.has(flight)) throw new DownlineError('BAD_REQUEST', `${flight} is assumed twice`, { ids: { flight } });
    seen.add(flight);
  }
}

function keep(kept: Map<string, PredictionMade>, answer: PredictionMade): void {
  kept.delete(answer.receipt);
  kept.set(answer.receipt, answer);
  for (const oldest of kept.keys()) {
    if (kept.size <= KEPT) break;
    kept.delete(oldest);
  }
}
