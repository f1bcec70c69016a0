import { OpenAPIHono } from '@hono/zod-openapi';
import { bodyLimit } from 'hono/body-limit';
import type { Registry } from 'prom-client';
import { DownlineError, toDownlineError } from '../errors/mod.ts';
import type { AnyEnvelope } from '../events/mod.ts';
import { eventsOf } from './cloud-events.ts';
import type { Context, Delivery, FunctionDefinition } from './definition.ts';
import { createMetrics } from './metrics.ts';
import { badRequest, problemResponse } from './problem.ts';
import { allowedMethods, routeOf } from './routing.ts';
import { continueTrace } from './trace.ts';

/** Most bytes of a request's body. */
export const BODY_LIMIT = 1_048_576;

const TAGS: readonly string[] = ['production', 'canary', 'previous', 'staging'] satisfies Delivery['tag'][];

/** A function that answers requests. */
export interface Host {
  readonly name: string;
  /** Answers any request, errors included; never throws. */
  fetch(request: Request): Promise<Response>;
  /** OpenAPI 3.1 document of the function's own routes. */
  openapi(): ReturnType<OpenAPIHono['getOpenAPI31Document']>;
  readonly registry: Registry;
  /** Runs `init`; until it has ended everything but health and metrics is answered 503. May be repeated after a failure. */
  start(): Promise<void>;
  /** Refuses new requests, waits for those under way, runs `shutdown`. */
  stop(): Promise<void>;
}

/**
 * Hosts a function: `POST /` takes CloudEvents (binary, structured, batch), the
 * function's routes, `/health/liveness`, `/health/readiness`, `/metrics`; every
 * error is a problem+json.
 */
