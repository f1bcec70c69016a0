import { createRoute, z } from '@hono/zod-openapi';
import { alertList } from '../../lib/api/mod.ts';
import { operatingDay, type AlertChanged } from '../../lib/events/mod.ts';
import { foldFunction } from '../../lib/host/mod.ts';
import { currentReplay } from '../../lib/replay/mod.ts';
import { alertFold } from './fold.ts';

const list = createRoute({
  method: 'get',
  path: '/v1/alerts',
  summary: 'Alerts, the most urgent first',
  request: {
    query: z.object({
      status: z.enum(['open', 'all']).default('open').openapi({ description: '`open`: what can still be acted on; `all`: with those that were cleared' }),
      day: operatingDay.optional(),
    }),
  },
  responses: { 200: { description: 'The alerts', content: { 'application/json': { schema: alertList } } } },
});

/** `alert`: few, early alerts within the day's budget. */
export default foldFunction({
  name: 'alert',
  fold: (context) => alertFold(context.settings.alertBudget),
  routes(app, context, driver) {
    app.openapi(list, async (c) => {
      const { status, day } = c.req.valid('query');
      const replay = await currentReplay(context.bus);
      const alerts = new Map<string, AlertChanged>();
      if (status === 'all') {
        for await (const event of context.bus.read('OUTCOMES', { from: 1, subjects: [`alert.${replay}.>`] })) {
          if (event.kind === 'alert.changed') alerts.set(event.data.id, event.data);
        }
      } else {
        for (const { alert } of Object.values((await driver().state(replay)).open)) alerts.set(alert.id, alert);
      }
      const chosen = [...alerts.values()].filter((alert) => day === undefined || alert.day === day).sort((a, b) => a.actBy - b.actBy);
      return c.json(z.encode(alertList, { alerts: chosen, budget: context.settings.alertBudget }) as never, 200);
    });
  },
});
