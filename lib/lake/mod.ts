export type { Cell, Columns, ColumnType, Row } from './table.ts';
export { encodeParquet, queryParquet, queryRows, readParquet, scanParquet, writeParquet, type Encoded, type Tables, type Written } from './parquet.ts';
export { filesOf, keyOf, manifest, rootOf, sealManifest, versionOf, type Manifest, type ManifestDraft, type ManifestFile } from './manifest.ts';
export { getManifest, listManifests, putManifest, verifyManifest, type Defect } from './manifests.ts';
export type { EntityQuality, QualityReport } from './quality.ts';
export { CLEANING_RULES, renderCleaningRules } from './cleaning/mod.ts';
export { QUARANTINE_COLUMNS } from './source/clean-entity.ts';
export { ingestNycflights13, type Ingested, type IngestOptions } from './source/ingest.ts';
export { historyEvents, lakeFeed } from './feed.ts';
