import { createRoute, z } from '@hono/zod-openapi';
import { CloudEvent, HTTP } from 'cloudevents';
import fc from 'fast-check';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { DownlineError } from '../errors/mod.ts';
import type { AnyEnvelope } from '../events/mod.ts';
import { BODY_LIMIT, createHost, type Context, type FunctionDefinition } from './mod.ts';

/** The host reads these two of a context; the functions of this test read nothing. */
const context = { log: pino({ level: 'silent' }), environment: 'production', image: 'sha256:0' } as unknown as Context;

const seen: { events: AnyEnvelope[]; tag: string }[] = [];
const echo: FunctionDefinition = {
  name: 'echo',
  handle: (_context, events, { tag }) => {
    const [first] = events;
    if (first?.id === 'poison') return Promise.reject(new DownlineError('NOT_FOUND', 'no such flight'));
    if (first?.id === 'later') return Promise.reject(new DownlineError('SERVICE_DOWN', 'S3 is away'));
    if (first?.id === 'fenced') return Promise.reject(new DownlineError('WRITER_FENCED', 'another'));
    if (first?.id === 'defect') return Promise.reject(new TypeError('secret of the code'));
    seen.push({ events: [...events], tag });
    return Promise.resolve();
  },
  routes(app) {
    app.openapi(createRoute({
      method: 'post', path: '/v1/things/{id}',
      request: { params: z.object({ id: z.string().max(10) }), body: { required: true, content: { 'application/json': { schema: z.object({ n: z.number(), list: z.array(z.object({ x: z.string() })).optional() }) } } } },
      responses: { 200: { description: 'so', content: { 'application/json': { schema: z.object({ n: z.number() }) } } } },
    }), (c) => {
      const { n } = c.req.valid('json');
      if (n === 404) throw new DownlineError('NOT_FOUND', 'no such number', { ids: { n } });
      if (n === 500) throw new TypeError('secret of the code');
      return c.json({ n }, 200);
    });
  },
};

const started = async (definition = echo): Promise<ReturnType<typeof createHost>> => {
  const host = createHost(definition, context);
  await host.start();
  return host;
};
const url = (path: string): string => `http://localhost${path}`;
const event = (id: string, now = '2013-06-10T12:30Z'): Record<string, unknown> => ({ specversion: '1.0', id, source: '/t', type: 'downline.clock.ticked.v1', time: '2013-06-10T12:30Z', replay: 'r', stream: 'OPS', sequence: 7, data: { now } });
const batch = (events: unknown, headers: Record<string, string> = {}): RequestInit => ({ method: 'POST', body: JSON.stringify(events), headers: { 'content-type': 'application/cloudevents-batch+json', ...headers } });

