import { isDownlineError } from '../../lib/errors/mod.ts';
import { createFold, type Context, type FoldDriver, type FunctionDefinition } from '../../lib/host/mod.ts';
import { currentReplay } from '../../lib/replay/mod.ts';
import { exposeCanary } from './exposure.ts';
import { rolloutFold, type RolloutState } from './fold.ts';
import { serveRule } from './follow.ts';
import { decide, judgementOf, reconcile } from './reconcile.ts';
import { routes, type Turn } from './routes.ts';

/** What the function remembers of a context while it runs; all of it can be lost. */
interface Memory {
  readonly driver: FoldDriver<RolloutState>;
  readonly turn: Turn;
  readonly exposure: { stop(): Promise<void>; update(canary: string | null): void };
}

const memories = new WeakMap<Context, Memory>();

function memoryOf(context: Context): Memory {
  const known = memories.get(context);
  if (known !== undefined) return known;
  const memory: Memory = { driver: createFold(rolloutFold, context), turn: createTurn(), exposure: exposeCanary(context) };
  memories.set(context, memory);
  return memory;
}

/** `rollout`: what is in production, the canary beside it, and the judge between them. */
const rolloutFunction: FunctionDefinition = {
  name: 'rollout',

  async init(context) {
    if (context.platform !== null) await serveRule(context.platform);
  },

  async handle(context, events) {
    const { driver, turn } = memoryOf(context);
    await driver.handle(events);
    const ticked = new Set(events.filter((event) => event.kind === 'track.ticked').map((event) => event.replay));
    for (const replay of ticked) {
      const state = await driver.state(replay);
      await turn(() => settling(() => decide(context, replay, state)));
    }
  },

  async poll(context) {
    const { turn, exposure } = memoryOf(context);
    try {
      const replay = await currentReplay(context.bus);
      const held = await turn(() => settling(() => reconcile(context, replay)));
      exposure.update(held?.record.canary?.revision ?? null);
    } catch (error) {
      // The next poll comes in seconds and finds the record as it was.
      if (!isDownlineError(error) || error.retry === 'never') throw error;
      context.log.warn({ code: error.code, err: error.message }, 'rollout waits');
    }
  },

  routes(app, context) {
    const { driver, turn } = memoryOf(context);
    routes(app, context, turn, async (held) =>
      held.record.canary === null ? null : judgementOf(context, held.record, await driver.state(held.record.replay)));
  },

  async shutdown(context) {
    const memory = memories.get(context);
    memories.delete(context);
    await memory?.exposure.stop();
    await memory?.driver.close();
  },
};

/** Repeats a change that lost the race for the record: what it does follows from what it then reads. */
async function settling<T>(task: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await task();
    } catch (error) {
      if (!isDownlineError(error, 'CONFLICT') || attempt >= 5) throw error;
    }
  }
}

/** One task after another. */
function createTurn(): Turn {
  let last: Promise<unknown> = Promise.resolve();
  return (task) => {
    const mine = last.then(task, task);
    last = mine.catch(() => undefined);
    return mine;
  };
}

export default rolloutFunction;
