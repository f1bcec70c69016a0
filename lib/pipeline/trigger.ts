import { formatMinute, type FindingRaised, type Run, type UtcMinute } from '../events/mod.ts';
import { isEnd } from './machine.ts';

/** What the decision to start a run is based on; all of it as of one simulated instant. */
export interface Situation {
  readonly now: UtcMinute;
  /** The replay's last run, active or ended. */
  readonly lastRun: Pick<Run, 'stage' | 'requestedAt'> | null;
  /** True where production serves a learned model. */
  readonly learned: boolean;
  /** Operating days that are over and have labels, oldest first. */
  readonly labelledDays: readonly string[];
  /** A finding that asks for a retraining and has not been answered, or null. */
  readonly finding: Pick<FindingRaised, 'kind' | 'about' | 'value' | 'threshold' | 'at'> | null;
}

const DAY = 24 * 60;
/** Monday 1970-01-05T09:00Z: the schedule fires weekly from there, when the night's flights are labelled. */
const FIRST_SCHEDULE = 4 * DAY + 9 * 60;
/** After a run, findings and a missing model wait so long: a retraining on the same data would say the same. */
export const COOLDOWN = 5 * DAY;
/** A retraining wants so many labelled days that the last run has not seen. */
export const NEW_DAYS = 3;

/**
 * Whether a run should start by itself, and why; null where not. Decided at
 * ticks and findings only, so that a replay decides the same at any speed.
 * A missed schedule (compute was away, a run was active) is made up for once.
 */
export function shouldStart(situation: Situation): Run['trigger'] | null {
  const { now, lastRun, learned, labelledDays, finding } = situation;
  if (lastRun !== null && !isEnd(lastRun.stage)) return null;
  const cooled = lastRun === null || now - lastRun.requestedAt >= COOLDOWN;
  const fresh = labelledDays.filter((day) => lastRun === null || closesAt(day) > lastRun.requestedAt).length;

  if (!learned && cooled && labelledDays.length >= 1) {
    return { kind: 'condition', by: 'pipeline', reason: `first learned model: production serves the rule, ${labelledDays.length} days are labelled` };
  }
  if (finding !== null && cooled && fresh >= NEW_DAYS && (lastRun === null || finding.at > lastRun.requestedAt)) {
    return { kind: 'condition', by: 'monitor', reason: `${finding.kind} of ${finding.about}: ${finding.value} against ${finding.threshold}; ${fresh} new labelled days` };
  }
  const scheduled = lastSchedule(now);
  if (learned && lastRun !== null && scheduled > lastRun.requestedAt && fresh >= NEW_DAYS) {
    return { kind: 'schedule', by: 'pipeline', reason: `weekly, due ${formatMinute(scheduled)}; ${fresh} new labelled days` };
  }
  return null;
}

/** The last instant at or before now at which the weekly schedule fires. */
export function lastSchedule(now: UtcMinute): UtcMinute {
  return now - ((((now - FIRST_SCHEDULE) % (7 * DAY)) + 7 * DAY) % (7 * DAY));
}

/** When an operating day is over: at 09:00Z of the next day its last flight has left New York for hours. */
export function closesAt(day: string): UtcMinute {
  return Date.parse(`${day}T00:00Z`) / 60_000 + DAY + 9 * 60;
}
