import { createRoute, z } from '@hono/zod-openapi';
import type { FunctionDefinition } from '../../../../../host/mod.ts';

// A function that is rolled out by revisions, for the tests of the local platform.
const spec = z.object({ name: z.string(), environment: z.string(), bundle: z.string() });
const seen: { kind: string; tag: string }[] = [];
const answer = { content: { 'application/json': { schema: z.unknown() } }, description: 'What it is' };

const model: FunctionDefinition = {
  name: 'model',
  init() {
    if (process.env.DOWNLINE_REVISION !== undefined && spec.parse(JSON.parse(process.env.DOWNLINE_REVISION)).bundle === 'bad') throw new Error('the bundle is bad');
    return Promise.resolve();
  },
  handle(_context, events, { tag }) {
    for (const { kind } of events) seen.push({ kind, tag });
    return Promise.resolve();
  },
  routes(app, context) {
    const who = (): object => ({ ...spec.parse(JSON.parse(process.env.DOWNLINE_REVISION ?? '')), pid: process.pid, environment: context.environment, seen });
    app.openapi(createRoute({ method: 'post', path: '/v1/predictions', request: { body: { content: { 'application/json': { schema: z.object({ tail: z.string().optional(), die: z.boolean().optional(), fail: z.boolean().optional() }) } } } }, responses: { 200: answer } }), (c) => {
      const body = c.req.valid('json');
      if (body.die === true) process.kill(process.pid, 'SIGKILL');
      if (body.fail === true) throw new Error('a defect');
      return c.json({ ...who(), tag: c.req.header('downline-tag') }, 200);
    });
    app.openapi(createRoute({ method: 'get', path: '/v1/rotations/{tail}', responses: { 200: answer } }), (c) => c.json({ ...who(), tag: c.req.header('downline-tag') }, 200));
  },
};
export default model;
