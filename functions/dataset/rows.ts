import type { Leg, OutcomeKnown, RotationChanged } from '../../lib/events/mod.ts';
import type { Cell, Columns, Row } from '../../lib/lake/mod.ts';
import { CATEGORIES, FEATURES } from '../../lib/rotation/mod.ts';
import type { Split } from './split.ts';

/** Columns of the training rows: `docs/architecture.md`, "Training rows". */
export const ROW_COLUMNS: Columns = {
  message: 'string', rotation: 'string', flight: 'string', day: 'string', split: 'string',
  as_of: 'integer', lead: 'integer', leg: 'integer', prev_leg: 'integer', prev_arrival: 'double', prev_open: 'integer', departed: 'double',
  y_departure: 'double', y_arrival: 'double', y_cancelled: 'integer', rule_departure: 'double', rule_arrival: 'double',
  ...Object.fromEntries(FEATURES.map((feature) => [`f_${feature.name}`, 'double' as const])),
  ...Object.fromEntries(CATEGORIES.map((category) => [`c_${category.name}`, 'string' as const])),
};

/** Columns in `messages.parquet` and `outcomes.parquet`. */
export const MESSAGE_COLUMNS: Columns = { id: 'string', day: 'string', split: 'string', body: 'string' };
export const OUTCOME_COLUMNS: Columns = { flight: 'string', day: 'string', body: 'string' };

const FEATURE_COLUMNS = FEATURES.map((feature) => `f_${feature.name}`);
const CATEGORY_COLUMNS = CATEGORIES.map((category) => `c_${category.name}`);

/** The labels of a flight. */
export type Labels = Pick<OutcomeKnown, 'state' | 'departureDelay' | 'arrivalDelay'>;

/** True when all of a message's open legs have labels. */
export function isLabelled(message: RotationChanged, outcomes: ReadonlyMap<string, Labels>): boolean {
  return message.legs.every((leg) => leg.features === null || outcomes.has(leg.flight));
}

/** The rows of a message: one for each open leg. `outcomes` must have each of them. */
export function rowsOf(id: string, message: RotationChanged, split: Split, outcomes: ReadonlyMap<string, Labels>): Row[] {
  const rows: Row[] = [];
  let previous: { readonly leg: Leg; readonly index: number } | null = null;
  for (const [index, leg] of message.legs.entries()) {
    if (leg.features !== null) rows.push(rowOf(id, message, split, leg, index, previous, outcomes.get(leg.flight)!));
    if (leg.status !== 'cancelled') previous = { leg, index };
  }
  return rows;
}

function rowOf(id: string, message: RotationChanged, split: Split, leg: Leg, index: number, previous: { readonly leg: Leg; readonly index: number } | null, labels: Labels): Row {
  const row: Record<string, Cell> = {
    message: id, rotation: message.rotation, flight: leg.flight, day: message.day, split,
    as_of: message.asOf, lead: leg.scheduledOff - message.asOf, leg: index,
    prev_leg: previous?.index ?? null,
    prev_arrival: previous === null || previous.leg.on === null ? null : previous.leg.on - previous.leg.scheduledOn,
    prev_open: previous !== null && previous.leg.features !== null ? 1 : 0,
    departed: leg.off === null ? null : leg.off - leg.scheduledOff,
    y_departure: labels.departureDelay, y_arrival: labels.arrivalDelay, y_cancelled: labels.state === 'cancelled' ? 1 : 0,
    rule_departure: leg.rule.departure, rule_arrival: leg.rule.arrival,
  };
  const { features, categories } = leg;
  for (let at = 0; at < FEATURE_COLUMNS.length; at++) row[FEATURE_COLUMNS[at]!] = features![at] ?? null;
  for (let at = 0; at < CATEGORY_COLUMNS.length; at++) row[CATEGORY_COLUMNS[at]!] = categories![at] ?? null;
  return row;
}
