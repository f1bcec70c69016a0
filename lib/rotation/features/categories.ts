import type { LegContext } from '../context.ts';
import { feature, type Feature } from './feature.ts';

const NONE = '`none` when no leg precedes';

/** The words of a leg's vector, in order. */
export const CATEGORIES: readonly Feature[] = [
  feature('carrier', 'Carrier', 'code', 'schedule'),
  feature('origin', 'Airport of departure', 'code', 'schedule'),
  feature('destination', 'Airport of arrival', 'code', 'schedule'),
  feature('carrier_origin', 'Carrier and airport of departure', 'codes', 'schedule'),
  feature('inbound_status', 'What the leg before is doing: scheduled, departed, arrived, diverted', 'word', 'movements', NONE),
  feature('inbound_airport', 'Where the leg before ends', 'code', 'assignment', NONE),
  feature('aircraft', '`assigned` or `unknown`', 'word', 'assignment'),
];

/** A leg's words in the order of `CATEGORIES`. */
export function categoriesOf({ flight: { schedule, tail }, previous, previousStatus }: LegContext): string[] {
  const { carrier, origin, destination } = schedule;
  return [
    carrier, origin, destination, `${carrier}-${origin}`,
    previousStatus ?? 'none', previous?.schedule.destination ?? 'none',
    (tail?.value ?? null) === null ? 'unknown' : 'assigned',
  ];
}
