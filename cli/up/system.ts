import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectBus, ensureStreams } from '../../lib/clients/nats/mod.ts';
import { ensureBucket } from '../../lib/clients/s3/mod.ts';
import { ensureEnvironment, Guard, lockHome, Servers, takeOver, type Connections, type ServerStatus } from '../../lib/embedded/mod.ts';
import { toDownlineError } from '../../lib/errors/mod.ts';
import type { Context } from '../../lib/host/mod.ts';
import { gatewayOf, LocalPlatform, openContext, releaseOf, type Gateway, type Release } from '../../lib/platform/local/mod.ts';
import { readInventory } from '../../lib/platform/mod.ts';
import type { Settings } from '../../lib/settings/mod.ts';
import { forget } from './fresh.ts';
import type { Narrator } from './narrator.ts';

const ROOT = join(import.meta.dirname, '../..');

/** Pause before another attempt at the training environment, milliseconds. */
const AGAIN_MS = 30_000;

/** Everything that `up` runs, in the order in which it starts; stopped in the opposite one. */
export class System {
  readonly settings: Settings;
  readonly address: string;
  readonly release: Release;
  readonly #narrator: Narrator;
  readonly #lock: { release(): void };
  readonly #training = new AbortController();
  #guard: Guard | null = null;
  #servers: Servers | null = null;
  #platform: LocalPlatform | null = null;
  #gateway: Gateway | null = null;
  #context: Context | null = null;
  #trained: Promise<void> = Promise.resolve();

  /** Takes the home for this process. Throws `CONFLICT` when another `up` lives in it. */
  constructor(settings: Settings, narrator: Narrator) {
    this.settings = settings;
    this.#narrator = narrator;
    this.address = `http://${settings.host.includes(':') ? `[${settings.host}]` : settings.host === '0.0.0.0' ? '127.0.0.1' : settings.host}:${settings.port}`;
    this.#lock = lockHome(settings.home, this.address);
    this.release = releaseOf(ROOT);
  }

  /** Environments and servers that serving needs, then every function behind the gateway. */
  async start(fresh: boolean, onChange: () => void): Promise<Context> {
    const { settings } = this;
    const left = await takeOver(settings.home);
    if (left.length > 0) this.#narrator.say(`ended what an earlier start has left: ${left.join(', ')}`);
    if (fresh) forget(settings.home);
    await this.#install('serve');
    this.#guard = new Guard(settings.home);
    this.#servers = new Servers(settings, this.#guard, (status) => {
      this.#tell(status);
      onChange();
    });
    const connections = await this.#servers.startServing();
    await this.#prepare(connections);
    const urls = { mlflowUrl: () => this.#servers?.mlflowUrl() ?? null, rayUrl: () => this.#servers?.rayUrl() ?? null };
    this.#platform = new LocalPlatform({ settings, inventory: readInventory(join(ROOT, 'stack.yml')), connections, guard: this.#guard, release: this.release, ...urls });
    await this.#platform.load();
    const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
    this.#gateway = gatewayOf(this.#platform, settings.host, version);
    await this.#gateway.listen(settings.host, settings.port);
    await this.#platform.open();
    this.#narrator.say(`functions are ready behind ${this.address}`);
    return this.#context = await openContext({
      name: 'up', settings, environment: 'production', release: this.release, platform: null, ...urls,
      access: { nats: { servers: connections.nats.servers, password: connections.nats.passwords.production }, s3: connections.s3 },
      logFile: join(settings.home, 'logs', 'up.log'),
    });
  }

  /** The training environment, MLflow and Ray, behind everything else; tried again until it is there. */
  startTraining(): void {
    const { signal } = this.#training;
    this.#trained = (async () => {
      for (;;) {
        try {
          await this.#install('train', signal);
          await this.#servers?.startTraining();
          return;
        } catch (error) {
          if (signal.aborted) return;
          this.#narrator.say(`training is not possible yet, trying again in ${AGAIN_MS / 1_000} s: ${toDownlineError(error).message}`);
          await sleep(AGAIN_MS, undefined, { signal }).catch(() => undefined);
        }
      }
    })();
  }

  statuses(): { servers: ServerStatus[]; mlflow: string | null; ray: string | null } {
    return { servers: this.#servers?.statuses() ?? [], mlflow: this.#servers?.mlflowUrl() ?? null, ray: this.#servers?.rayUrl() ?? null };
  }

  /** Stops everything, the last first. */
  async stop(): Promise<void> {
    this.#training.abort();
    const step = async (what: string, work: Promise<void> | undefined): Promise<void> => {
      await work?.catch((error: unknown) => this.#narrator.say(`${what} did not stop cleanly: ${toDownlineError(error).message}`));
    };
    await step('the gateway', this.#gateway?.close());
    await step('the functions', this.#platform?.close());
    await step('the connection', this.#context?.bus.close());
    await step('the servers', this.#servers?.stop());
    await step('the training environment', this.#trained);
    this.#guard?.close();
    this.#lock.release();
  }

  async #install(name: 'serve' | 'train', signal?: AbortSignal): Promise<void> {
    const before = this.#narrator.seconds;
    await ensureEnvironment(this.settings.home, name, { signal, onProgress: (line) => this.#narrator.murmur(`environment ${name}`, line) });
    if (this.#narrator.seconds - before > 1) this.#narrator.say(`environment ${name} is installed (${(this.#narrator.seconds - before).toFixed(0)} s)`);
  }

  /** Streams of both accounts, and the bucket. */
  async #prepare({ nats, s3 }: Connections): Promise<void> {
    const streams = (['production', 'staging'] as const).map(async (environment) => {
      const password = nats.passwords[environment];
      const bus = await connectBus({ servers: nats.servers, name: 'up', environment, ...(password !== undefined && { user: environment === 'production' ? 'downline' : 'staging', password }) });
      await ensureStreams(bus);
      await bus.close();
    });
    await Promise.all([...streams, ensureBucket(s3)]);
  }

  #tell({ name, state, restarts }: ServerStatus): void {
    if (state === 'ready') this.#narrator.say(`${name} is ready${restarts > 0 ? ` (started again ${restarts} times)` : ''}`);
    else if (state === 'starting' && restarts > 0) this.#narrator.say(`${name} died; it is started again`);
  }
}
