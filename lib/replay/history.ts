import type { Objects } from '../clients/s3/mod.ts';
import type { OperationsEvent, ReplayStarted } from '../events/mod.ts';
import { dayOrdinal, formatDay } from '../rotation/mod.ts';
import { historyEvents } from '../lake/mod.ts';

/** The recorded days before a replay as events: `historyFrom` to the day before `from`; none where there is no such day. */
export async function* historyBefore(objects: Objects, { historyFrom, from, lake, seed }: ReplayStarted): AsyncGenerator<OperationsEvent> {
  const to = formatDay(dayOrdinal(from) - 1);
  if (historyFrom <= to) yield* historyEvents(objects, { lake, from: historyFrom, to, seed });
}
