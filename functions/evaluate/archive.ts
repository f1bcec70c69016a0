import type { Objects } from '../../lib/clients/s3/mod.ts';
import { QUANTILE_LEVELS } from '../../lib/events/mod.ts';
import { writeParquet, type Cell, type Columns, type Row, type Written } from '../../lib/lake/mod.ts';
import type { Scored } from './scored.ts';

const LEVELS = QUANTILE_LEVELS.map((level) => `q${String(Math.round(level * 100)).padStart(2, '0')}`);

/** Columns of the archived predictions: enough to compute every measure again. Delays in minutes. */
export const ARCHIVE_COLUMNS: Columns = {
  message: 'string', split: 'string', flight: 'string', rotation: 'string', day: 'string', carrier: 'string', origin: 'string', destination: 'string',
  as_of: 'integer', lead: 'integer', position: 'integer', before_first: 'boolean',
  departed: 'double', y_departure: 'double', y_arrival: 'double', state: 'string', rule_departure: 'double', rule_arrival: 'double',
  ...predicted('candidate'),
  ...predicted('champion'),
};

/** Columns of one side's prediction. */
function predicted(who: 'candidate' | 'champion'): Columns {
  const names = [...LEVELS.flatMap((level) => [`departure_${level}`, `arrival_${level}`]), 'p15', 'p30', 'p60', 'cancellation'];
  return Object.fromEntries(names.map((name) => [`${who}_${name}`, 'double' as const]));
}

/** Writes the predictions of an evaluation to `evaluations/<run>.parquet`. */
export function archive(objects: Objects, run: string, rows: readonly Scored[]): Promise<Written> {
  return writeParquet(objects, `evaluations/${run}.parquet`, ARCHIVE_COLUMNS, rows.map(rowOf));
}

function rowOf(scored: Scored): Row {
  const { message, split, rotation, day, asOf, leg, outcome, beforeFirst, candidate, champion } = scored;
  const row: Record<string, Cell> = {
    message, split, flight: leg.flight, rotation, day, carrier: leg.carrier, origin: leg.origin, destination: leg.destination,
    as_of: asOf, lead: candidate.lead, position: candidate.position, before_first: beforeFirst,
    departed: candidate.departed, y_departure: outcome.departureDelay, y_arrival: outcome.arrivalDelay, state: outcome.state,
    rule_departure: candidate.rule.departure, rule_arrival: candidate.rule.arrival,
  };
  for (const [who, prediction] of [['candidate', candidate], ['champion', champion]] as const) {
    LEVELS.forEach((level, index) => {
      row[`${who}_departure_${level}`] = prediction.departure.quantiles[index]!;
      row[`${who}_arrival_${level}`] = prediction.arrival.quantiles[index]!;
    });
    const { p15, p30, p60 } = prediction.departure;
    Object.assign(row, { [`${who}_p15`]: p15, [`${who}_p30`]: p30, [`${who}_p60`]: p60, [`${who}_cancellation`]: prediction.cancellation });
  }
  return row;
}
