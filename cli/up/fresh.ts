import { rmSync } from 'node:fs';
import { join } from 'node:path';

/** State of a life; what is left: environments, passwords, ports. */
const STATE = ['nats', 's3', 'mlflow', 'jobs', 'logs', 'bundles', 'cache', 'platform.json', 'status.json'];

/** Forgets everything that was lived in a home. Call under its lock, with nothing running. */
export function forget(home: string): void {
  for (const name of STATE) rmSync(join(home, name), { recursive: true, force: true });
}
