import type { BoardRotation } from '../../lib/api/mod.ts';
import { canonicalJson, type LegPrediction, type PredictionMade, type RotationChanged } from '../../lib/events/mod.ts';
import type { Fold } from '../../lib/host/mod.ts';

interface Entry {
  sequence: number;
  board: BoardRotation;
}

export interface BoardState {
  now: number;
  /** Day → rotation → its newest state. Two days are kept. */
  days: Record<string, Record<string, Entry>>;
}

/** The board's read model: the newest state of each rotation with the newest prediction beside it. */
export const boardFold: Fold<BoardState> = {
  name: 'board',
  version: '1',
  inputs: [
    { stream: 'ROTATIONS', subjects: (replay) => [`rotation.${replay}.>`, `clock.${replay}.>`] },
    { stream: 'PREDICTIONS', subjects: (replay) => [`prediction.${replay}.production.event.>`] },
  ],
  output: { mode: 'facts' },
  initial: () => ({ now: 0, days: {} }),
  apply(state, event) {
    switch (event.kind) {
      case 'rotation.changed': {
        const day = (state.days[event.data.day] ??= {});
        const before = day[event.data.rotation];
        if (before !== undefined && before.sequence > event.data.sequence) break;
        day[event.data.rotation] = { sequence: event.data.sequence, board: ofMessage(event.data, before?.board) };
        break;
      }
      case 'prediction.made': {
        const entry = state.days[event.data.day]?.[event.data.rotation];
        if (entry !== undefined && entry.sequence <= event.data.sequence) addPrediction(entry.board, event.data);
        break;
      }
      case 'track.ticked':
        state.now = event.data.now;
        for (const day of Object.keys(state.days)) {
          if (Date.parse(`${day}T00:00Z`) / 60_000 + 60 * 60 < state.now) Reflect.deleteProperty(state.days, day);
        }
        break;
      default:
    }
    return [];
  },
  encode: canonicalJson,
  decode: (text) => JSON.parse(text) as BoardState,
  snapshotAfter: (event) => event.kind === 'track.ticked' && event.data.now % (24 * 60) === 9 * 60,
};

function ofMessage(message: RotationChanged, before: BoardRotation | undefined): BoardRotation {
  return {
    rotation: message.rotation,
    tail: message.tail,
    day: message.day,
    asOf: message.asOf,
    receipt: before?.receipt ?? null,
    degraded: before?.degraded ?? null,
    legs: message.legs.map((leg) => ({
      flight: leg.flight,
      carrier: leg.carrier,
      number: leg.number,
      origin: leg.origin,
      destination: leg.destination,
      scheduledOff: leg.scheduledOff,
      scheduledOn: leg.scheduledOn,
      status: leg.status,
      departureDelay: leg.off === null ? null : leg.off - leg.scheduledOff,
      arrivalDelay: leg.on === null ? null : leg.on - leg.scheduledOn,
      rule: leg.rule.departure,
      expected: leg.status === 'scheduled' ? before?.legs.find((old) => old.flight === leg.flight)?.expected ?? null : null,
    })),
  };
}

function addPrediction(board: BoardRotation, prediction: PredictionMade): void {
  board.receipt = prediction.receipt;
  board.degraded = prediction.degraded;
  const byFlight = new Map<string, LegPrediction>(prediction.legs.map((leg) => [leg.flight, leg]));
  for (const leg of board.legs) {
    const predicted = byFlight.get(leg.flight);
    if (predicted === undefined || leg.status !== 'scheduled') continue;
    const { quantiles, p30 } = predicted.departure;
    leg.expected = { low: quantiles[1]!, median: quantiles[9]!, high: quantiles[17]!, p30, cancellation: predicted.cancellation };
  }
}
