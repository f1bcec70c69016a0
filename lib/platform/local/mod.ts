export type { JobFunction, JobHandle } from './code.ts';
export type { Gateway } from './gateway.ts';
export { LocalPlatform, type LocalPlatformOptions } from './local-platform.ts';
export { releaseOf, type Release } from './release.ts';
export { gatewayOf } from './serve.ts';
export { openContext, type Access } from './context.ts';