describe('events', () => {
  it('come in binary, structured and batch mode, as the CloudEvents SDK sends them', async () => {
    const host = await started();
    const sdk = new CloudEvent({ id: 'ä 1%', source: '/t', type: 'downline.clock.ticked.v1', time: '2013-06-10T12:30:00.000Z', replay: 'r', data: { now: '2013-06-10T12:30Z' }, datacontenttype: 'application/json' });
    for (const message of [HTTP.binary(sdk), HTTP.structured(sdk)]) {
      seen.length = 0;
      const headers = Object.fromEntries(Object.entries(message.headers).map(([name, value]) => [name, name === 'ce-id' ? encodeURIComponent(String(value)) : String(value)]));
      const response = await host.fetch(new Request(url('/'), { method: 'POST', headers, body: typeof message.body === 'string' ? message.body : JSON.stringify(message.body) }));
      expect(response.status).toBe(204);
      expect(seen[0]?.events).toMatchObject([{ kind: 'clock.ticked', id: 'ä 1%', replay: 'r', data: { now: Date.UTC(2013, 5, 10, 12, 30) / 60_000 } }]);
    }
    seen.length = 0;
    expect((await host.fetch(new Request(url('/'), batch([event('1'), event('2')], { 'downline-tag': 'canary' })))).status).toBe(204);
    expect(seen).toMatchObject([{ tag: 'canary', events: [{ id: '1', stream: 'OPS', sequence: 7 }, { id: '2' }] }]);
    expect((await host.fetch(new Request(url('/'), batch([])))).status).toBe(204);
  });

  it('name the one at fault and reach nobody', async () => {
    const host = await started();
    seen.length = 0;
    for (const bad of [{ ...event('2'), type: 'downline.nothing.v1' }, event('2', 'yesterday'), event('2', '2013-99-99T12:30Z'), { ...event('2'), type: 'downline.constructor.v1' }, 7, null, [], { specversion: '1.0' }, { ...event('2'), id: '' }, { ...event('2'), sequence: -1.5 }]) {
      const response = await host.fetch(new Request(url('/'), batch([event('1'), bad, event('3')])));
      expect(response.status).toBe(422);
      expect(await response.json()).toMatchObject({ index: 1, status: 422 });
    }
    expect(seen).toEqual([]);
  });

  it('tell whether to send them again', async () => {
    const host = await started();
    const statusOf = async (id: string): Promise<[number, string]> => {
      const response = await host.fetch(new Request(url('/'), batch([event(id)])));
      return [response.status, ((await response.json()) as { code: string }).code];
    };
    expect(await statusOf('poison')).toEqual([422, 'NOT_FOUND']);
    expect(await statusOf('later')).toEqual([503, 'SERVICE_DOWN']);
    expect(await statusOf('fenced')).toEqual([409, 'WRITER_FENCED']);
    expect(await statusOf('defect')).toEqual([500, 'INTERNAL']);
  });

  it('of any other shape are refused, never with a 500', async () => {
    const host = await started();
    const requests: [RequestInit, number][] = [
      [{ method: 'POST', body: '{}' }, 415],
      [{ method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } }, 415],
      [{ method: 'POST', body: '<x/>', headers: { 'content-type': 'application/xml', 'ce-specversion': '1.0' } }, 415],
      [{ method: 'POST', body: '[{', headers: { 'content-type': 'application/cloudevents-batch+json' } }, 400],
      [{ method: 'POST', body: '{', headers: { 'content-type': 'application/cloudevents+json; charset=utf-8' } }, 400],
      [batch({}), 400],
      [batch(Array.from({ length: 5001 }, () => 1)), 413],
      [batch('x'.repeat(BODY_LIMIT)), 413],
      [batch([event('1')], { 'downline-tag': 'everything' }), 400],
      [{ method: 'POST', body: '{"now":', headers: { 'content-type': 'application/json', 'ce-specversion': '1.0', 'ce-id': '%E0%A4%A', 'ce-source': '/', 'ce-type': 'downline.clock.ticked.v1', 'ce-time': '2013-06-10T12:30Z', 'ce-replay': 'r' } }, 422],
      [{ method: 'DELETE' }, 405],
    ];
    for (const [init, status] of requests) {
      const response = await host.fetch(new Request(url('/'), init));
      expect([init, response.status]).toEqual([init, status]);
      expect(response.headers.get('content-type')).toBe('application/problem+json');
    }
  });

  it('survive any JSON and any text', async () => {
    const host = await started();
    await fc.assert(fc.asyncProperty(
      fc.oneof(fc.json(), fc.string(), fc.array(fc.record({ specversion: fc.constant('1.0'), id: fc.string(), source: fc.string(), type: fc.constantFrom('downline.clock.ticked.v1', '__proto__', 'downline.constructor.v1', 'downline.toString.v1'), time: fc.string(), data: fc.jsonValue() }, { requiredKeys: [] })).map((list) => JSON.stringify(list))),
      fc.constantFrom('application/cloudevents-batch+json', 'application/cloudevents+json', 'application/json', 'text/plain'),
      async (body, type) => {
        const response = await host.fetch(new Request(url('/'), { method: 'POST', body, headers: { 'content-type': type, 'ce-type': 'downline.clock.ticked.v1' } }));
        expect(response.status).toBeLessThan(500);
      },
    ), { numRuns: 200 });
  });
});

describe('routes', () => {
  it('answer with problems that name the field', async () => {
    const host = await started();
    const post = async (path: string, body: string, type = 'application/json'): Promise<[number, Record<string, unknown>]> => {
      const response = await host.fetch(new Request(url(path), { method: 'POST', body, headers: { 'content-type': type } }));
      return [response.status, await response.json() as Record<string, unknown>];
    };
    expect(await post('/v1/things/a', '{"n":1}')).toEqual([200, { n: 1 }]);
    expect(await post('/v1/things/a', '{"n":"1","list":[{"x":"a"},{"x":2}]}')).toMatchObject([400, { code: 'BAD_REQUEST', errors: [{ path: 'json.n' }, { path: 'json.list.1.x' }] }]);
    expect(await post('/v1/things/a', '{"n":')).toMatchObject([400, { code: 'BAD_REQUEST' }]);
    expect(await post('/v1/things/a', 'n=1', 'text/plain')).toMatchObject([415, { code: 'UNSUPPORTED_MEDIA' }]);
    expect(await post(`/v1/things/${'a'.repeat(11)}`, '{"n":1}')).toMatchObject([400, { errors: [{ path: 'param.id' }] }]);
    expect(await post('/v1/things/a', '{"n":404}')).toMatchObject([404, { code: 'NOT_FOUND', ids: { n: 404 }, detail: 'no such number' }]);
    expect(await post('/v1/nothing', '{}')).toMatchObject([404, { code: 'NOT_FOUND' }]);
    expect(await post('/v1/things/a', JSON.stringify({ n: 1, pad: 'x'.repeat(BODY_LIMIT) }))).toMatchObject([413, { code: 'TOO_LARGE' }]);
    const [status, problem] = await post('/v1/things/a', '{"n":500}');
    expect(status).toBe(500);
    expect(JSON.stringify(problem)).not.toContain('secret');
    expect(problem['trace']).toMatch(/^[0-9a-f]{32}$/);
  });

  it('say which methods a path answers', async () => {
    const host = await started();
    const response = await host.fetch(new Request(url('/v1/things/a'), { method: 'GET' }));
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST']);
    expect((await host.fetch(new Request(url('/health/liveness'), { method: 'HEAD' }))).status).toBe(200);
    expect((await host.fetch(new Request(url('/%00%ff/..%2f'), { method: 'PATCH' }))).status).toBe(404);
  });

  it('are described', async () => {
    const host = await started();
    expect(Object.keys(host.openapi().paths ?? {})).toEqual(['/v1/things/{id}']);
  });
});

