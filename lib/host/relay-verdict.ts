import { z } from 'zod';

/** What an answer means for the batch it answers. */
export type Verdict =
  | { readonly kind: 'done' }
  /** An event is at fault; `index` where the function names it. */
  | { readonly kind: 'refused'; readonly code: string; readonly reason: string; readonly index: number | undefined }
  | { readonly kind: 'again'; readonly reason: string };

const problem = z.object({ code: z.string().max(60).catch(''), detail: z.string().catch(''), index: z.number().int().min(0).optional().catch(undefined) });

/** Statuses that say that the input is at fault. A wrong address (404), method or credential is no event's fault. */
const REFUSALS: readonly number[] = [400, 413, 422];

/** Reads an answer to a batch of `count` events. Any body will do. */
export async function verdictOf(response: Response, count: number): Promise<Verdict> {
  const text = (await response.text().catch(() => '')).slice(0, 10_000);
  if (response.ok) return { kind: 'done' };
  const { code, detail, index } = problem.catch({ code: '', detail: text.slice(0, 300), index: undefined }).parse(jsonOrNull(text));
  const reason = `${response.status} ${detail}`.trim();
  if (!REFUSALS.includes(response.status)) return { kind: 'again', reason };
  return { kind: 'refused', code: code === '' ? `HTTP_${response.status}` : code, reason, index: index !== undefined && index < count ? index : undefined };
}

function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
