import { createRoute, z } from '@hono/zod-openapi';
import { qualityReport } from '../../lib/api/mod.ts';
import { foldFunction } from '../../lib/host/mod.ts';
import { currentReplay } from '../../lib/replay/mod.ts';
import { monitorFold } from './fold.ts';

const quality = createRoute({
  method: 'get',
  path: '/v1/quality',
  summary: 'Realised quality, drift and data quality by operating day, with the findings',
  responses: { 200: { description: 'Closed days, oldest first', content: { 'application/json': { schema: qualityReport } } } },
});

/** `monitor`: what the models and the data are really like. */
export default foldFunction({
  name: 'monitor',
  fold: () => monitorFold,
  routes(app, context, driver) {
    app.openapi(quality, async (c) => {
      const replay = await currentReplay(context.bus);
      const { closed, findings } = await driver().state(replay);
      return c.json(z.encode(qualityReport, { replay, days: closed, findings }) as never, 200);
    });
  },
});
