import { encodeEvent, type AnyEnvelope } from '../../lib/events/mod.ts';
import type { Columns, Row } from '../../lib/lake/mod.ts';
import type { ArchivedStream } from '../../lib/replay/mod.ts';

const COMMON = { sequence: 'integer', id: 'string', kind: 'string', known_at: 'integer' } as const satisfies Columns;
const BODY = { body: 'string' } as const satisfies Columns;

/** Columns of each archived stream: the common ones, some that make SQL handy, and the whole CloudEvent as JSON. Instants are UTC minutes. */
export const ARCHIVE_COLUMNS: { readonly [S in ArchivedStream]: Columns } = {
  OPS: { ...COMMON, flight: 'string', airport: 'string', ...BODY },
  ROTATIONS: { ...COMMON, rotation: 'string', flight: 'string', day: 'string', ops_sequence: 'integer', meaning: 'string', ...BODY },
  PREDICTIONS: {
    ...COMMON, receipt: 'string', role: 'string', source: 'string', revision: 'string', bundle: 'string', rotation: 'string',
    day: 'string', vector_sequence: 'integer', degraded: 'string', legs: 'integer', ...BODY,
  },
  OUTCOMES: {
    ...COMMON, flight: 'string', day: 'string', state: 'string', departure_delay: 'double', arrival_delay: 'double',
    change: 'string', verdict: 'string', ...BODY,
  },
};

/** An event as a row of its stream's archive. */
export function archiveRow(event: AnyEnvelope, sequence: number): Row {
  return { sequence, id: event.id, kind: event.kind, known_at: event.time, ...flat(event), body: JSON.stringify(encodeEvent(event)) };
}

/** The handy columns. */
function flat(event: AnyEnvelope): Row {
  switch (event.kind) {
    case 'weather.observed':
      return { airport: event.data.airport };
    case 'rotation.changed': {
      const { rotation, day, sequence, meaning } = event.data;
      return { rotation, day, ops_sequence: sequence, meaning };
    }
    case 'outcome.known': {
      const { flight, rotation, day, sequence } = event.data;
      return { flight, rotation, day, ops_sequence: sequence };
    }
    case 'track.ticked':
      return { ops_sequence: event.data.sequence };
    case 'prediction.made': {
      const { receipt, role, source, revision, bundle, rotation, day, vectorSequence, degraded, legs } = event.data;
      return { receipt, role, source, revision, bundle, rotation, day, vector_sequence: vectorSequence, degraded, legs: legs.length };
    }
    case 'label.resolved': {
      const { flight, day, state, departureDelay, arrivalDelay } = event.data;
      return { flight, day, state, departure_delay: departureDelay, arrival_delay: arrivalDelay };
    }
    case 'alert.changed':
      return { flight: event.data.flight, day: event.data.day, change: event.data.change };
    case 'feedback.given':
      return { flight: event.data.flight, verdict: event.data.verdict };
    default:
      return 'flight' in event.data ? { flight: event.data.flight } : {};
  }
}
