import { canonicalJson, type AnyEnvelope, type Envelope, type OutcomeKnown } from '../../lib/events/mod.ts';
import type { Fold } from '../../lib/host/mod.ts';
import { note, score, type Standings } from './standing.ts';

/** Minutes for which a label, or the standings of a flight without outcome, are remembered. */
const MEMORY = 4 * 24 * 60;

export interface LabelState {
  /** Flight → its standing predictions. */
  standings: Record<string, Standings>;
  /** Flight → its scheduled departure, for forgetting. */
  scheduled: Record<string, number>;
  /** Outcomes since the last tick. */
  pending: OutcomeKnown[];
  /** Flight → when it was labelled. */
  labelled: Record<string, number>;
}

/**
 * Joins outcomes with predictions. It decides at ticks alone: by then every
 * prediction of an earlier vector has been digested, so that a replay gives
 * the same labels at any speed. The first outcome of a flight counts.
 */
export const labelFold: Fold<LabelState> = {
  name: 'label',
  version: '1',
  inputs: [
    { stream: 'PREDICTIONS', subjects: (replay) => [`prediction.${replay}.*.event.>`] },
    { stream: 'ROTATIONS', subjects: (replay) => [`outcome.${replay}.>`, `clock.${replay}.>`] },
  ],
  output: { mode: 'facts' },
  initial: () => ({ standings: {}, scheduled: {}, pending: [], labelled: {} }),
  apply(state, event) {
    switch (event.kind) {
      case 'prediction.made':
        note(state.standings, event.data);
        for (const leg of event.data.legs) state.scheduled[leg.flight] = leg.scheduledOff;
        return [];
      case 'outcome.known':
        state.pending.push(event.data);
        return [];
      case 'track.ticked':
        return resolve(state, event);
      default:
        return [];
    }
  },
  encode: canonicalJson,
  decode: (text) => JSON.parse(text) as LabelState,
  snapshotAfter: (event) => event.kind === 'track.ticked' && event.data.now % (24 * 60) === 9 * 60,
};

function resolve(state: LabelState, tick: AnyEnvelope & { kind: 'track.ticked' }): Envelope<'label.resolved'>[] {
  const labels: Envelope<'label.resolved'>[] = [];
  for (const outcome of state.pending) {
    if (state.labelled[outcome.flight] !== undefined) continue;
    state.labelled[outcome.flight] = tick.data.now;
    labels.push({
      kind: 'label.resolved',
      id: `${outcome.replay}.label.${outcome.flight}`,
      source: 'label',
      time: tick.data.now,
      replay: outcome.replay,
      data: { ...outcome, resolvedAt: tick.data.now, predictions: score(state.standings[outcome.flight] ?? {}, outcome) },
    });
    forget(state, outcome.flight);
  }
  state.pending = [];
  if (tick.data.now % 60 === 0) {
    const horizon = tick.data.now - MEMORY;
    for (const [flight, off] of Object.entries(state.scheduled)) if (off < horizon) forget(state, flight);
    for (const [flight, at] of Object.entries(state.labelled)) if (at < horizon) Reflect.deleteProperty(state.labelled, flight);
  }
  return labels;
}

function forget(state: LabelState, flight: string): void {
  Reflect.deleteProperty(state.standings, flight);
  Reflect.deleteProperty(state.scheduled, flight);
}
