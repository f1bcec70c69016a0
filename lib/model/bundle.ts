import { bundleManifest, type BundleManifest } from './manifest.ts';
import { DownlineError } from '../errors/mod.ts';
import { digestOf } from '../events/mod.ts';
import { checkGolden } from './golden.ts';
import { openGraph, type Graph } from './graph.ts';
import type { Language } from './language.ts';
import type { BundleFiles } from './store.ts';

/** A bundle that is ready to answer. `graphs` is null for the rule. */
export interface Bundle {
  /** `sha256:…` of `bundle.json`. */
  readonly digest: string;
  readonly manifest: BundleManifest;
  /** Per categorical feature: the code of each value; what is absent is 0. */
  readonly codes: readonly ReadonlyMap<string, number>[];
  readonly graphs: { readonly m1: Graph; readonly m2: Graph; readonly m3: Graph } | null;
  close(): Promise<void>;
}

/**
 * Opens a bundle from its files: every hash, the language of the running code
 * and the golden vectors are checked. Throws `BUNDLE_INVALID` and says what
 * differs.
 */
export async function openBundle(digest: string, files: BundleFiles, language: Language): Promise<Bundle> {
  const manifest = await readManifest(digest, files);
  agree(digest, manifest, language);
  const { graphs: named, golden } = manifest;
  if (named === null || golden === null) throw invalid(digest, 'a chain has three graphs and golden vectors');
  const bins = manifest.edges.length - 1;
  const open = async (file: { file: string; sha256: string }, outputs: Record<string, number>): Promise<Graph> => {
    const bytes = await checked(digest, files, file.file, file.sha256);
    return openGraph(bytes, outputs).catch((error: unknown) => {
      throw invalid(digest, `${file.file} is not a graph that the runtime reads: ${error instanceof Error ? error.message : String(error)}`, error);
    });
  };
  const opened: Graph[] = [];
  const close = async (): Promise<void> => { await Promise.all(opened.map((graph) => graph.close())); };
  try {
    const m1 = await open(named.m1, { pmf: bins, cancel: 1 });
    opened.push(m1);
    const m2 = await open(named.m2, { pmf: bins });
    opened.push(m2);
    const m3 = await open(named.m3, { pmf: bins });
    opened.push(m3);
    const graphs = { m1, m2, m3 };
    await checkGolden(digest, manifest, graphs, await checked(digest, files, golden.file, golden.sha256), golden.tolerance);
    const codes = manifest.categories.map((category) => new Map((manifest.vocabulary[category] ?? []).map((value, index) => [value, index + 1])));
    return { digest, manifest, codes, graphs, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function readManifest(digest: string, files: BundleFiles): Promise<BundleManifest> {
  const bytes = await checked(digest, files, 'bundle.json', digest);
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    throw invalid(digest, 'bundle.json is not JSON', error);
  }
  const parsed = bundleManifest.safeParse(json);
  if (!parsed.success) {
    throw invalid(digest, `bundle.json: ${parsed.error.issues.slice(0, 5).map((issue) => `${issue.path.join('.')} ${issue.message}`).join('; ')}`);
  }
  return parsed.data;
}

async function checked(digest: string, files: BundleFiles, name: string, sha256: string): Promise<Uint8Array> {
  const bytes = await files.read(name, sha256);
  const found = digestOf(bytes);
  if (found !== sha256) throw invalid(digest, `${name} has the hash ${found}, its manifest says ${sha256}`);
  return bytes;
}

function agree(digest: string, manifest: BundleManifest, language: Language): void {
  if (manifest.kind !== 'chain') throw invalid(digest, 'it is not a chain of models');
  const differs = firstDifference('features', manifest.features, language.features) ?? firstDifference('categories', manifest.categories, language.categories);
  if (differs !== undefined) throw invalid(digest, differs);
  if (manifest.meaning !== language.meaning) throw invalid(digest, `its features mean ${manifest.meaning}, this code computes ${language.meaning}`);
  const { edges } = manifest;
  if (edges.length < 2 || edges.some((edge, index) => !Number.isFinite(edge) || (index > 0 && edge <= edges[index - 1]!))) {
    throw invalid(digest, 'edges are 2 or more ascending minutes');
  }
}

function firstDifference(what: string, bundled: readonly string[], spoken: readonly string[]): string | undefined {
  for (let index = 0; index < Math.max(bundled.length, spoken.length); index += 1) {
    if (bundled[index] !== spoken[index]) return `${what}[${index}] is ${bundled[index] ?? 'absent'}, this code computes ${spoken[index] ?? 'none'}`;
  }
  return undefined;
}

function invalid(digest: string, reason: string, cause?: unknown): DownlineError {
  return new DownlineError('BUNDLE_INVALID', `bundle ${digest}: ${reason}`, { ids: { bundle: digest }, cause });
}
