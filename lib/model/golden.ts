import { z } from 'zod';
import { DownlineError } from '../errors/mod.ts';
import type { Bundle } from './bundle.ts';
import type { Input, Output } from './graph.ts';
import type { BundleManifest } from './manifest.ts';

const rows = z.array(z.array(z.number())).min(1).max(10_000);

/** `golden.json`: inputs of the graphs and the answers that they must give, a row each (docs/architecture.md, "Bundle files"). */
export const golden = z.object({
  numeric: z.array(z.array(z.number().nullable())).min(1).max(10_000),
  categorical: z.array(z.array(z.number().int().min(0))),
  departure: rows,
  inbound: rows,
  own: rows,
  m1_pmf: rows,
  m1_cancel: z.array(z.number()),
  m2_pmf: rows,
  m3_pmf: rows,
});

export type Golden = z.output<typeof golden>;

/** Runs the golden vectors through the graphs. Throws `BUNDLE_INVALID` naming the answer that is furthest beyond the tolerance. */
export async function checkGolden(digest: string, manifest: BundleManifest, graphs: NonNullable<Bundle['graphs']>, bytes: Uint8Array, tolerance: number): Promise<void> {
  const vectors = parse(digest, bytes);
  const count = vectors.numeric.length;
  const bins = manifest.edges.length - 1;
  const floats = (name: 'numeric' | 'departure' | 'inbound' | 'own', width: number): Input => ({ data: flat(digest, name, vectors[name], count, width), width });
  const features = {
    numeric: floats('numeric', manifest.features.length),
    categorical: { data: BigInt64Array.from(Array.from(flat(digest, 'categorical', vectors.categorical, count, manifest.categories.length), (code) => BigInt(code))), width: manifest.categories.length },
  };
  const departure = floats('departure', bins);
  const masses = { inbound: floats('inbound', bins), own: floats('own', bins) };
  const wanted = {
    m1: flat(digest, 'm1_pmf', vectors.m1_pmf, count, bins),
    cancel: flat(digest, 'm1_cancel', vectors.m1_cancel.map((value) => [value]), count, 1),
    m2: flat(digest, 'm2_pmf', vectors.m2_pmf, count, bins),
    m3: flat(digest, 'm3_pmf', vectors.m3_pmf, count, bins),
  };
  // One after the other: the caller closes the graphs when this throws, and none may then be running.
  const first = await running(digest, graphs.m1.run(features, count));
  near(digest, 'm1 pmf', first.pmf!, wanted.m1, tolerance);
  near(digest, 'm1 cancel', first.cancel!, wanted.cancel, tolerance);
  near(digest, 'm2 pmf', (await running(digest, graphs.m2.run({ ...features, departure }, count))).pmf!, wanted.m2, tolerance);
  near(digest, 'm3 pmf', (await running(digest, graphs.m3.run({ ...features, ...masses }, count))).pmf!, wanted.m3, tolerance);
}

async function running(digest: string, run: Promise<Output>): Promise<Output> {
  return run.catch((error: unknown) => {
    throw invalid(digest, `golden vectors do not run: ${error instanceof Error ? error.message : String(error)}`, error);
  });
}

function parse(digest: string, bytes: Uint8Array): Golden {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    throw invalid(digest, 'golden vectors are not JSON', error);
  }
  const parsed = golden.safeParse(json);
  if (!parsed.success) throw invalid(digest, `golden vectors: ${z.prettifyError(parsed.error).slice(0, 300)}`);
  return parsed.data;
}

function flat(digest: string, name: string, table: readonly (readonly (number | null)[])[], count: number, width: number): Float32Array {
  if (table.length !== count || table.some((row) => row.length !== width)) throw invalid(digest, `golden ${name} wants ${count} rows of ${width}`);
  return Float32Array.from(table.flat(), (value) => value ?? Number.NaN);
}

function near(digest: string, name: string, found: Float32Array, wanted: Float32Array, tolerance: number): void {
  let furthest = 0;
  found.forEach((value, index) => {
    const gap = Math.abs(value - wanted[index]!);
    furthest = Number.isNaN(gap) ? Infinity : Math.max(furthest, gap);
  });
  if (furthest > tolerance) throw invalid(digest, `${name} of the golden vectors is off by ${furthest}, tolerated are ${tolerance}`);
}

function invalid(digest: string, reason: string, cause?: unknown): DownlineError {
  return new DownlineError('BUNDLE_INVALID', `bundle ${digest}: ${reason}`, { ids: { bundle: digest }, cause });
}
