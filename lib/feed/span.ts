import { operatingDay, type OperationsEvent } from '../events/mod.ts';
import { DownlineError } from '../errors/mod.ts';
import { dayEvents } from './day.ts';
import { scheduleKnownAt } from './declared.ts';
import { compareEvents } from './order.ts';
import type { FeedReader } from './record.ts';
import { dayAfter, dayMinute } from './zone.ts';

/** Minutes between two ticks. */
export const TICK = 15;

export interface Span {
  /** First and last operating day. */
  readonly from: string;
  readonly to: string;
  readonly seed: number;
  /** Ticks end before this instant; default: after the last fact, at 12:00Z of the day after `to` at the earliest. */
  readonly ticksBefore?: number;
}

/** Instant at which a span's ticks begin: 06:00Z (01:00 or 02:00 in New York) of its first day. */
export function firstTick(from: string): number {
  return dayMinute(from) + 6 * 60;
}

/**
 * All operations events of the operating days `from` to `to` in the order in
 * which they became known, with ticks in between. The first event is the
 * schedule of the first day, known on the day before. One day is in memory at
 * a time. Throws `BAD_REQUEST` for days that are none, or in the wrong order.
 */
export async function* spanEvents(reader: FeedReader, { from, to, seed, ticksBefore }: Span): AsyncGenerator<OperationsEvent> {
  for (const day of [from, to]) {
    if (!operatingDay.safeParse(day).success || Number.isNaN(dayMinute(day))) throw new DownlineError('BAD_REQUEST', `${JSON.stringify(day)} is not a day`);
  }
  if (from > to) throw new DownlineError('BAD_REQUEST', `a span wants its first day before its last, got ${from}, ${to}`);
  let pending: OperationsEvent[] = [];
  let nextTick = firstTick(from);
  const ticksUntil = (end: number): OperationsEvent[] => {
    const ticks: OperationsEvent[] = [];
    for (; nextTick < Math.min(end, ticksBefore ?? Infinity); nextTick += TICK) ticks.push({ kind: 'clock.ticked', knownAt: nextTick, data: { now: nextTick } });
    return ticks;
  };
  for (let day = from; day <= to; day = dayAfter(day)) {
    pending.push(...await dayEvents(reader, day, seed));
    const lastFact = pending.reduce((last, { knownAt }) => Math.max(last, knownAt), 0);
    // Nothing of the next day is known before its schedule is.
    const end = day === to ? Math.max(lastFact + TICK, dayMinute(dayAfter(to)) + 12 * 60 + 1) : scheduleKnownAt(dayAfter(day));
    pending.push(...ticksUntil(end));
    pending.sort(compareEvents);
    const count = pending.findIndex(({ knownAt }) => day !== to && knownAt >= end);
    const due = count < 0 ? pending : pending.slice(0, count);
    pending = count < 0 ? [] : pending.slice(count);
    yield* due;
  }
}
