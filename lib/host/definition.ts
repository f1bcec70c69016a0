import type { OpenAPIHono } from '@hono/zod-openapi';
import type { Logger } from 'pino';
import type { Bus } from '../clients/nats/mod.ts';
import type { Objects } from '../clients/s3/mod.ts';
import type { AnyEnvelope } from '../events/mod.ts';
import type { Platform } from '../platform/mod.ts';
import type { Settings } from '../settings/mod.ts';

/** What a function is given. Clients are ready to use; nothing here is global. */
export interface Context {
  readonly settings: Settings;
  readonly log: Logger;
  readonly environment: 'production' | 'staging';
  readonly bus: Bus;
  readonly objects: Objects;
  /** Where revisions and jobs run; only for functions that steer others (pipeline, rollout). */
  readonly platform: Platform | null;
  /** Addresses of the tracking server and of the Ray cluster, once they answer; null before. */
  mlflowUrl(): string | null;
  rayUrl(): string | null;
  /** Digest of the running code, and its commit. */
  readonly image: string;
  readonly commit: string;
}

/** How a batch or a request came: `tag` is the side of the rollout it was sent to (header `downline-tag`, set by the relay and the gateway). */
export interface Delivery {
  readonly tag: 'production' | 'canary' | 'previous' | 'staging';
}

/**
 * A function. `functions/<name>/handler.ts` exports one as default. `handle`
 * has the shape of a Knative Node function, for a batch: events come at least
 * once, in stream order from one stream; a thrown `DownlineError` with retry
 * `never` and a status below 500 sends the event to the dead-letter stream
 * (which one, the relay finds out), anything else brings the batch again.
 */
export interface FunctionDefinition {
  readonly name: string;
  init?(context: Context): Promise<void>;
  handle?(context: Context, events: readonly AnyEnvelope[], delivery: Delivery): Promise<void>;
  /** Called by a real-time schedule of the inventory (`schedule`, `schedule-clock: real`); never overlaps itself. */
  poll?(context: Context): Promise<void>;
  /** HTTP routes; the zod schemas that check them make `/openapi.json`. */
  routes?(app: OpenAPIHono, context: Context): void;
  /** Null when ready, or what is missing. */
  readiness?(context: Context): Promise<string | null>;
  shutdown?(context: Context): Promise<void>;
}
