import { randomUUID } from 'node:crypto';
import { createRoute, z } from '@hono/zod-openapi';
import { feedbackInput, feedbackList, type FeedbackInput } from '../../lib/api/mod.ts';
import { DownlineError } from '../../lib/errors/mod.ts';
import { feedbackGiven, token, type FeedbackGiven } from '../../lib/events/mod.ts';
import type { Context, FunctionDefinition } from '../../lib/host/mod.ts';
import { currentMinute, currentReplay } from '../../lib/replay/mod.ts';

const give = createRoute({
  method: 'post',
  path: '/v1/feedback',
  summary: "A dispatcher's verdict, correction or action on an alert, a prediction or a flight",
  request: { body: { required: true, content: { 'application/json': { schema: feedbackInput } } } },
  responses: {
    201: { description: 'Kept', content: { 'application/json': { schema: feedbackGiven } } },
    200: { description: 'This id was there already; nothing changed', content: { 'application/json': { schema: feedbackGiven } } },
  },
});

const list = createRoute({
  method: 'get',
  path: '/v1/feedback',
  summary: 'Feedback given, newest last',
  request: { query: z.object({ flight: z.string().max(60).optional() }) },
  responses: { 200: { description: 'The feedback', content: { 'application/json': { schema: feedbackList } } } },
});

/** `feedback`: what dispatchers say of alerts and predictions. */
const feedback: FunctionDefinition = {
  name: 'feedback',
  routes(app, context) {
    app.openapi(give, async (c) => {
      const body = c.req.valid('json');
      const replay = await currentReplay(context.bus);
      if (body.alert === undefined && body.receipt === undefined && body.flight === undefined) {
        throw new DownlineError('BAD_REQUEST', 'feedback wants at least one of alert, receipt, flight');
      }
      await mustExist(context, replay, body);
      const id = body.id ?? randomUUID();
      const data: FeedbackGiven = {
        id,
        replay,
        by: body.by,
        alert: body.alert ?? null,
        receipt: body.receipt ?? null,
        flight: body.flight ?? flightOfAlert(replay, body.alert),
        verdict: body.verdict,
        action: body.action ?? null,
        correction: body.correction ?? null,
        comment: body.comment ?? null,
        at: await currentMinute(context.bus, replay),
      };
      const [stored] = await context.bus.publish([{ kind: 'feedback.given', id: `${replay}.feedback.${id}`, source: 'feedback', time: data.at, replay, data }], 'new');
      const before = stored!.duplicate ? await context.bus.at('OUTCOMES', stored!.sequence) : null;
      const kept = before?.kind === 'feedback.given' ? before.data : data;
      return c.json(z.encode(feedbackGiven, kept) as never, stored!.duplicate ? 200 : 201);
    });

    app.openapi(list, async (c) => {
      const { flight } = c.req.valid('query');
      const replay = await currentReplay(context.bus);
      const given: FeedbackGiven[] = [];
      for await (const event of context.bus.read('OUTCOMES', { from: 1, subjects: [`feedback.${replay}.>`] })) {
        if (event.kind === 'feedback.given' && (flight === undefined || event.data.flight === flight)) given.push(event.data);
      }
      return c.json(z.encode(feedbackList, { feedback: given }) as never, 200);
    });
  },
};

/** Feedback on something that was never said is a client's mistake: throws `NOT_FOUND`. */
async function mustExist(context: Context, replay: string, body: FeedbackInput): Promise<void> {
  if (body.alert !== undefined) {
    const flight = flightOfAlert(replay, body.alert);
    const alert = flight === null ? null : await context.bus.last('OUTCOMES', `alert.${replay}.*.${token(flight)}.>`);
    if (alert === null) throw new DownlineError('NOT_FOUND', `no alert ${body.alert}`, { ids: { alert: body.alert } });
  }
  if (body.receipt !== undefined) {
    const prediction = await context.bus.last('PREDICTIONS', `prediction.${replay}.*.*.*.${token(body.receipt)}`);
    if (prediction === null) throw new DownlineError('NOT_FOUND', `no prediction with receipt ${body.receipt}`, { ids: { receipt: body.receipt } });
  }
}

function flightOfAlert(replay: string, alert: string | undefined): string | null {
  return alert?.startsWith(`${replay}.`) === true ? alert.slice(replay.length + 1) : null;
}

export default feedback;
