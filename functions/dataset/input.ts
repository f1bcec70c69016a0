import { z } from 'zod';
import { DownlineError } from '../../lib/errors/mod.ts';
import { operatingDay, utcMinute } from '../../lib/events/mod.ts';

/** What the pipeline asks for. */
export const datasetInput = z.object({
  run: z.string().min(1).max(120),
  replay: z.string().min(1).max(40),
  /** Simulated instant of the request: nothing that became known later is used. ISO on the wire; a number is UTC minutes. */
  asOf: z.union([z.number().int(), utcMinute]),
  /** Training rows that are wanted, about. */
  rows: z.number().int().min(100).max(20_000_000),
  seed: z.number().int().min(0),
  /** First day of the history that rows are made of; the state always begins where the replay's did. */
  historyFrom: operatingDay,
  /** Test of the gates: outcomes of other flights in the place of each flight's own. */
  shuffleLabels: z.boolean().default(false),
});
export type DatasetInput = z.output<typeof datasetInput>;

/** The job's answer. */
export interface DatasetOutput {
  /** Version of the dataset. */
  readonly version: string;
  readonly rows: { readonly train: number; readonly valid: number; readonly test: number };
  /** Messages for the evaluation. */
  readonly messages: number;
  readonly days: { readonly train: readonly string[]; readonly valid: readonly string[]; readonly test: readonly string[] };
  /** Logged vectors that were computed again and found equal. */
  readonly parity: { readonly messages: number; readonly vectors: number };
}

/** The input, checked. Throws `BAD_REQUEST`. */
export function readInput(input: unknown): DatasetInput {
  const parsed = datasetInput.safeParse(input);
  if (!parsed.success) throw new DownlineError('BAD_REQUEST', `input of the dataset job: ${z.prettifyError(parsed.error).slice(0, 500)}`);
  return parsed.data;
}
