import { createRoute, z, type OpenAPIHono } from '@hono/zod-openapi';
import { rolloutView } from '../../lib/api/mod.ts';
import { DownlineError } from '../../lib/errors/mod.ts';
import type { Context } from '../../lib/host/mod.ts';
import { dropCanary, rollBack, type Judgement } from '../../lib/pipeline/mod.ts';
import { currentReplay } from '../../lib/replay/mod.ts';
import { follow } from './follow.ts';
import { instantOf } from './reconcile.ts';
import { loadRollout, saveRollout, type Held } from './store.ts';

const show = createRoute({
  method: 'get',
  path: '/v1/rollout',
  summary: 'Production, canary, traffic, evidence and history',
  responses: { 200: { description: 'The rollout', content: { 'application/json': { schema: rolloutView } } } },
});

const undo = createRoute({
  method: 'post',
  path: '/v1/rollout/rollback',
  summary: 'Ends the canary, or brings the previous revision back into production',
  request: {
    body: {
      required: true,
      content: {
        'application/json': {
          schema: z.strictObject({
            reason: z.string().min(1).max(300),
            revision: z.string().max(60).optional().openapi({ description: 'The revision that is to go; without it the canary where there is one, else production. Naming it makes the request safe to repeat' }),
          }),
        },
      },
    },
  },
  responses: { 200: { description: 'The rollout afterwards; asking again changes nothing', content: { 'application/json': { schema: rolloutView } } } },
});

/** Changes of the record from HTTP, polls and events take turns in a process; between processes compare-and-swap decides. */
export type Turn = <T>(task: () => Promise<T>) => Promise<T>;

/** The HTTP side of `rollout`. */
export function routes(app: OpenAPIHono, context: Context, turn: Turn, judgement: (held: Held) => Promise<Judgement | null>): void {
  const answer = async (held: Held): Promise<unknown> => {
    const observed = await context.platform?.observe() ?? { revisions: [], traffic: [] };
    const judged = await judgement(held);
    return z.encode(rolloutView, {
      ...held.record,
      traffic: observed.traffic,
      revisions: observed.revisions.map(({ url: _url, ...rest }) => rest),
      judge: judged === null ? null : { verdict: judged.verdict, reason: judged.reason },
    });
  };
  const load = async (): Promise<Held> => {
    const replay = await currentReplay(context.bus);
    const held = await loadRollout(context.bus, replay);
    if (held === null) throw new DownlineError('UNAVAILABLE', 'the rollout has not begun yet', { ids: { replay } });
    return held;
  };

  app.openapi(show, async (c) => c.json(await answer(await load()) as never, 200));

  app.openapi(undo, async (c) => {
    const { reason, revision: named } = c.req.valid('json');
    const held = await turn(async () => {
      const before = await load();
      const { record } = before;
      const goes = named ?? record.canary?.revision ?? record.production.revision;
      const isCanary = record.canary?.revision === goes;
      const isProduction = record.production.revision === goes;
      const repeated = named === undefined
        ? record.previous === null && record.history.at(-1)?.change === 'rolled-back'
        : record.history.findLast((entry) => entry.revision === goes)?.change === 'rolled-back';
      if (!isCanary && (repeated || !isProduction)) {
        if (repeated) return before;
        throw new DownlineError('ROLLOUT_REFUSED', `${goes} is neither canary nor production`, { ids: { revision: goes } });
      }
      const at = await instantOf(context, record.replay) ?? record.production.since;
      const next = isCanary ? dropCanary(record, at, reason) : rollBack(record, at, reason);
      const after = await saveRollout(context.bus, before, next, at);
      if (context.platform !== null) await follow(context.platform, after.record);
      return after;
    });
    return c.json(await answer(held) as never, 200);
  });
}
