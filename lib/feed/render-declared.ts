import { CANCELLATION_LEAD, DIVERSION_LAG, HIDDEN_SHARE, LATE_ASSIGNMENT, SWAP_LEAD, SWAP_SHARE, TAXI_OUT, WEATHER_LAG } from './declared.ts';
import { TICK } from './span.ts';

/** The page `docs/declared-models.md`: every figure that the simulator declares where the source is silent. */
export function renderDeclared(): string {
  const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
  const rows: [string, string, string][] = [
    ['Schedule', '16:00 local (New York) on the day before', 'A schedule is out long before; the day before is when the feed begins to speak of it.'],
    ['Assignment', '20:00 local on the day before', 'The plan of the night.'],
    ['Hidden assignment', `${percent(HIDDEN_SHARE)} of all legs; published ${LATE_ASSIGNMENT} minutes before the scheduled departure`, 'So that the tails which the source hides do not tell that a leg was cancelled.'],
    ['Swap', `${percent(SWAP_SHARE)} of the published assignments; ${SWAP_LEAD.least} to ${SWAP_LEAD.most} minutes before departure, evenly`, 'The source knows only who flew in the end. Both assignments are marked `synthetic`.'],
    ['Cancellation', `quantiles of the minutes before the scheduled departure: ${CANCELLATION_LEAD.map(([level, lead]) => `${percent(level)} ${lead}`).join(', ')}`, 'The source does not say when. Never after the scheduled departure.'],
    ['Movements', 'off-block, take-off, landing and on-block 0, 1 or 2 minutes after they happen, each no earlier than the one before', 'Reports take a moment.'],
    ['Take-off without a recorded air time', `${TAXI_OUT.least} to ${TAXI_OUT.most} minutes after off-block, evenly`, 'A flight that will be diverted takes off like any other.'],
    ['Diversion', `${DIVERSION_LAG} minutes after the on-block that was to be expected at departure`, 'The source does not say when.'],
    ['Never arrived', 'no event; the absence of an arrival is all there is', 'As live.'],
    ['Weather', `${WEATHER_LAG} minutes after the hour`, 'Hourly reports come out shortly after it.'],
    ['Clock', `every ${TICK} minutes from 06:00Z of the first day to 12:00Z of the day after the last, or the last fact where that is later`, 'Time is an event.'],
  ];
  return ['# Declared models\n', 'What the source does not record, the simulator declares. Every chance is a hash of seed, flight and purpose; none is a function of an outcome.\n', '| Fact | Known | Why |', '|---|---|---|', ...rows.map((row) => `| ${row.join(' | ')} |`), ''].join('\n');
}
