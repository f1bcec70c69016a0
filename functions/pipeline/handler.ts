import { isDownlineError } from '../../lib/errors/mod.ts';
import type { Context, FunctionDefinition } from '../../lib/host/mod.ts';
import { currentMinute, currentReplay } from '../../lib/replay/mod.ts';
import { followProduction } from './aliases.ts';
import { reconcile } from './reconcile.ts';
import { considerRun } from './request.ts';
import { routes } from './routes.ts';

/**
 * The tick of the day at which a start is considered, minutes after midnight UTC:
 * an hour after the days close, so that what others decided at that tick (a
 * promotion, a finding) is stored whatever the speed.
 */
const CONSIDERED_AT = 10 * 60;

/** What is under way in a context: one reconcile at a time. */
const underWay = new WeakMap<Context, Promise<void>>();

/**
 * `pipeline`: decides whether a run starts, and takes it from stage to stage.
 * Runs begin at ticks, in simulated time; what they do then takes real time, in
 * short steps that a poll repeats.
 */
const pipeline: FunctionDefinition = {
  name: 'pipeline',

  async handle(context, events) {
    for (const event of events) {
      // A start belongs to its instant: the clock waits for the run only when it is there before the next tick.
      if (event.kind === 'track.ticked' && event.data.now % (24 * 60) === CONSIDERED_AT) await considerRun(context, event.replay, event.data.now);
    }
    // The end of a canary belongs to its instant too; other stages take real time, which no event should wait for.
    // Findings are only taken note of: the next consideration reads them.
    if (events.some((event) => event.kind === 'rollout.changed')) await again(context);
    else void again(context);
  },

  poll: (context) => underWay.get(context) ?? again(context),

  routes,

  async shutdown(context) {
    await underWay.get(context);
  },
};

/** A step that begins after the one under way has ended: it sees everything that is stored now. */
function again(context: Context): Promise<void> {
  const mine = (underWay.get(context) ?? Promise.resolve()).then(() => step(context)).finally(() => {
    if (underWay.get(context) === mine) underWay.delete(context);
  });
  underWay.set(context, mine);
  return mine;
}

/** One step of whatever there is to do. Never throws: the next poll comes in seconds and finds the record as it was. */
async function step(context: Context): Promise<void> {
  try {
    const replay = await currentReplay(context.bus);
    await reconcile(context, replay, await currentMinute(context.bus, replay));
    await followProduction(context, replay);
  } catch (error) {
    if (isDownlineError(error) && error.retry !== 'never') context.log.debug({ code: error.code, err: error.message }, 'pipeline waits');
    else context.log.error({ err: error }, 'the pipeline stumbled');
  }
}

export default pipeline;