describe('a trace', () => {
  it('is taken over when it is one, and made otherwise', async () => {
    const host = await started();
    const traceOf = async (traceparent?: string): Promise<string> => (await host.fetch(new Request(url('/health/liveness'), { headers: traceparent === undefined ? {} : { traceparent } }))).headers.get('traceparent') ?? '';
    const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
    expect(await traceOf(`00-${trace}-00f067aa0ba902b7-00`)).toMatch(new RegExp(`^00-${trace}-(?!00f067aa0ba902b7)[0-9a-f]{16}-00$`));
    for (const broken of [undefined, '', 'x', `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`, `00-${trace}-${'0'.repeat(16)}-01`, `ff-${trace}-00f067aa0ba902b7-01`, `00-${trace.toUpperCase()}-00f067aa0ba902b7-01`]) {
      expect(await traceOf(broken)).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
      expect(await traceOf(broken)).not.toContain(trace);
    }
  });
});

describe('a life', () => {
  it('is ready only between start and stop, and waits for what is under way', async () => {
    let release: () => void = () => undefined;
    const order: string[] = [];
    const host = createHost({
      name: 'slow',
      init: () => { order.push('init'); return Promise.resolve(); },
      handle: () => new Promise((done) => { release = () => { order.push('handled'); done(); }; }),
      readiness: () => Promise.resolve(order.includes('handled') ? null : 'nothing was handled yet'),
      shutdown: () => { order.push('shutdown'); return Promise.resolve(); },
    }, context);
    const statusOf = async (path: string, init?: RequestInit): Promise<number> => (await host.fetch(new Request(url(path), init))).status;
    expect([await statusOf('/health/liveness'), await statusOf('/health/readiness'), await statusOf('/', batch([event('1')])), await statusOf('/metrics')]).toEqual([200, 503, 503, 200]);
    await Promise.all([host.start(), host.start()]);
    expect(await statusOf('/health/readiness')).toBe(503);
    const handling = statusOf('/', batch([event('1')]));
    await new Promise((done) => setTimeout(done, 20));
    const stopping = host.stop();
    expect(await statusOf('/', batch([event('2')]))).toBe(503);
    release();
    expect(await handling).toBe(204);
    await stopping;
    expect(order).toEqual(['init', 'handled', 'shutdown']);
  });

  it('may begin again after a failed start', async () => {
    let tries = 0;
    const host = createHost({ name: 'x', init: () => (tries += 1) === 1 ? Promise.reject(new DownlineError('SERVICE_DOWN', 'NATS')) : Promise.resolve() }, context);
    await expect(host.start()).rejects.toMatchObject({ code: 'SERVICE_DOWN' });
    await host.start();
    expect((await host.fetch(new Request(url('/health/readiness')))).status).toBe(200);
    const response = await host.fetch(new Request(url('/'), batch([event('1')])));
    expect(response.status).toBe(404);
  });
});

it('measures by route, not by address', async () => {
  const host = await started();
  for (const id of ['a', 'b', 'c']) await host.fetch(new Request(url(`/v1/things/${id}`), { method: 'POST', body: '{"n":1}', headers: { 'content-type': 'application/json' } }));
  await host.fetch(new Request(url('/wp-login.php')));
  await host.fetch(new Request(url('/'), batch([event('1'), event('poison')])));
  await host.fetch(new Request(url('/'), batch([event('poison')])));
  const text = await (await host.fetch(new Request(url('/metrics')))).text();
  expect(text).toContain('downline_requests_total{method="POST",route="/v1/things/:id",status="200",function="echo"} 3');
  expect(text).toContain('downline_requests_total{method="GET",route="none",status="404",function="echo"} 1');
  expect(text).toContain('downline_events_total{kind="clock.ticked",result="handled",function="echo"} 2');
  expect(text).toContain('downline_events_total{kind="clock.ticked",result="refused",function="echo"} 1');
  expect(text).toContain('downline_cold_start_seconds{function="echo"}');
  expect(text).not.toContain('wp-login');
});
