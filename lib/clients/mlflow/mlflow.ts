import { mlflowHttp } from './answer.ts';
import { mlflowArtifacts, type MlflowArtifacts } from './artifacts.ts';
import { modelRegistry, type ModelRegistry } from './registry.ts';
import { mlflowRuns, type MlflowRuns } from './runs.ts';

/**
 * MLflow's REST interface (2.0), as much of it as Downline uses. Every answer
 * is checked. Errors: `SERVICE_DOWN` (no answer, 5xx, or not an answer of
 * MLflow), `NOT_FOUND`, `CONFLICT`, `BAD_REQUEST`; `ids.errorCode` is MLflow's.
 */
export interface Mlflow {
  /** True when the server answers as an MLflow server. */
  healthy(): Promise<boolean>;
  readonly runs: MlflowRuns;
  readonly artifacts: MlflowArtifacts;
  readonly registry: ModelRegistry;
}

/** A client of the server at `url`. `timeoutMs` bounds each request. */
export function createMlflow(url: string, options: { timeoutMs?: number } = {}): Mlflow {
  const http = mlflowHttp(url, options.timeoutMs);
  const runs = mlflowRuns(http);
  return {
    async healthy() {
      try {
        const answer = await http.send('/health');
        return answer.status === 200 && new TextDecoder().decode(answer.body).trim() === 'OK';
      } catch {
        return false;
      }
    },
    runs,
    artifacts: mlflowArtifacts(http, runs),
    registry: modelRegistry(http),
  };
}
