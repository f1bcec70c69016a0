export type { Context, FunctionDefinition } from './definition.ts';
export type { Fold } from './fold.ts';
