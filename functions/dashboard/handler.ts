import { createRoute, z } from '@hono/zod-openapi';
import { streamSSE } from 'hono/streaming';
import { boardAnswer, modelList } from '../../lib/api/mod.ts';
import { formatMinute, operatingDay } from '../../lib/events/mod.ts';
import { foldFunction } from '../../lib/host/mod.ts';
import { currentReplay } from '../../lib/replay/mod.ts';
import { boardFold } from './board.ts';
import { notices } from './live.ts';
import { modelsOf } from './models.ts';
import { servePages } from './pages.ts';

const board = createRoute({
  method: 'get',
  path: '/v1/board',
  summary: 'The rotations of an operating day with actual and predicted delays',
  request: { query: z.object({ day: operatingDay.optional() }) },
  responses: { 200: { description: 'The board; without `day`, the day under way', content: { 'application/json': { schema: boardAnswer } } } },
});

const models = createRoute({
  method: 'get',
  path: '/v1/models',
  summary: 'Models that were evaluated offline, with their reports',
  responses: { 200: { description: 'Newest first', content: { 'application/json': { schema: modelList } } } },
});

/** `dashboard`: the pages and their read models. */
export default foldFunction({
  name: 'dashboard',
  fold: () => boardFold,
  routes(app, context, driver) {
    app.openapi(board, async (c) => {
      const replay = await currentReplay(context.bus);
      const state = await driver().state(replay);
      const days = Object.keys(state.days).sort();
      // New York's day begins at 04:00Z or 05:00Z; the board turns the page at 09:00Z.
      const today = formatMinute(state.now - 9 * 60).slice(0, 10);
      const day = c.req.valid('query').day ?? (days.includes(today) ? today : days[0] ?? today);
      const rotations = Object.values(state.days[day] ?? {}).map((entry) => entry.board).sort((a, b) => (a.legs[0]?.scheduledOff ?? 0) - (b.legs[0]?.scheduledOff ?? 0) || (a.rotation < b.rotation ? -1 : 1));
      return c.json(z.encode(boardAnswer, { replay, now: state.now, day, days, rotations }) as never, 200);
    });

    app.openapi(models, async (c) => c.json(z.encode(modelList, { models: await modelsOf(context, await currentReplay(context.bus)) }) as never, 200));

    app.get('/v1/stream', (c) =>
      streamSSE(c, async (stream) => {
        const replay = await currentReplay(context.bus);
        const ended = new AbortController();
        stream.onAbort(() => ended.abort());
        for await (const notice of notices(context, replay, ended.signal)) {
          await stream.writeSSE({ event: notice.topic, data: JSON.stringify(notice.now === undefined ? {} : { now: formatMinute(notice.now) }) });
        }
      }),
    );

    servePages(app);
  },
});
