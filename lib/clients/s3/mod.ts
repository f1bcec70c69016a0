export type { Objects } from './objects.ts';
export { ensureBucket, openObjects, type S3Address } from './open.ts';
