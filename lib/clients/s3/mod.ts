export type { Objects } from './objects.ts';
export { ensureBucket, keepsObjects, openObjects, type S3Address } from './open.ts';
