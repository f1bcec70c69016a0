import { DownlineError } from '../errors/mod.ts';

/** Names of a run's things: all follow from its id, so that a repeated step finds what the first one made. */

/** `<replay>-0007`: the seventh run of a replay. */
export function runId(replay: string, ordinal: number): string {
  return `${replay}-${String(ordinal).padStart(4, '0')}`;
}

/** The ordinal of a run id of this replay, or null where it is another's. */
export function runOrdinal(replay: string, id: string): number | null {
  const rest = id.startsWith(`${replay}-`) ? id.slice(replay.length + 1) : '';
  return /^\d{4,9}$/.test(rest) ? Number(rest) : null;
}

/** The Ray job of an attempt: the first has the plain name, which outsiders look up. */
export function submissionId(run: string, attempt: number): string {
  return attempt <= 1 ? `downline-${run}` : `downline-${run}-${attempt}`;
}

/** `predict-00007`. */
export function revisionName(ordinal: number): string {
  return `predict-${String(ordinal).padStart(5, '0')}`;
}

/** The hex part of a digest `sha256:…`. Throws `BUNDLE_INVALID` for anything else. */
export function hexOf(digest: string): string {
  const match = /^sha256:([0-9a-f]{64})$/.exec(digest);
  if (match?.[1] === undefined) throw new DownlineError('BUNDLE_INVALID', `not a digest: ${digest.slice(0, 100)}`);
  return match[1];
}
