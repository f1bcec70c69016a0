import { pino } from 'pino';
import { connectBus } from '../../clients/nats/mod.ts';
import { openObjects } from '../../clients/s3/mod.ts';
import { createLogger, type Context } from '../../host/mod.ts';
import type { Settings } from '../../settings/mod.ts';
import type { Platform } from '../platform.ts';
import type { Release } from './release.ts';
import { stagingObjects } from './staging-objects.ts';

/** The addresses and passwords a process needs for one environment. */
export interface Access {
  readonly nats: { readonly servers: string; readonly password: string | undefined };
  readonly s3: { readonly endpoint: string; readonly bucket: string; readonly key: string; readonly secret: string };
}

export interface ContextOptions {
  readonly name: string;
  readonly settings: Settings;
  readonly environment: 'production' | 'staging';
  readonly access: Access;
  readonly release: Release;
  readonly platform: Platform | null;
  /** Where its log goes; standard error without one. */
  readonly logFile?: string;
  mlflowUrl(): string | null;
  rayUrl(): string | null;
}

/** A context with clients that are connected. Throws `SERVICE_DOWN` when NATS does not answer. */
export async function openContext(options: ContextOptions): Promise<Context> {
  const { name, settings, environment, access, release } = options;
  const log = createLogger(settings, name, options.logFile === undefined ? undefined : pino.destination({ dest: options.logFile, mkdir: true, sync: true }));
  const bus = await connectBus({
    servers: access.nats.servers,
    // Anonymous where an external server wants no password.
    ...(access.nats.password !== undefined && { user: environment === 'production' ? 'downline' : 'staging', password: access.nats.password }),
    name,
    environment,
    onBad: (bad) => log.warn({ bad }, 'a stored message cannot be read'),
    onTrouble: (error) => log.warn({ error: error instanceof Error ? error.message : JSON.stringify(error) }, 'nats'),
  });
  const objects = openObjects(access.s3);
  return {
    settings,
    log,
    environment,
    bus,
    objects: environment === 'staging' ? stagingObjects(objects) : objects,
    platform: options.platform,
    mlflowUrl: () => options.mlflowUrl(),
    rayUrl: () => options.rayUrl(),
    ...release,
  };
}
