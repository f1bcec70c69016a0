import { mkdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { answers, logFile, program, socketFolder, type Embedded, type Setting } from './spec.ts';

/** A Ray head on the loopback; its jobs API has no authentication, so it must stay there. */
export async function rayServer({ home, ports }: Setting, s3: { key: string; secret: string }): Promise<Embedded> {
  const dashboard = await ports.take('ray-dashboard');
  const agent = await ports.take('ray-agent');
  const temp = join(socketFolder(home), 'ray');
  mkdirSync(temp, { recursive: true, mode: 0o700 });
  const port = async (name: string): Promise<string> => String(await ports.take(`ray-${name}`));
  return {
    address: `http://127.0.0.1:${dashboard}`,
    spec: {
      name: 'ray',
      command: program(home, 'train', 'ray'),
      args: [
        'start', '--head', '--block', '--disable-usage-stats', '--node-ip-address=127.0.0.1', `--port=${await port('gcs')}`,
        '--include-dashboard=true', '--dashboard-host=127.0.0.1', `--dashboard-port=${dashboard}`,
        `--dashboard-agent-listen-port=${agent}`, `--ray-client-server-port=${await port('client')}`,
        '--min-worker-port=0', '--max-worker-port=0', '--include-log-monitor=false',
        `--num-cpus=${Math.max(2, availableParallelism())}`, `--object-store-memory=${256 * 1024 * 1024}`, `--temp-dir=${temp}`,
      ],
      env: {
        AWS_ACCESS_KEY_ID: s3.key,
        AWS_SECRET_ACCESS_KEY: s3.secret,
        AWS_DEFAULT_REGION: 'us-east-1',
        // More threads than free cores, spinning, cost 15 times (docs/architecture.md).
        OMP_NUM_THREADS: String(Math.min(2, availableParallelism())),
        OMP_WAIT_POLICY: 'PASSIVE',
        RAY_USAGE_STATS_ENABLED: '0',
        // A cluster of one: without this, Ray takes the loopback for a mistake on Linux, puts the machine's outward
        // address in its place, and listens there without authentication. (Elsewhere than on Linux it is the default.)
        RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER: '0',
        // There is no other node that work could be moved to before this one goes.
        RAY_GRACEFUL_SHUTDOWN_DRAIN_TIMEOUT_S: '0',
      },
      log: logFile(home, 'ray'),
      // A job needs both: the head's API and the agent that starts it.
      ready: async () => await answers(`http://127.0.0.1:${agent}/api/local_raylet_healthz`) && await answers(`http://127.0.0.1:${dashboard}/api/jobs/`),
      startMs: 300_000,
      stopMs: 10_000,
    },
  };
}
