import { z } from 'zod';

const line = z.union([
  z.object({ progress: z.number().min(0).max(1), detail: z.string().max(2000).default('') }),
  z.object({ result: z.record(z.string(), z.unknown()) }),
  z.object({ error: z.object({ code: z.string().max(60), message: z.string().max(10_000) }) }),
]);

/** What a job said of itself so far. */
export interface JobProgress {
  /** The last progress, 0 to 1; null before the first. */
  readonly progress: number | null;
  readonly detail: string;
  /** Its result, once it has printed one. */
  readonly result: Readonly<Record<string, unknown>> | null;
  readonly error: { readonly code: string; readonly message: string } | null;
}

/**
 * The state of a job from its log: JSON lines `{progress, detail}`, `{result}`
 * and `{error}` among whatever else was printed. The last of each counts; a
 * line that is cut off, or not of that form, is passed over.
 */
export function readProgress(log: string): JobProgress {
  let state: JobProgress = { progress: null, detail: '', result: null, error: null };
  for (const text of log.split('\n')) {
    const trimmed = text.trim();
    if (!trimmed.startsWith('{')) continue;
    let value: unknown;
    try {
      value = JSON.parse(trimmed);
    } catch {
      continue;
    }
    const parsed = line.safeParse(value);
    if (parsed.success) state = { ...state, ...parsed.data };
  }
  return state;
}
