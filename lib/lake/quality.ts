import { z } from 'zod';

/** What the cleaning rules found in one entity of a source. */
export const entityQuality = z.object({
  entity: z.string(),
  /** Rows of the source; those kept; those put into quarantine. `read = kept + quarantined`. */
  read: z.number().int().min(0),
  kept: z.number().int().min(0),
  quarantined: z.number().int().min(0),
  /** Rows by rule, rules that were never broken included. A row counts for the first quarantine rule that it breaks, and for every repair and note. */
  rules: z.array(z.object({ rule: z.string(), severity: z.enum(['quarantine', 'repair', 'note']), rows: z.number().int().min(0) })),
});

/** The quality report of a version. */
export const qualityReport = z.object({
  entities: z.array(entityQuality),
  /** Flights by state. */
  states: z.record(z.string(), z.number().int().min(0)),
});

export type EntityQuality = z.output<typeof entityQuality>;
export type QualityReport = z.output<typeof qualityReport>;
