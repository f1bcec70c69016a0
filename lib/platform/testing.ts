import { DownlineError } from '../errors/mod.ts';
import type { JobSpec, JobState, Platform, RevisionSpec, RevisionState, TrafficTarget } from './platform.ts';

/**
 * A platform in memory that keeps the interface's promises, for tests of those
 * that steer one: what they ask for is looked at, not whether processes start
 * (lib/platform/local has its own tests with real ones).
 */
export class MemoryPlatform implements Platform {
  readonly revisions = new Map<string, RevisionState>();
  targets: TrafficTarget[] = [];
  /** Every traffic that was ever set, oldest first. */
  readonly traffics: TrafficTarget[][] = [];
  /** Bundles that do not start. */
  readonly broken = new Set<string>();
  readonly jobs = new Map<string, JobState>();
  /** Every start of a job, oldest first. */
  readonly started: JobSpec[] = [];
  /** What becomes of a job that is started. */
  next: (spec: JobSpec) => JobState = () => ({ status: 'running', progress: null, detail: 'working' });

  apply(spec: RevisionSpec): Promise<RevisionState> {
    const found = this.revisions.get(spec.name);
    if (found !== undefined) return Promise.resolve(found);
    if (this.broken.has(spec.bundle)) return Promise.reject(new DownlineError('REVISION_FAILED', `${spec.name} did not become ready: no such bundle`));
    const state: RevisionState = { ...spec, ready: true, restarts: 0, requests: 0, errors: 0, p50: 1, p99: 2, url: 'http://127.0.0.1:1' };
    this.revisions.set(spec.name, state);
    return Promise.resolve(state);
  }

  traffic(targets: readonly TrafficTarget[]): Promise<void> {
    const total = targets.reduce((sum, target) => sum + target.percent, 0);
    if (total !== 100 || targets.some((target) => !this.revisions.has(target.revision))) return Promise.reject(new DownlineError('ROLLOUT_REFUSED', JSON.stringify(targets)));
    this.targets = [...targets];
    this.traffics.push(this.targets);
    return Promise.resolve();
  }

  observe(): Promise<{ revisions: RevisionState[]; traffic: TrafficTarget[] }> {
    return Promise.resolve({ revisions: [...this.revisions.values()], traffic: [...this.targets] });
  }

  remove(name: string): Promise<void> {
    if (this.targets.some((target) => target.revision === name)) return Promise.reject(new DownlineError('ROLLOUT_REFUSED', `${name} has traffic`));
    this.revisions.delete(name);
    return Promise.resolve();
  }

  start(spec: JobSpec): Promise<void> {
    this.started.push(spec);
    this.jobs.set(spec.name, this.next(spec));
    return Promise.resolve();
  }

  job(name: string): Promise<JobState | null> {
    return Promise.resolve(this.jobs.get(name) ?? null);
  }
}
