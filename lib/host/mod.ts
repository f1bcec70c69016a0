export type { Context, Delivery, FunctionDefinition } from './definition.ts';
export type { Fold } from './fold.ts';
