import { canonicalJson, type AlertChanged, type Envelope, type LegPrediction, type PredictionMade, type TrackTicked } from '../../lib/events/mod.ts';
import type { Fold } from '../../lib/host/mod.ts';
import { capOf, CLEAR_AFTER, CLEAR_SHARE, EARLY, MEMORY_DAYS, reasonsOf, riskOf, thresholdOf, TOO_LATE } from './policy.ts';

interface Day {
  /** Rotation → highest early score. */
  scores: Record<string, number>;
  /** Rotations alerted. */
  alerted: string[];
}

export interface AlertState {
  days: Record<string, Day>;
  /** Closed days: scores of their rotations, newest last. */
  past: { day: string; scores: number[] }[];
  /** Flight → its open alert, with the predictions in a row that were below the clearing line. */
  open: Record<string, { alert: AlertChanged; below: number }>;
  /** Rotation → predictions that no tick has weighed yet. */
  fresh: Record<string, PredictionMade[]>;
  /** Outcomes and departures since the last tick: flight → why its alert ends. */
  ended: Record<string, 'departed' | 'cancelled'>;
  /** Flights that were alerted and have left, were cancelled or expired: never raised again. */
  done: Record<string, number>;
}

/**
 * Alerts within a budget. It decides at ticks alone (see `label`): candidates
 * of one tick compete for what is left of the day's budget, the likeliest
 * first. A rotation costs the budget once, however many legs are alerted.
 */
export function alertFold(budget: number): Fold<AlertState> {
  return {
    name: 'alert',
    version: '2',
    inputs: [
      { stream: 'PREDICTIONS', subjects: (replay) => [`prediction.${replay}.production.event.>`] },
      { stream: 'ROTATIONS', subjects: (replay) => [`outcome.${replay}.>`, `clock.${replay}.>`] },
    ],
    output: { mode: 'facts' },
    initial: () => ({ days: {}, past: [], open: {}, fresh: {}, ended: {}, done: {} }),
    apply(state, event) {
      switch (event.kind) {
        case 'prediction.made':
          (state.fresh[event.data.rotation] ??= []).push(event.data);
          return [];
        case 'outcome.known':
          state.ended[event.data.flight] = event.data.state === 'cancelled' ? 'cancelled' : 'departed';
          return [];
        case 'track.ticked':
          return decide(state, budget, event.data);
        default:
          return [];
      }
    },
    encode: canonicalJson,
    decode: (text) => JSON.parse(text) as AlertState,
    snapshotAfter: (event) => event.kind === 'track.ticked' && event.data.now % (24 * 60) === 9 * 60,
  };
}

function decide(state: AlertState, budget: number, { replay, now, sequence }: TrackTicked): Envelope<'alert.changed'>[] {
  const changes: AlertChanged[] = [];
  const predictions = takeFresh(state, sequence);
  const candidates: { leg: LegPrediction; prediction: PredictionMade; risk: number }[] = [];

  for (const prediction of predictions) {
    const day = (state.days[prediction.day] ??= { scores: {}, alerted: [] });
    for (const leg of prediction.legs) {
      if (leg.departed !== null) {
        state.ended[leg.flight] ??= 'departed';
        continue;
      }
      const risk = riskOf(leg);
      if (leg.lead >= EARLY) day.scores[prediction.rotation] = Math.max(day.scores[prediction.rotation] ?? 0, risk);
      const open = state.open[leg.flight];
      if (open !== undefined) changes.push(...revise(state, open, leg, prediction, risk, now));
      else if (leg.lead > TOO_LATE && state.done[leg.flight] === undefined) candidates.push({ leg, prediction, risk });
    }
  }

  const threshold = thresholdOf(state.past.map((past) => past.scores), budget);
  candidates.sort((a, b) => b.risk - a.risk || (a.leg.flight < b.leg.flight ? -1 : 1));
  for (const { leg, prediction, risk } of candidates) {
    const day = state.days[prediction.day]!;
    const cap = capOf(budget, Object.keys(day.scores).length, state.past.map((past) => past.scores.length));
    const counted = day.alerted.includes(prediction.rotation);
    if (risk < threshold || (!counted && day.alerted.length >= cap)) continue;
    if (!counted) day.alerted.push(prediction.rotation);
    const alert = raised(leg, prediction, risk, threshold, replay, now);
    state.open[leg.flight] = { alert, below: 0 };
    changes.push(alert);
  }

  for (const [flight, { alert }] of Object.entries(state.open)) {
    const why = state.ended[flight] ?? (now >= alert.scheduledOff + 6 * 60 ? 'expired' : undefined);
    if (why !== undefined) changes.push(cleared(state, alert, why, now));
  }
  state.ended = {};
  closeDays(state, now);
  return changes.map((data) => ({ kind: 'alert.changed', id: `${data.id}.${data.change}.${now}`, source: 'alert', time: now, replay, data }));
}

