import { createRoute, z, type OpenAPIHono } from '@hono/zod-openapi';
import { runList } from '../../lib/api/mod.ts';
import { createRay } from '../../lib/clients/ray/mod.ts';
import { DownlineError, isDownlineError } from '../../lib/errors/mod.ts';
import { run as runSchema, type Run } from '../../lib/events/mod.ts';
import type { Context } from '../../lib/host/mod.ts';
import { advance, CANARY_MARGINS, isEnd } from '../../lib/pipeline/mod.ts';
import { currentMinute, currentReplay } from '../../lib/replay/mod.ts';
import { requestRun } from './request.ts';
import { loadRun, requestCanary, runIds, saveRun, type HeldRun } from './store.ts';

const id = z.object({ id: z.string().min(1).max(80).regex(/^[A-Za-z0-9_-]+$/) });
const shown = { description: 'The run', content: { 'application/json': { schema: runSchema } } };

const list = createRoute({
  method: 'get', path: '/v1/runs', summary: 'Pipeline runs of the current replay, newest first',
  responses: { 200: { description: 'The runs', content: { 'application/json': { schema: runList } } } },
});
const show = createRoute({
  method: 'get', path: '/v1/runs/{id}', summary: 'One run with its stages and gates',
  request: { params: id }, responses: { 200: shown },
});
const start = createRoute({
  method: 'post', path: '/v1/runs', summary: 'Retrain: requests a run',
  request: {
    body: {
      required: true,
      content: {
        'application/json': {
          schema: z.strictObject({
            reason: z.string().min(1).max(300).optional(),
            shuffleLabels: z.boolean().optional().openapi({ description: 'Test of the gates: train on shuffled labels' }),
            ignoreGates: z.boolean().optional().openapi({ description: 'Test of the canary: go on past failed offline gates' }),
          }),
        },
      },
    },
  },
  responses: { 202: { description: 'Requested', content: { 'application/json': { schema: runSchema } } } },
});
const cancel = createRoute({
  method: 'post', path: '/v1/runs/{id}/cancel', summary: 'Ends a run as failed; production stays as it is',
  request: { params: id, body: { required: true, content: { 'application/json': { schema: z.strictObject({ reason: z.string().min(1).max(300).optional() }) } } } },
  responses: { 200: shown },
});

/** The HTTP side of `pipeline`. */
export function routes(app: OpenAPIHono, context: Context): void {
  const { bus } = context;
  const found = async (run: string): Promise<HeldRun> => {
    const held = await loadRun(bus, run);
    if (held === null) throw new DownlineError('NOT_FOUND', `no run ${run}`, { ids: { run } });
    return held;
  };
  const encoded = (run: Run): never => z.encode(runSchema, run) as never;

  app.openapi(list, async (c) => {
    const ids = await runIds(bus, await currentReplay(bus));
    const runs = await Promise.all(ids.reverse().slice(0, 100).map(found));
    return c.json({ runs: runs.map(({ run }) => encoded(run)) }, 200);
  });

  app.openapi(show, async (c) => c.json(encoded((await found(c.req.valid('param').id)).run), 200));

  app.openapi(start, async (c) => {
    const { reason = 'asked for', shuffleLabels = false, ignoreGates = false } = c.req.valid('json');
    const replay = await currentReplay(bus);
    const { run } = await requestRun(context, replay, await currentMinute(bus, replay), { kind: 'manual', by: 'http', reason }, { shuffleLabels, ignoreGates });
    return c.json(encoded(run), 202);
  });

  app.openapi(cancel, async (c) => {
    const { reason = 'no reason given' } = c.req.valid('json');
    for (;;) {
      const held = await found(c.req.valid('param').id);
      if (isEnd(held.run.stage)) return c.json(encoded(held.run), 200);
      try {
        const { run } = await saveRun(bus, held, advance(held.run, { kind: 'failed', reason: `cancelled: ${reason}` }, new Date().toISOString()));
        await undo(context, run, reason);
        return c.json(encoded(run), 200);
      } catch (error) {
        // The run moved on meanwhile: it is read again and ended from there.
        if (!isDownlineError(error, 'CONFLICT')) throw error;
      }
    }
  });
}

/** Takes back what a cancelled run has under way. The record says already that it ended; this is tidying up. */
async function undo(context: Context, run: Run, reason: string): Promise<void> {
  const stage = run.stages.at(-2)?.name;
  if (run.bundle !== null && (stage === 'canary' || stage === 'load-testing')) {
    await requestCanary(context.bus, run.replay, { run: run.id, bundle: run.bundle, wanted: 'withdrawn', margin: CANARY_MARGINS.first, reason: `cancelled: ${reason}` });
  }
  const ray = context.rayUrl();
  if (run.job !== null && ray !== null && stage === 'training') {
    await createRay(ray).stop(run.job).catch((error: unknown) => context.log.warn({ run: run.id, err: error }, 'the training job could not be stopped'));
  }
  if (context.platform !== null && (stage === 'staging' || stage === 'load-testing')) {
    await context.platform.remove(`staging-${run.id}`).catch((error: unknown) => context.log.warn({ run: run.id, err: error }, 'staging could not be removed'));
  }
}
