export { createRay, type Ray, type RayJob, type RayStatus } from './ray.ts';
export { readProgress, type JobProgress } from './progress.ts';
