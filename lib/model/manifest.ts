import { z } from 'zod';

const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/);
const graph = z.object({ file: z.string().regex(/^[a-z0-9-]+\.onnx$/), sha256: digest, bytes: z.number().int() });

/**
 * `bundle.json`: what a bundle is. A bundle lies under `bundles/<hex of its
 * digest>/` on S3 (and as artifact of its MLflow run); its digest is the
 * SHA-256 of the canonical JSON of this manifest, which names the hash of
 * every other file.
 *
 * Graphs (float32; NaN = missing; N rows, F numeric and C categorical features, B bins):
 *   m1: numeric [N,F], categorical [N,C] int64                       -> pmf [N,B], cancel [N]
 *   m2: numeric, categorical, departure [N,B]                        -> pmf [N,B]
 *   m3: numeric, categorical, inbound [N,B] (arrival of the leg before), own [N,B] (M1's answer) -> pmf [N,B]
 * `pmf` is the probability of a delay in each bin `[edges[i], edges[i+1])`,
 * non-negative and summing to 1: the CDF is monotone by construction. Between
 * edges the CDF is linear; a value below the first (above the last) edge counts
 * to the first (last) bin. Standardisation and missing values are inside the graphs.
 */
export const bundleManifest = z.object({
  schema: z.literal(1),
  name: z.string(),
  kind: z.enum(['chain', 'rule']),
  /** Pipeline run, MLflow run, dataset version and code commit that made it. */
  run: z.string().nullable(),
  mlflowRun: z.string().nullable(),
  dataset: z.string().nullable(),
  commit: z.string(),
  createdAt: z.string(),
  /** Names in the order of the vector, and the hash of what they mean (`MEANING` of lib/rotation). */
  features: z.array(z.string()),
  categories: z.array(z.string()),
  meaning: z.string(),
  /** Per categorical feature: its values; the code is index + 1, anything else is 0. */
  vocabulary: z.record(z.string(), z.array(z.string())),
  /** Bin edges in minutes, ascending, B + 1 of them; shared by the three models. */
  edges: z.array(z.number()),
  graphs: z.object({ m1: graph, m2: graph, m3: graph }).nullable(),
  /** A file of vectors with the answers that the graphs must give (`golden.json`), checked when a bundle is loaded. */
  golden: z.object({ file: z.string().regex(/^[a-z0-9-]+\.json$/), sha256: digest, tolerance: z.number() }).nullable(),
  metrics: z.record(z.string(), z.number()),
});

export type BundleManifest = z.output<typeof bundleManifest>;
