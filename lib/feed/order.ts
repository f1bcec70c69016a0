import type { OperationsEvent, OperationsKind } from '../events/mod.ts';

/** Order of kinds within a minute: a tick comes after everything that was known by then. */
const RANK: Record<OperationsKind, number> = {
  'replay.started': 0, 'flight.scheduled': 1, 'aircraft.assigned': 2, 'flight.cancelled': 3, 'flight.offblock': 4, 'flight.tookoff': 5,
  'flight.landed': 6, 'flight.onblock': 7, 'flight.diverted': 8, 'weather.observed': 9, 'clock.ticked': 10,
};

/** The order in which events became known: by instant, kind, and what they are about. Total over a feed's events. */
export function compareEvents(a: OperationsEvent, b: OperationsEvent): number {
  return a.knownAt - b.knownAt || RANK[a.kind] - RANK[b.kind] || compareText(subjectOf(a), subjectOf(b));
}

function subjectOf({ data }: OperationsEvent): string {
  return 'flight' in data ? data.flight : 'airport' in data ? `${data.airport}.${data.at}` : '';
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
