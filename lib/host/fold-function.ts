import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Context, FunctionDefinition } from './definition.ts';
import { createFold, type FoldDriver } from './fold-driver.ts';
import type { Fold } from './fold.ts';

/** A function whose whole memory is one fold: `handle` drives it, `routes` may read its state. */
export function foldFunction<State>(options: {
  readonly name: string;
  fold(context: Context): Fold<State>;
  routes?(app: OpenAPIHono, context: Context, driver: () => FoldDriver<State>): void;
}): FunctionDefinition {
  // One driver per context: a process may host the same function for two environments.
  const drivers = new WeakMap<Context, FoldDriver<State>>();
  const driverOf = (context: Context): FoldDriver<State> => {
    const known = drivers.get(context);
    if (known !== undefined) return known;
    const driver = createFold(options.fold(context), context, { consumer: options.name });
    drivers.set(context, driver);
    return driver;
  };
  return {
    name: options.name,
    handle: (context, events) => driverOf(context).handle(events),
    routes: (app, context) => options.routes?.(app, context, () => driverOf(context)),
    shutdown: (context) => driverOf(context).close(),
  };
}
