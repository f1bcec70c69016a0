import { DownlineError } from '../errors/mod.ts';
import type { Evidence, ReleaseRef, Rollout, UtcMinute } from '../events/mod.ts';

/**
 * The rollout's record and how it may change. The record is the intention;
 * the platform is made to follow it (`desiredTraffic`), after a crash too.
 * No change is made in place.
 */

/** Share of HTTP users that see the canary; its events are paired by shadow predictions whatever this is. */
export const CANARY_PERCENT = 10;

type Change = Rollout['history'][number]['change'];

/** A rollout whose production is this release. */
export function startRollout(replay: string, production: ReleaseRef, reason: string): Rollout {
  return noted({ replay, production, canary: null, previous: null, history: [] }, 'started', production, production.since, reason);
}

/** With a canary. Throws `ROLLOUT_REFUSED` where there is one, or where it is production already. */
export function beginCanary(record: Rollout, canary: ReleaseRef, options: { margin: number; reason: string }): Rollout {
  if (record.canary !== null) throw refused(record, `${record.canary.revision} is the canary already`);
  if (record.production.revision === canary.revision) throw refused(record, `${canary.revision} is production`);
  const { margin, reason } = options;
  return noted({
    ...record,
    canary: { ...canary, percent: CANARY_PERCENT, margin, evidence: [], errors: 0, requests: 0 },
  }, 'canary', canary, canary.since, reason);
}

/** With the judge's evidence so far. */
export function withEvidence(record: Rollout, evidence: readonly Evidence[]): Rollout {
  return record.canary === null ? record : { ...record, canary: { ...record.canary, evidence: [...evidence] } };
}

/** The canary becomes production; what was production is kept for a rollback. */
export function promote(record: Rollout, at: UtcMinute, reason: string): Rollout {
  const { canary, production } = record;
  if (canary === null) throw refused(record, 'there is no canary to promote');
  const promoted = { revision: canary.revision, bundle: canary.bundle, run: canary.run, since: at };
  return noted({ ...record, production: promoted, previous: production, canary: null }, 'promoted', promoted, at, reason);
}

/** The canary goes; production stays as it was. */
export function dropCanary(record: Rollout, at: UtcMinute, reason: string): Rollout {
  const { canary } = record;
  if (canary === null) throw refused(record, 'there is no canary');
  return noted({ ...record, canary: null }, 'rolled-back', canary, at, reason);
}

/** Production goes back to what it was before. A canary, if there is one, was compared with what goes and ends too. */
export function rollBack(record: Rollout, at: UtcMinute, reason: string): Rollout {
  const { previous, production } = record;
  if (previous === null) throw refused(record, 'there is no previous revision to go back to');
  const cleared = record.canary === null ? record : dropCanary(record, at, `production was rolled back: ${reason}`);
  return noted({ ...cleared, production: { ...previous, since: at }, previous: null }, 'rolled-back', production, at, reason);
}

/** The traffic that a record asks for; percents add up to 100. */
export function desiredTraffic(record: Rollout): { revision: string; percent: number; tag: 'production' | 'canary' | 'previous' }[] {
  const { production, canary, previous } = record;
  const share = canary?.percent ?? 0;
  return [
    { revision: production.revision, percent: 100 - share, tag: 'production' },
    ...(canary === null ? [] : [{ revision: canary.revision, percent: share, tag: 'canary' as const }]),
    ...(previous === null ? [] : [{ revision: previous.revision, percent: 0, tag: 'previous' as const }]),
  ];
}

/** What became of a bundle that was asked for as a canary; null where the record has not taken it yet. */
export function fateOf(record: Rollout, bundle: string): { state: 'canary' | 'production' | 'rolled-back'; reason: string } | null {
  if (record.canary?.bundle === bundle) return { state: 'canary', reason: '' };
  const last = record.history.findLast((entry) => entry.bundle === bundle);
  switch (last?.change) {
    case undefined: return null;
    case 'promoted': case 'started': return { state: 'production', reason: last.reason };
    case 'rolled-back': return { state: 'rolled-back', reason: last.reason };
    case 'canary': return { state: 'canary', reason: last.reason };
  }
}

/** The next free revision number: names are never used twice. */
export function nextRevision(record: Rollout | null, existing: readonly string[]): number {
  const names = [...existing, ...(record?.history.map((entry) => entry.revision) ?? [])];
  const numbers = names.flatMap((name) => /^predict-(\d{1,9})$/.exec(name)?.[1] ?? []).map(Number);
  return Math.max(0, ...numbers) + 1;
}

function noted(record: Rollout, change: Change, release: Pick<ReleaseRef, 'revision' | 'bundle'>, at: UtcMinute, reason: string): Rollout {
  return { ...record, history: [...record.history, { at, change, revision: release.revision, bundle: release.bundle, reason }] };
}

function refused(record: Rollout, message: string): DownlineError {
  return new DownlineError('ROLLOUT_REFUSED', message, { ids: { replay: record.replay, production: record.production.revision } });
}
