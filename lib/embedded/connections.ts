import { join } from 'node:path';
import { z } from 'zod';
import { DownlineError } from '../errors/mod.ts';
import type { Settings } from '../settings/mod.ts';
import { loadCredentials } from './credentials.ts';
import { readState } from './files.ts';
import type { Connections } from './servers.ts';

const ports = z.object({ nats: z.number().int(), 's3-gateway': z.number().int() });

/**
 * How another process of this machine reaches the servers of a home that an
 * `up` keeps running; nothing is started. Throws `UNAVAILABLE` where none was.
 */
export function connectionsOf(settings: Settings): Connections {
  const { home, s3Bucket: bucket } = settings;
  const kept = readState(join(home, 'ports.json'), ports);
  if (kept === null && (settings.nats === undefined || settings.s3 === undefined)) {
    throw new DownlineError('UNAVAILABLE', `no servers were ever started in ${home}; \`npx downline up\` starts them`);
  }
  const credentials = kept === null ? null : loadCredentials(home);
  return {
    nats: settings.nats === undefined
      ? { servers: `nats://127.0.0.1:${kept!.nats}`, passwords: { production: credentials!.natsProduction, staging: credentials!.natsStaging } }
      : { servers: settings.nats, passwords: { production: settings.natsPassword, staging: settings.natsPassword } },
    s3: settings.s3 === undefined
      ? { endpoint: `http://127.0.0.1:${kept!['s3-gateway']}`, bucket, key: credentials!.s3Key, secret: credentials!.s3Secret }
      : { endpoint: settings.s3, bucket, key: settings.s3Key ?? '', secret: settings.s3Secret ?? '' },
  };
}
