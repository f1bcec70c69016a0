export { BOUNDS, runLoad, type LoadOptions, type LoadResult, type Target } from './load.ts';
export type { Call } from './client.ts';
export { runUsers, type CrowdOptions } from './crowd.ts';
export { USER_KINDS, type UserKind } from './users.ts';
export type { Tally } from './visit.ts';
