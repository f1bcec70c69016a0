/**
 * Where functions run. `local` hosts them on a laptop; `knative` on a cluster.
 * Revisions exist of `predict` alone: it is what is rolled out.
 */

/** A revision to be: immutable once applied. */
export interface RevisionSpec {
  /** `predict-00007`; names are given by the caller and never used twice. */
  readonly name: string;
  readonly environment: 'production' | 'staging';
  /** Digest of the bundle it serves (`sha256:…`), or `rule`. */
  readonly bundle: string;
}

/** Where HTTP traffic goes. Percents of untagged traffic add up to 100; a target with a tag can be addressed directly, also at 0 %. */
export interface TrafficTarget {
  readonly revision: string;
  readonly percent: number;
  readonly tag?: 'production' | 'canary' | 'previous';
}

export interface RevisionState {
  readonly name: string;
  readonly environment: 'production' | 'staging';
  readonly bundle: string;
  readonly ready: boolean;
  readonly restarts: number;
  /** Requests answered and 5xx answers since it was applied. */
  readonly requests: number;
  readonly errors: number;
  /** Answer times in milliseconds: median and 99 %. */
  readonly p50: number;
  readonly p99: number;
  readonly url: string;
}

/** A job longer than a request: its own process, or a Kubernetes Job. */
export interface JobSpec {
  /** Deterministic; applying the same name twice gives the same job. */
  readonly name: string;
  /** `dataset` or `evaluate`: the function's `job.ts`. */
  readonly function: string;
  readonly input: unknown;
}

export type JobState =
  | { readonly status: 'running'; readonly progress: number | null; readonly detail: string }
  | { readonly status: 'succeeded'; readonly output: unknown }
  | { readonly status: 'failed'; readonly reason: string };

export interface Platform {
  /** Starts a revision and waits until it is ready; throws `REVISION_FAILED` with the end of its log. Idempotent by name. */
  apply(spec: RevisionSpec): Promise<RevisionState>;
  /** Sets production's traffic, atomically. Throws `ROLLOUT_REFUSED` when a revision is not ready or percents do not add up. */
  traffic(targets: readonly TrafficTarget[]): Promise<void>;
  observe(): Promise<{ revisions: RevisionState[]; traffic: TrafficTarget[] }>;
  /** Ends a revision that has no traffic. */
  remove(revision: string): Promise<void>;
  /** Starts a job, or finds it. Read `job` until it has ended. */
  start(spec: JobSpec): Promise<void>;
  job(name: string): Promise<JobState | null>;
}
