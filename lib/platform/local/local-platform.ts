import { join } from 'node:path';
import type { Guard, Connections } from '../../embedded/mod.ts';
import { DownlineError } from '../../errors/mod.ts';
import type { Settings } from '../../settings/mod.ts';
import type { Inventory, FunctionEntry } from '../inventory.ts';
import type { JobSpec, JobState, Platform, RevisionSpec, RevisionState, TrafficTarget } from '../platform.ts';
import { childEnvironment } from './child-protocol.ts';
import { loadFunction } from './code.ts';
import { openContext, type Access } from './context.ts';
import { HostedFunction } from './hosted-function.ts';
import { Jobs } from './jobs.ts';
import type { Release } from './release.ts';
import { Revision } from './revision.ts';
import { RevisionedFunction } from './revisioned-function.ts';
import { loadPlatform, savePlatform } from './state.ts';
import { checkTraffic, Traffic } from './traffic.ts';

export interface LocalPlatformOptions {
  readonly settings: Settings;
  readonly inventory: Inventory;
  readonly connections: Connections;
  readonly guard: Guard;
  readonly release: Release;
  mlflowUrl(): string | null;
  rayUrl(): string | null;
}

/**
 * Every function of an inventory in one process; revisions and jobs as child
 * processes. What was applied is kept in the home and restored by `open`.
 */
export class LocalPlatform implements Platform {
  readonly hosted: HostedFunction[] = [];
  revisioned: RevisionedFunction | null = null;
  readonly #options: LocalPlatformOptions;
  readonly #revisions = new Map<string, Revision>();
  readonly #jobs: Jobs;
  /** Changes of traffic, and removals, one after the other. */
  #change: Promise<unknown> = Promise.resolve();

  constructor(options: LocalPlatformOptions) {
    this.#options = options;
    const { settings, inventory, guard } = options;
    this.#jobs = new Jobs({ home: settings.home, inventory, guard, environment: (job) => this.#environment('production', job) });
  }

