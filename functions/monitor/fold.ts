import type { DaySummary } from '../../lib/api/mod.ts';
import { canonicalJson, type Envelope, type FindingRaised, type LabelResolved } from '../../lib/events/mod.ts';
import type { Fold } from '../../lib/host/mod.ts';
import { FEATURES } from '../../lib/rotation/mod.ts';
import { psi } from '../../lib/statistics/mod.ts';
import { driftOf, REFERENCE_DAYS, referenceOf, referenceOfCounts, type Reference } from './drift.ts';
import { degradation, summarise } from './quality.ts';
import { countLabel, countVector, DELAY_EDGES, emptyTally, type Tally } from './tally.ts';

export interface MonitorState {
  /** Days under way or in their first morning after. */
  open: Record<string, Tally>;
  /** Day → states of its late labels, while it is open. */
  late: Record<string, Record<string, number>>;
  /** Closed days, oldest first. */
  closed: DaySummary[];
  /** Samples of the first days, until they make the reference. */
  samples: (number | null)[][][];
  delays: number[][];
  reference: { features: Reference[]; delays: Reference } | null;
  findings: FindingRaised[];
}

/** Keeps quality, drift and data quality by operating day; a day is closed at 12:00Z of the next one. */
export const monitorFold: Fold<MonitorState> = {
  name: 'monitor',
  version: '2',
  inputs: [
    { stream: 'ROTATIONS', subjects: (replay) => [`rotation.${replay}.>`, `clock.${replay}.>`] },
    { stream: 'OUTCOMES', subjects: (replay) => [`label.${replay}.>`] },
  ],
  output: { mode: 'facts' },
  initial: () => ({ open: {}, late: {}, closed: [], samples: [], delays: [], reference: null, findings: [] }),
  apply(state, event) {
    switch (event.kind) {
      case 'rotation.changed':
        if (!isClosed(state, event.data.day)) countVector((state.open[event.data.day] ??= emptyTally()), event.data);
        return [];
      case 'label.resolved':
        if (event.data.resolvedAt >= closesAt(event.data.day)) countLate(state, event.data);
        else countLabel((state.open[event.data.day] ??= emptyTally()), event.data);
        return [];
      case 'track.ticked': {
        const due = Object.keys(state.open).sort().filter((day) => event.data.now >= closesAt(day));
        return due.flatMap((day) => closeDay(state, day, event.data.replay, event.data.now));
      }
      default:
        return [];
    }
  },
  encode: canonicalJson,
  decode: (text) => JSON.parse(text) as MonitorState,
  snapshotAfter: (event) => event.kind === 'track.ticked' && event.data.now % (24 * 60) === 12 * 60,
};

function isClosed(state: MonitorState, day: string): boolean {
  const last = state.closed.at(-1);
  return last !== undefined && day <= last.day;
}

/** 12:00Z of the day after: flights are down, and nearly all labels resolved. */
function closesAt(day: string): number {
  return Date.parse(`${day}T00:00Z`) / 60_000 + 36 * 60;
}

/**
 * A label that is resolved at the tick that closes its day, or later (a flight
 * that was never heard of again), counts by its state alone: labels of that
 * tick race with it.
 */
function countLate(state: MonitorState, { day, state: fate }: LabelResolved): void {
  const summary = state.closed.find((one) => one.day === day);
  const states = summary?.states ?? (state.late[day] ??= {});
  states[fate] = (states[fate] ?? 0) + 1;
  if (summary !== undefined) summary.labels += 1;
}

function closeDay(state: MonitorState, day: string, replay: string, at: number): Envelope<'finding.raised'>[] {
  const tally = state.open[day]!;
  Reflect.deleteProperty(state.open, day);
  const summary = summarise(day, tally);
  const findings: FindingRaised[] = [];
  const find = (kind: FindingRaised['kind'], about: string, value: number, threshold: number, detail: string, retrain: boolean): void => {
    findings.push({ id: `${replay}.${day}.${kind}.${about}`, replay, kind, about, value, threshold, detail, day, at, retrain });
  };

  if (state.reference === null) {
    if (tally.vectors.length > 0) state.samples.push(FEATURES.map((_, index) => tally.vectors.map((vector) => vector[index] ?? null)));
    state.delays.push(tally.delays);
    if (state.samples.length === REFERENCE_DAYS) state.reference = makeReference(state);
  } else {
    const drifts = state.reference.features.map((reference, index) => {
      const value = driftOf(reference, tally.vectors.map((vector) => vector[index] ?? null));
      return { feature: FEATURES[index]!.name, value, threshold: reference.threshold };
    });
    summary.drift = drifts.sort((a, b) => b.value / b.threshold - a.value / a.threshold).slice(0, 12);
    const beyond = drifts.filter((one) => one.value > one.threshold);
    summary.drifting = beyond.length / drifts.length;
    if (summary.drifting >= 0.2) {
      find('input-drift', 'features', summary.drifting, 0.2, `${beyond.length} of ${drifts.length} features, first ${beyond.slice(0, 5).map((one) => one.feature).join(', ')}`, false);
    }
    const { counts, threshold } = state.reference.delays;
    summary.labelDrift = psi(counts, tally.delays);
    summary.labelDriftThreshold = threshold;
    if (summary.labelDrift > threshold) find('label-drift', 'departure-delay', summary.labelDrift, threshold, 'departure delays differ from the reference days', false);
  }

  const staleShare = tally.messages === 0 ? 0 : tally.stale / tally.messages;
  if (staleShare > 0.1) find('silent-feed', 'vectors', staleShare, 0.1, 'vectors with a stale feed behind them', false);
  const lost = (tally.states['never-arrived'] ?? 0) / Math.max(1, summary.labels);
  if (lost > 0.05) find('data-quality', 'never-arrived', lost, 0.05, 'flights that left and were never heard of again', false);
  for (const [fate, count] of Object.entries(state.late[day] ?? {})) {
    summary.states[fate] = (summary.states[fate] ?? 0) + count;
    summary.labels += count;
  }
  Reflect.deleteProperty(state.late, day);
  state.closed.push(summary);
  const worse = degradation(state.closed);
  if (worse !== null) find('quality', 'skill', worse.recent, worse.limit, worse.detail, true);

  state.findings = [...state.findings, ...findings].slice(-200);
  return findings.map((data) => ({ kind: 'finding.raised', id: data.id, source: 'monitor', time: at, replay, data }));
}

function makeReference(state: MonitorState): NonNullable<MonitorState['reference']> {
  const features = FEATURES.map((_, index) => referenceOf(state.samples.map((day) => day[index]!)));
  const delays = referenceOfCounts(DELAY_EDGES, state.delays);
  state.samples = [];
  state.delays = [];
  return { features, delays };
}
