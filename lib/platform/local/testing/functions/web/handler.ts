import { createRoute, z } from '@hono/zod-openapi';
import type { FunctionDefinition } from '../../../../../host/mod.ts';

// A function in the platform's process with a schedule, for the tests of the local platform.
const polls = { count: 0, underWay: 0, most: 0 };

const web: FunctionDefinition = {
  name: 'web',
  async poll() {
    polls.count += 1;
    polls.underWay += 1;
    polls.most = Math.max(polls.most, polls.underWay);
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    polls.underWay -= 1;
  },
  routes(app, context) {
    app.openapi(createRoute({ method: 'get', path: '/v1/web', responses: { 200: { description: 'Polls', content: { 'application/json': { schema: z.object({ count: z.number(), most: z.number(), steers: z.boolean() }) } } } } }), (c) => c.json({ count: polls.count, most: polls.most, steers: context.platform !== null }, 200));
  },
};
export default web;
