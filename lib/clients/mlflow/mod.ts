export { createMlflow, type Mlflow } from './mlflow.ts';
export type { MlflowArtifacts } from './artifacts.ts';
export type { ModelVersion, ModelRegistry } from './registry.ts';
export type { MlflowRun, MlflowRuns, RunStatus } from './runs.ts';
