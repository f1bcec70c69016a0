import { z } from 'zod';
import { DownlineError } from '../../lib/errors/mod.ts';

/** What the pipeline asks for. */
export const evaluateInput = z.object({
  run: z.string().min(1).max(120).regex(/^[A-Za-z0-9._-]+$/),
  replay: z.string().min(1).max(40),
  dataset: z.string().regex(/^dataset-[0-9a-f]{16}$/),
  bundle: z.string().regex(/^sha256:[0-9a-f]{64}$/),
  /** `rule`, or the digest of production's bundle. */
  champion: z.string().regex(/^(rule|sha256:[0-9a-f]{64})$/),
  /** MLflow's run that the results are logged to; null logs nothing. */
  mlflowRun: z.string().min(1).max(100).nullable(),
  seed: z.number().int().min(0),
  /** Share of a day's rotations that may be alerted. */
  alertBudget: z.number().min(0.001).max(0.999),
});
export type EvaluateInput = z.output<typeof evaluateInput>;

/** The input, checked. Throws `BAD_REQUEST`. */
export function readInput(input: unknown): EvaluateInput {
  const parsed = evaluateInput.safeParse(input);
  if (!parsed.success) throw new DownlineError('BAD_REQUEST', `input of the evaluate job: ${z.prettifyError(parsed.error).slice(0, 500)}`);
  return parsed.data;
}
