import type { Context } from '../../lib/host/mod.ts';
import { currentReplay } from '../../lib/replay/mod.ts';
import { runUsers } from '../../loadtests/mod.ts';

/** Real seconds and requests of one crowd; a canary that lasts longer gets another. */
const SECONDS = 240;
const REQUESTS = 4000;
/** A laptop that also runs the models should not be busy with its users. */
const INTENSITY = 0.5;
/** How far back the stream is read for aircraft that fly now. */
const RECENT = 300;

/**
 * Artificial users for as long as there is a canary: without them nobody would
 * use the HTTP interface of a replay, and its traffic split would split
 * nothing. They come through the front door like everybody else.
 */
export function exposeCanary(context: Context): { update(canary: string | null): void; stop(): Promise<void> } {
  const { settings, log } = context;
  let running: { canary: string; abort: AbortController; done: Promise<void> } | null = null;

  const start = (canary: string): void => {
    const abort = new AbortController();
    const address = `http://${settings.host}:${settings.port}`;
    const done = runUsers(address, { seed: settings.seed, seconds: SECONDS, requests: REQUESTS, intensity: INTENSITY, signal: abort.signal, tails: () => recentTails(context) })
      .then((tallies) => log.info({ canary, tallies }, 'artificial users went home'))
      .catch((error: unknown) => log.warn({ canary, err: error instanceof Error ? error.message : String(error) }, 'artificial users could not come'))
      .finally(() => { if (running?.abort === abort) running = null; });
    running = { canary, abort, done };
  };

  return {
    update(canary) {
      if (running !== null && running.canary !== canary) running.abort.abort();
      // Port 0 asks the system for one: then the address is not known here.
      if (running === null && canary !== null && settings.port !== 0) start(canary);
    },
    async stop() {
      running?.abort.abort();
      await running?.done;
    },
  };
}

/** Tails of the rotations that changed last. */
async function recentTails(context: Context): Promise<string[]> {
  const replay = await currentReplay(context.bus);
  const { last } = await context.bus.bounds('ROTATIONS');
  const tails = new Set<string>();
  for await (const event of context.bus.read('ROTATIONS', { from: Math.max(1, last - RECENT), subjects: [`rotation.${replay}.changed.>`] })) {
    if (event.kind === 'rotation.changed' && event.data.tail !== null) tails.add(event.data.tail);
  }
  return [...tails];
}
