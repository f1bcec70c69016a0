import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { writeAtomic } from './files.ts';
import { answers, logFile, program, type Embedded, type Setting } from './spec.ts';

/** NATS with JetStream: the accounts PRODUCTION and STAGING, each with streams of its own and one user. */
export async function natsServer({ home, ports, credentials }: Setting): Promise<Embedded> {
  const port = await ports.take('nats');
  const monitor = await ports.take('nats-monitor');
  const store = join(home, 'nats');
  mkdirSync(store, { recursive: true, mode: 0o700 });
  const file = join(store, 'nats.conf');
  // sync_interval: a killed process loses nothing (the kernel has the pages); a power cut at most this much.
  writeAtomic(file, `# Written at each start.
server_name: downline
listen: "127.0.0.1:${port}"
http: "127.0.0.1:${monitor}"
max_payload: 4MB
max_pending: 64MB
jetstream { store_dir: ${JSON.stringify(join(store, 'jetstream'))}, max_memory_store: 64MB, sync_interval: 10s }
accounts {
  PRODUCTION { jetstream: enabled, users: [ { user: downline, password: "${credentials.natsProduction}" } ] }
  STAGING { jetstream: enabled, users: [ { user: staging, password: "${credentials.natsStaging}" } ] }
}
`, 0o600);
  return {
    address: `nats://127.0.0.1:${port}`,
    spec: {
      name: 'nats',
      command: program(home, 'serve', 'nats-server'),
      args: ['-c', file],
      log: logFile(home, 'nats'),
      ready: () => answers(`http://127.0.0.1:${monitor}/healthz`),
      startMs: 60_000,
      stopMs: 10_000,
    },
  };
}