/**
 * The newest prediction of each rotation whose vector is older than the tick,
 * in the order of rotations. Predictions of the tick's own vectors race with
 * it; they wait for the next one, whoever was first.
 */
function takeFresh(state: AlertState, tick: number): PredictionMade[] {
  const taken: PredictionMade[] = [];
  for (const [rotation, predictions] of Object.entries(state.fresh).sort(([a], [b]) => (a < b ? -1 : 1))) {
    const due = predictions.filter((prediction) => prediction.sequence < tick).sort((a, b) => a.vectorSequence - b.vectorSequence);
    const rest = predictions.filter((prediction) => prediction.sequence >= tick);
    if (rest.length > 0) state.fresh[rotation] = rest;
    else Reflect.deleteProperty(state.fresh, rotation);
    if (due.length > 0) taken.push(due[due.length - 1]!);
  }
  return taken;
}

/** Updates or clears an open alert after a new prediction of its leg. */
function revise(state: AlertState, open: { alert: AlertChanged; below: number }, leg: LegPrediction, prediction: PredictionMade, risk: number, now: number): AlertChanged[] {
  open.below = risk < CLEAR_SHARE * open.alert.threshold ? open.below + 1 : 0;
  if (open.below >= CLEAR_AFTER) return [cleared(state, open.alert, 'risk-gone', now)];
  const moved = Math.abs(risk - open.alert.p30) >= 0.1 || Math.abs(leg.departure.quantiles[9]! - open.alert.median) >= 15;
  if (!moved) return [];
  open.alert = { ...raised(leg, prediction, risk, open.alert.threshold, open.alert.replay, now), change: 'updated', raisedAt: open.alert.raisedAt };
  return [open.alert];
}

function raised(leg: LegPrediction, prediction: PredictionMade, risk: number, threshold: number, replay: string, now: number): AlertChanged {
  return {
    id: `${replay}.${leg.flight}`,
    replay,
    status: 'open',
    change: 'raised',
    flight: leg.flight,
    rotation: prediction.rotation,
    tail: prediction.tail,
    day: prediction.day,
    scheduledOff: leg.scheduledOff,
    raisedAt: now,
    changedAt: now,
    actBy: leg.scheduledOff - TOO_LATE,
    p30: risk,
    threshold,
    median: leg.departure.quantiles[9]!,
    upper: leg.departure.quantiles[17]!,
    reasons: reasonsOf(leg, prediction),
    receipt: prediction.receipt,
    cleared: null,
  };
}

function cleared(state: AlertState, alert: AlertChanged, why: NonNullable<AlertChanged['cleared']>, now: number): AlertChanged {
  Reflect.deleteProperty(state.open, alert.flight);
  if (why !== 'risk-gone') state.done[alert.flight] = now;
  return { ...alert, status: 'cleared', change: 'cleared', changedAt: now, cleared: why };
}

/** Moves days that are over (12:00Z of the next day) into the past and forgets old things. */
function closeDays(state: AlertState, now: number): void {
  for (const [day, { scores }] of Object.entries(state.days).sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (now < Date.parse(`${day}T00:00Z`) / 60_000 + 36 * 60) continue;
    state.past.push({ day, scores: Object.values(scores) });
    Reflect.deleteProperty(state.days, day);
  }
  state.past = state.past.slice(-MEMORY_DAYS);
  for (const [flight, at] of Object.entries(state.done)) if (at < now - 2 * 24 * 60) Reflect.deleteProperty(state.done, flight);
}
