/** What the load process is asked for. */
export interface LoadOrder {
  readonly port: number;
  readonly path: string;
  /** Bodies, asked in turn; `#` stands for a number that is never asked twice. */
  readonly bodies: readonly string[];
  readonly connections: number;
  readonly seconds: number;
  /** First of the numbers. */
  readonly first: number;
}

/** Of one load. `rate`: answers a second; latencies in milliseconds. */
export interface LoadResult { readonly asked: number; readonly rate: number; readonly p50: number; readonly p99: number }

export type LoadAnswer = { readonly result: LoadResult } | { readonly failure: string };
