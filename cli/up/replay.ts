import { isDownlineError } from '../../lib/errors/mod.ts';
import { spanEvents } from '../../lib/feed/mod.ts';
import type { Context } from '../../lib/host/mod.ts';
import { lakeFeed } from '../../lib/lake/mod.ts';
import { currentReplay, getReplay, REPLAYS, runConductor, runsHoldClock, type Conductor, type Progress, type ReplayRecord } from '../../lib/replay/mod.ts';
import { spanOf } from '../../lib/settings/mod.ts';

/**
 * Plays the settings' span: the current replay is gone on with when it is the
 * same span of the same data; otherwise another one begins.
 */
export async function playSpan(context: Context, lake: string, options: { signal: AbortSignal; onProgress(progress: Progress): void }): Promise<Conductor> {
  const { settings, bus, objects, log } = context;
  const before = await lastReplay(context);
  const span = spanOf(settings);
  const started = { ...span, lake: before?.started.lake ?? lake, seed: settings.seed };
  const same = before !== null && JSON.stringify(sorted(before.started)) === JSON.stringify(sorted(started)) && before.disorder === settings.disorder;
  const replay = same ? before.id : `${span.from}-${numberAfter(before)}`;
  return runConductor({
    bus,
    feed: spanEvents(lakeFeed(objects, started.lake), { from: span.from, to: span.to, seed: settings.seed }),
    replay,
    started: same ? started : { ...started, lake },
    speed: settings.speed,
    disorder: settings.disorder,
    seed: settings.seed,
    clockWaits: settings.clockWaits ? runsHoldClock(bus, replay) : () => Promise.resolve(false),
    log,
    ...options,
  });
}

async function lastReplay({ bus }: Context): Promise<ReplayRecord | null> {
  try {
    return await getReplay(await bus.records(REPLAYS), await currentReplay(bus));
  } catch (error) {
    if (isDownlineError(error, 'UNAVAILABLE')) return null;
    throw error;
  }
}

/** Replays of a home are numbered on: a month can be lived twice. */
function numberAfter(before: ReplayRecord | null): number {
  return before === null ? 1 : Number(/-(\d+)$/.exec(before.id)?.[1] ?? 0) + 1;
}

function sorted(started: ReplayRecord['started']): unknown {
  return Object.entries(started).sort(([a], [b]) => (a < b ? -1 : 1));
}
