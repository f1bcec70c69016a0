export type { Objects } from './objects.ts';
