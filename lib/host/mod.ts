export type { Context, Delivery, FunctionDefinition } from './definition.ts';
export type { Fold } from './fold.ts';
export { BODY_LIMIT, createHost, type Host } from './create-host.ts';
export { createFold, type FoldContext, type FoldDriver } from './fold-driver.ts';
export { foldFunction } from './fold-function.ts';
export { createLogger } from './logger.ts';
export { badRequest, problemResponse, withExtras, type FieldError } from './problem.ts';
export { createRelay, type Relay, type RelayHealth, type RelayOptions } from './relay.ts';
export { continueTrace } from './trace.ts';