  /** Loads the code of every function. Throws `SETTING_INVALID` where an entry has none. */
  async load(): Promise<void> {
    for (const entry of this.#options.inventory.functions) {
      const definition = await loadFunction(entry);
      if (definition === null) continue;
      const context = await openContext({
        ...this.#options,
        // A training job elsewhere is told where the lake is, embedded or not.
        settings: this.#addressed(),
        name: entry.name,
        environment: 'production',
        access: this.#access('production'),
        platform: entry.steers ? this : null,
        logFile: join(this.#options.settings.home, 'logs', `${entry.name}.log`),
        mlflowUrl: () => this.#options.mlflowUrl(),
        rayUrl: () => this.#options.rayUrl(),
      });
      if (entry.sticky === null) this.hosted.push(new HostedFunction(entry, definition, context));
      else if (this.revisioned === null) this.revisioned = new RevisionedFunction(entry, definition, context, (name) => this.#revisions.get(name));
      else throw new DownlineError('SETTING_INVALID', `stack.yml: ${this.revisioned.entry.name} and ${entry.name} are both sticky; one function is rolled out by revisions`);
    }
  }

  /** The settings with the addresses of this life in them. */
  #addressed(): Settings {
    const { settings, connections: { s3 } } = this.#options;
    return { ...settings, s3: s3.endpoint, s3Bucket: s3.bucket, s3Key: s3.key, s3Secret: s3.secret };
  }

  /** Restores revisions and traffic, then starts every function; a function's `init` may apply revisions already. */
  async open(): Promise<void> {
    const kept = loadPlatform(this.#options.settings.home);
    for (const spec of kept.revisions) this.#launch(spec);
    const wanted = kept.traffic.filter(({ revision }) => this.#revisions.has(revision));
    await this.revisioned?.route(new Traffic(wanted));
    // A revision whose bundle is gone must not keep the others from serving: `observe` and /healthz tell of it.
    await Promise.all(wanted.map(({ revision }) => this.#revisions.get(revision)!.ready().catch(() => undefined)));
    await Promise.all(this.hosted.map((one) => one.start()));
    await this.revisioned?.start();
  }

  /** Stops functions first, then revisions and jobs. */
  async close(): Promise<void> {
    await Promise.all(this.hosted.map((one) => one.stop()));
    await this.revisioned?.stop();
    await Promise.all([this.#jobs.stop(), ...[...this.#revisions.values()].map((one) => one.stop())]);
  }

  /** What is not ready; empty when all is. */
  async missing(): Promise<string[]> {
    const hosted = await Promise.all(this.hosted.map((one) => one.missing()));
    const waiting = (this.revisioned?.traffic.targets ?? []).filter(({ revision, percent }) => percent > 0 && (this.#revisions.get(revision)?.port ?? null) === null);
    const without = this.revisioned?.traffic.targets.length === 0 ? [`${this.revisioned.entry.name}: no revision is applied`] : [];
    return [...hosted.filter((one) => one !== null), ...without, ...waiting.map(({ revision }) => `${revision} is not ready`)];
  }

  async apply(spec: RevisionSpec): Promise<RevisionState> {
    if (this.revisioned === null) throw new DownlineError('REVISION_FAILED', 'stack.yml has no function that is rolled out by revisions');
    const found = this.#revisions.get(spec.name);
    if (found !== undefined && (found.spec.bundle !== spec.bundle || found.spec.environment !== spec.environment)) {
      throw new DownlineError('ROLLOUT_REFUSED', `${spec.name} exists with another bundle or environment; a revision never changes`, { ids: { revision: spec.name } });
    }
    const revision = found ?? this.#launch(spec);
    try {
      await revision.ready();
    } catch (error) {
      if (found === undefined && this.#revisions.get(spec.name) === revision) {
        this.#revisions.delete(spec.name);
        await revision.stop();
      }
      throw error;
    }
    this.#save();
    return revision.state;
  }

  traffic(targets: readonly TrafficTarget[]): Promise<void> {
    return this.#inTurn(async () => {
      checkTraffic(targets);
      for (const { revision: name } of targets) {
        const revision = this.#revisions.get(name);
        if (revision === undefined || revision.spec.environment !== 'production') throw new DownlineError('ROLLOUT_REFUSED', `there is no production revision ${name}`, { ids: { revision: name } });
        if (revision.port === null) throw new DownlineError('ROLLOUT_REFUSED', `${name} is not ready`, { ids: { revision: name } });
      }
      const next = new Traffic(targets.map((target) => ({ ...target })));
      // Requests go the new way at once; the canary's consumer may take the time of its batch to end.
      const settled = this.revisioned!.route(next);
      this.#save();
      await settled;
    });
  }

  observe(): Promise<{ revisions: RevisionState[]; traffic: TrafficTarget[] }> {
    return Promise.resolve({
      revisions: [...this.#revisions.values()].map((one) => one.state),
      traffic: [...this.revisioned?.traffic.targets ?? []],
    });
  }

  remove(name: string): Promise<void> {
    return this.#inTurn(async () => {
      if (this.revisioned?.traffic.targets.some(({ revision }) => revision === name) === true) {
        throw new DownlineError('ROLLOUT_REFUSED', `${name} is named by the traffic`, { ids: { revision: name } });
      }
      const revision = this.#revisions.get(name);
      this.#revisions.delete(name);
      this.#save();
      await revision?.stop();
    });
  }

  start(spec: JobSpec): Promise<void> {
    return Promise.resolve().then(() => this.#jobs.start(spec));
  }

  job(name: string): Promise<JobState | null> {
    return Promise.resolve(this.#jobs.job(name));
  }

  #launch(spec: RevisionSpec): Revision {
    const { settings, guard } = this.#options;
    const { entry } = this.revisioned!;
    const revision = new Revision(spec, {
      env: { ...this.#environment(spec.environment, { function: entry.name, folder: entry.folder }), DOWNLINE_REVISION: JSON.stringify(spec) },
      log: join(settings.home, 'logs', `${spec.name}.log`),
      guard,
    });
    this.#revisions.set(spec.name, revision);
    return revision;
  }

  #environment(environment: 'production' | 'staging', order: Pick<FunctionEntry, 'folder'> & { function: string }): Record<string, string> {
    const { settings, release } = this.#options;
    return childEnvironment({ settings, environment, access: this.#access(environment), mlflow: this.#options.mlflowUrl(), ray: this.#options.rayUrl(), order, release });
  }

  #access(environment: 'production' | 'staging'): Access {
    const { nats, s3 } = this.#options.connections;
    return { nats: { servers: nats.servers, password: nats.passwords[environment] }, s3 };
  }

  #save(): void {
    savePlatform(this.#options.settings.home, { revisions: [...this.#revisions.values()].map((one) => one.spec), traffic: this.revisioned?.traffic.targets ?? [] });
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#change.then(work);
    this.#change = result.catch(() => undefined);
    return result;
  }
}
