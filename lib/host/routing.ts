import type { OpenAPIHono } from '@hono/zod-openapi';

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;

/** The pattern of the route that answers, `none` where there is none: a label with few values, whatever is asked for. */
export function routeOf(app: OpenAPIHono, method: string, path: string): string {
  return handlerOf(app, method === 'HEAD' ? 'GET' : method, path) ?? 'none';
}

/** The methods that a path answers. */
export function allowedMethods(app: OpenAPIHono, path: string): string[] {
  return METHODS.filter((method) => handlerOf(app, method, path) !== undefined);
}

/** Middleware is registered for all methods, handlers for one. */
function handlerOf(app: OpenAPIHono, method: string, path: string): string | undefined {
  const [matched] = app.router.match(method, path);
  for (const [[, route]] of matched as unknown as readonly [[unknown, { method: string; path: string }]][]) {
    if (route.method === method) return route.path;
  }
  return undefined;
}
