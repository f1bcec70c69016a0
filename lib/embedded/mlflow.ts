import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { answers, logFile, program, type Embedded, type Setting } from './spec.ts';

/** MLflow's tracking server and registry: SQLite under the home, artifacts on S3 through its proxy. */
export async function mlflowServer({ home, ports, bucket }: Setting, s3: { endpoint: string; key: string; secret: string }): Promise<Embedded> {
  const port = await ports.take('mlflow');
  const store = join(home, 'mlflow');
  mkdirSync(store, { recursive: true, mode: 0o700 });
  return {
    address: `http://127.0.0.1:${port}`,
    spec: {
      name: 'mlflow',
      command: program(home, 'train', 'mlflow'),
      args: [
        'server', '--host', '127.0.0.1', '--port', String(port), '--workers', '1',
        '--backend-store-uri', `sqlite:///${join(store, 'mlflow.db')}`, '--artifacts-destination', `s3://${bucket}/mlflow`,
      ],
      cwd: store,
      env: {
        MLFLOW_S3_ENDPOINT_URL: s3.endpoint,
        AWS_ACCESS_KEY_ID: s3.key,
        AWS_SECRET_ACCESS_KEY: s3.secret,
        AWS_DEFAULT_REGION: 'us-east-1',
        MLFLOW_DISABLE_TELEMETRY: 'true',
        // The server's background jobs (evaluations of language models) are further processes that nobody here uses.
        MLFLOW_SERVER_ENABLE_JOB_EXECUTION: 'false',
      },
      log: logFile(home, 'mlflow'),
      ready: () => answers(`http://127.0.0.1:${port}/health`),
      startMs: 180_000,
      stopMs: 5_000,
    },
  };
}
