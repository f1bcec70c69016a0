import { createRoute, z } from '@hono/zod-openapi';
import type { FunctionDefinition } from '../../lib/host/mod.ts';
import { getManifest, listManifests, manifest } from '../../lib/lake/mod.ts';

const json = <S extends z.ZodType>(description: string, schema: S) => ({ description, content: { 'application/json': { schema } } });

const summary = z.object({
  version: z.string(),
  createdAt: z.string(),
  /** The replay whose production it holds. */
  replay: z.string(),
  parents: z.array(z.string()),
  rows: z.record(z.string(), z.number()),
  /** Rows by split, as of `details`. */
  details: z.record(z.string(), z.unknown()),
});

const listRoute = createRoute({
  method: 'get', path: '/v1/data/datasets', summary: 'Dataset versions, newest last', request: { query: z.object({ limit: z.coerce.number().int().min(1).max(1000).default(100) }) },
  responses: { 200: json('The versions', z.object({ datasets: z.array(summary) })) },
});
const showRoute = createRoute({
  method: 'get', path: '/v1/data/datasets/{version}', summary: 'The whole manifest of a version: parents, files with hashes, splits, quality', request: { params: z.object({ version: z.string().max(80) }) },
  responses: { 200: json('The manifest', manifest) },
});

/** `dataset`: the job is in `job.ts`; over HTTP it tells what there is. */
const dataset: FunctionDefinition = {
  name: 'dataset',
  routes(app, { objects }) {
    app.openapi(listRoute, async (c) => {
      const found = (await listManifests(objects, 'dataset')).slice(-c.req.valid('query').limit);
      return c.json({ datasets: found.map(({ version, createdAt, source, parents, rows, details }) => ({ version, createdAt, replay: source, parents, rows, details })) }, 200);
    });
    app.openapi(showRoute, async (c) => c.json(await getManifest(objects, c.req.valid('param').version), 200));
  },
};

export default dataset;