export function createHost(definition: FunctionDefinition, context: Context): Host {
  const log = context.log.child({ function: definition.name });
  const metrics = createMetrics(definition.name);
  const made = performance.now();
  let state: 'new' | 'started' | 'stopping' = 'new';
  let starting: Promise<void> | undefined;
  let stopping: Promise<void> | undefined;
  let active = 0;
  let idle: (() => void) | undefined;

  const app = new OpenAPIHono({ defaultHook: (result) => (result.success ? undefined : problemResponse(badRequest(result.target, result.error))) });
  app.use('*', bodyLimit({ maxSize: BODY_LIMIT, onError: () => problemResponse(new DownlineError('TOO_LARGE', `a body has at most ${BODY_LIMIT} bytes`)) }));
  app.onError((error) => { throw error; });
  app.notFound((c) => {
    const allow = allowedMethods(app, c.req.path);
    if (allow.length === 0) return problemResponse(new DownlineError('NOT_FOUND', `there is nothing at ${c.req.path.slice(0, 200)}`));
    const response = problemResponse(new DownlineError('METHOD_NOT_ALLOWED', `${c.req.path.slice(0, 200)} answers ${allow.join(', ')}`));
    response.headers.set('allow', allow.join(', '));
    return response;
  });
  app.get('/health/liveness', (c) => c.json({ status: 'alive' }));
  app.get('/health/readiness', async (c) => {
    const missing = state === 'started' ? await definition.readiness?.(context) ?? null : `${definition.name} is ${state === 'new' ? 'starting' : 'stopping'}`;
    return missing === null ? c.json({ status: 'ready' }) : problemResponse(new DownlineError('UNAVAILABLE', missing));
  });
  app.get('/metrics', async () => new Response(await metrics.registry.metrics(), { headers: { 'content-type': metrics.registry.contentType } }));
  if (definition.handle !== undefined) {
    app.post('/', async (c) => {
      const tag = c.req.header('downline-tag') ?? (context.environment === 'staging' ? 'staging' : 'production');
      if (!TAGS.includes(tag)) throw new DownlineError('BAD_REQUEST', `downline-tag is one of ${TAGS.join(', ')}`);
      const events = decoded(c.req.header('content-type') ?? null, (name) => c.req.header(name) ?? null, await c.req.text());
      try {
        if (events.length > 0) await definition.handle?.(context, events, { tag: tag as Delivery['tag'] });
      } catch (error) {
        throw handlingError(error, events);
      }
      for (const [kind, count] of counted(events)) metrics.events(kind, 'handled', count);
      return new Response(null, { status: 204 });
    });
  }
  definition.routes?.(app, context);

  const decoded = (...request: Parameters<typeof eventsOf>): AnyEnvelope[] => {
    try {
      return eventsOf(...request);
    } catch (error) {
      metrics.events('unknown', 'refused', 1);
      throw error;
    }
  };
  /** An error of `handle` on its way to the relay: the input's fault is 422 whatever its code, so that no other 4xx can be mistaken for it. */
  const handlingError = (thrown: unknown, events: readonly AnyEnvelope[]): unknown => {
    const error = toDownlineError(thrown);
    const refused = error.retry === 'never' && error.status < 500;
    for (const [kind, count] of counted(events)) metrics.events(kind, refused ? 'refused' : 'failed', count);
    return refused ? new Refusal(error) : error;
  };

  const answer = async (request: Request, url: URL, trace: string): Promise<Response> => {
    try {
      const open = url.pathname.startsWith('/health/') || url.pathname === '/metrics';
      if (state !== 'started' && !open) throw new DownlineError('UNAVAILABLE', `${definition.name} is ${state === 'new' ? 'starting' : 'stopping'}`);
      return await app.fetch(request);
    } catch (thrown) {
      const refusal = thrown instanceof Refusal;
      const error = toDownlineError(refusal ? thrown.error : thrown);
      const response = problemResponse(refusal ? thrown.error : thrown, trace);
      metrics.error(error.code);
      if (response.status >= 500) log.error({ err: thrown, code: error.code, trace, path: url.pathname }, 'request failed');
      return refusal ? new Response(response.body, { status: 422, headers: response.headers }) : response;
    }
  };

  return {
    name: definition.name,
    registry: metrics.registry,
    async fetch(request) {
      const began = performance.now();
      const { trace, traceparent } = continueTrace(request.headers.get('traceparent'));
      active += 1;
      try {
        const url = new URL(request.url);
        const response = withHeader(await answer(request, url, trace), 'traceparent', traceparent);
        const route = routeOf(app, request.method, url.pathname);
        const seconds = (performance.now() - began) / 1000;
        metrics.request(request.method, route, response.status, seconds);
        log.debug({ trace, method: request.method, route, status: response.status, seconds }, 'request');
        return response;
      } finally {
        active -= 1;
        if (active === 0) idle?.();
      }
    },
    openapi: () => app.getOpenAPI31Document({ openapi: '3.1.0', info: { title: `Downline: ${definition.name}`, version: context.image } }),
    start() {
      return starting ??= (async () => {
        try {
          await definition.init?.(context);
        } catch (error) {
          starting = undefined;
          throw error;
        }
        state = 'started';
        metrics.coldStart((performance.now() - made) / 1000);
      })();
    },
    stop() {
      return stopping ??= (async () => {
        state = 'stopping';
        if (active > 0) await new Promise<void>((done) => { idle = done; });
        await definition.shutdown?.(context);
      })();
    },
  };
}

/** An error of the input, told apart from the same code thrown by a route. */
class Refusal extends Error {
  readonly error: DownlineError;

  constructor(error: DownlineError) {
    super(error.message);
    this.error = error;
  }
}

function counted(events: readonly AnyEnvelope[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { kind } of events) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return counts;
}

/** The response with a header; one that came from another server does not let itself be changed. */
function withHeader(response: Response, name: string, value: string): Response {
  try {
    response.headers.set(name, value);
    return response;
  } catch {
    const headers = new Headers(response.headers);
    headers.set(name, value);
    return new Response(response.body, { status: response.status, headers });
  }
}
