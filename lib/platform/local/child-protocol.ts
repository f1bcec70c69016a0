import { z } from 'zod';
import { SETTINGS, type Settings } from '../../settings/mod.ts';
import type { Access } from './context.ts';
import type { Release } from './release.ts';

/** What a child is told in `DOWNLINE_CHILD`, besides its settings. */
export const childOrder = z.object({
  function: z.string(),
  folder: z.string(),
  image: z.string(),
  commit: z.string(),
});
export type ChildOrder = z.output<typeof childOrder>;

export const revisionOrder = z.object({ name: z.string(), environment: z.enum(['production', 'staging']), bundle: z.string() });
export const jobOrder = z.object({ name: z.string(), input: z.unknown() });

/** What a child says by IPC. */
export const childMessage = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ready'), port: z.number().int().min(1).max(65_535) }),
  z.object({ type: z.literal('progress'), share: z.number().nullable(), detail: z.string() }),
  z.object({ type: z.literal('done'), output: z.unknown() }),
  z.object({ type: z.literal('failed'), reason: z.string() }),
]);
export type ChildMessage = z.output<typeof childMessage>;

/** The environment variables of a child: the settings as they hold now, and the access of its environment alone. */
export function childEnvironment(options: {
  readonly settings: Settings;
  readonly environment: 'production' | 'staging';
  readonly access: Access;
  readonly mlflow: string | null;
  readonly ray: string | null;
  readonly order: Omit<ChildOrder, keyof Release>;
  readonly release: Release;
}): Record<string, string> {
  const { access, settings } = options;
  const values: { readonly [K in keyof Settings]: Settings[K] | null } = {
    ...settings,
    nats: access.nats.servers, natsPassword: access.nats.password,
    s3: access.s3.endpoint, s3Bucket: access.s3.bucket, s3Key: access.s3.key, s3Secret: access.s3.secret,
    mlflow: options.mlflow, ray: options.ray,
  };
  const inherited = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('DOWNLINE_')));
  const own = Object.entries(values).flatMap(([key, value]) => (value === undefined || value === null ? [] : [[SETTINGS[key as keyof Settings].env, String(value)] as const]));
  return {
    ...(inherited as Record<string, string>),
    ...Object.fromEntries(own),
    DOWNLINE_ENVIRONMENT: options.environment,
    DOWNLINE_CHILD: JSON.stringify({ ...options.order, ...options.release } satisfies ChildOrder),
  };
}
