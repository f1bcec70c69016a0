import { readFile, readdir } from 'node:fs/promises';
import { stripTypeScriptTypes } from 'node:module';
import type { OpenAPIHono } from '@hono/zod-openapi';

const FOLDER = new URL('./pages/', import.meta.url);
const TYPES: Record<string, string> = { html: 'text/html; charset=utf-8', css: 'text/css; charset=utf-8', ts: 'text/javascript; charset=utf-8' };
/** Nothing comes from elsewhere, nothing may frame the pages; marks on the board are placed by inline style. */
const HEADERS = {
  'content-security-policy': "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'",
  'cache-control': 'no-cache',
  'x-content-type-options': 'nosniff',
};

/** Serves `/` and `/pages/<file>`: TypeScript modules with their types stripped, as Node itself runs them; no build, no bundle. */
export function servePages(app: OpenAPIHono): void {
  const ready = load();
  app.get('/', async (c) => c.body((await ready).get('index.html')!, 200, { ...HEADERS, 'content-type': TYPES.html! }));
  app.get('/pages/:file', async (c, next) => {
    const file = c.req.param('file');
    const body = (await ready).get(file);
    if (body === undefined) return next();
    return c.body(body, 200, { ...HEADERS, 'content-type': TYPES[file.split('.').at(-1)!]! });
  });
}

async function load(): Promise<Map<string, string>> {
  const files = (await readdir(FOLDER)).filter((file) => /\.(html|css|ts)$/.test(file));
  const texts = await Promise.all(files.map(async (file) => {
    const text = await readFile(new URL(file, FOLDER), 'utf8');
    return [file, file.endsWith('.ts') ? stripTypeScriptTypes(text) : text] as const;
  }));
  return new Map(texts);
}
