import { canonicalJson, type LabelResolved, type ScoredPrediction } from '../../lib/events/mod.ts';
import type { Fold } from '../../lib/host/mod.ts';
import { closesAt, type CanaryDay } from '../../lib/pipeline/mod.ts';

/** Sums over the flights of one operating day that had both predictions, for one pair of revisions. Minutes. */
interface PairSums { pairs: number; production: number; canary: number }

/** One operating day, from its labels. */
interface DayTally {
  flights: number;
  /** Departures 30 or more minutes late, and cancellations. */
  heavy: number;
  /** `<production revision>|<shadow revision>` → sums. */
  pairs: Record<string, PairSums>;
}

export interface RolloutState {
  /** The last tick. */
  now: number;
  days: Record<string, DayTally>;
}

/** From this share of late or cancelled flights on, a day counts as one with heavy delays. */
const DISRUPTION_SHARE = 0.25;
/** Days are remembered so long: longer than any canary lasts. */
const MEMORY = 60 * 24 * 60;

/**
 * Paired losses by operating day. Labels and ticks come from two streams whose
 * order towards each other is not fixed, so the state does not depend on it: a
 * label counts when it was resolved before its day closed, whatever was read
 * first; a day is closed when the last tick has passed its end.
 */
export const rolloutFold: Fold<RolloutState> = {
  name: 'rollout',
  version: '1',
  inputs: [
    { stream: 'OUTCOMES', subjects: (replay) => [`label.${replay}.>`] },
    { stream: 'ROTATIONS', subjects: (replay) => [`clock.${replay}.>`] },
  ],
  output: { mode: 'facts' },
  initial: () => ({ now: 0, days: {} }),
  apply(state, event) {
    if (event.kind === 'label.resolved') tally(state, event.data);
    if (event.kind === 'track.ticked') {
      state.now = Math.max(state.now, event.data.now);
      for (const day of Object.keys(state.days)) if (closesAt(day) < state.now - MEMORY) Reflect.deleteProperty(state.days, day);
    }
    return [];
  },
  encode: canonicalJson,
  decode: (text) => JSON.parse(text) as RolloutState,
  snapshotAfter: (event) => event.kind === 'track.ticked' && event.data.now % (24 * 60) === 9 * 60,
};

/** The closed days with predictions of this pair of revisions, oldest first. */
export function closedDays(state: RolloutState, production: string, canary: string): CanaryDay[] {
  return Object.entries(state.days)
    .filter(([day]) => closesAt(day) <= state.now)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([day, one]) => {
      const sums = one.pairs[`${production}|${canary}`];
      if (sums === undefined || sums.pairs === 0) return [];
      return [{ day, pairs: sums.pairs, production: sums.production / sums.pairs, canary: sums.canary / sums.pairs, disruption: one.heavy / one.flights >= DISRUPTION_SHARE }];
    });
}

function tally(state: RolloutState, label: LabelResolved): void {
  if (label.resolvedAt >= closesAt(label.day)) return;
  const day = (state.days[label.day] ??= { flights: 0, heavy: 0, pairs: {} });
  day.flights += 1;
  if (label.state === 'cancelled' || (label.departureDelay ?? 0) >= 30) day.heavy += 1;
  for (const [key, { production, canary, checkpoints }] of pairsOf(label.predictions)) {
    const sums = (day.pairs[key] ??= { pairs: 0, production: 0, canary: 0 });
    // A flight counts once, however many of its checkpoints were predicted by both.
    sums.pairs += 1;
    sums.production += production / checkpoints;
    sums.canary += canary / checkpoints;
  }
}

/** Losses of production and shadow at the same checkpoints of one flight, from the same vectors. */
function pairsOf(predictions: readonly ScoredPrediction[]): Map<string, { production: number; canary: number; checkpoints: number }> {
  const pairs = new Map<string, { production: number; canary: number; checkpoints: number }>();
  for (const one of predictions) {
    if (one.role !== 'production' || one.pinball === null) continue;
    for (const other of predictions) {
      if (other.role !== 'shadow' || other.pinball === null || other.checkpoint !== one.checkpoint || other.asOf !== one.asOf) continue;
      const key = `${one.revision}|${other.revision}`;
      const sums = pairs.get(key) ?? { production: 0, canary: 0, checkpoints: 0 };
      pairs.set(key, { production: sums.production + one.pinball, canary: sums.canary + other.pinball, checkpoints: sums.checkpoints + 1 });
    }
  }
  return pairs;
}
