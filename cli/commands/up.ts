import { Command, Option } from 'commander';
import { freePort } from '../../lib/embedded/mod.ts';
import { DownlineError, toDownlineError } from '../../lib/errors/mod.ts';
import type { Progress } from '../../lib/replay/mod.ts';
import { spanOf } from '../../lib/settings/mod.ts';
import { optionsOf } from '../options.ts';
import { ensureData } from '../up/data.ts';
import { Narrator } from '../up/narrator.ts';
import { playSpan } from '../up/replay.ts';
import { followRuns, type Outcome } from '../up/runs.ts';
import { writeStatus } from '../up/status-file.ts';
import { System } from '../up/system.ts';

interface Flags { readonly fresh?: boolean; readonly until?: 'production'; readonly training: boolean }

/** Exit code, as the shell gives it, of a process that SIGINT has ended. */
const INTERRUPTED = 130;

/** `downline up`: starts everything, and stays until it is stopped. */
export function upCommand(): Command {
  return new Command('up')
    .alias('start')
    .description('Starts everything: servers, functions, the simulated days, training. Ctrl-C stops all of it.')
    .addOption(new Option('--preset <name>', 'span of data and size of training').choices(['demo', 'small', 'full']))
    .option('--speed <number>', 'simulated minutes per real minute; 0 = as fast as the functions follow')
    .option('--from <day>', 'first simulated day, YYYY-MM-DD')
    .option('--to <day>', 'last simulated day, YYYY-MM-DD')
    .option('--fresh', 'forgets what was lived in this home before')
    .option('--no-training', "the airline's rule alone: no training environment, no learned model")
    .addOption(new Option('--until <state>', 'leaves when the first learned model has reached it, 0, or was rejected, 1').choices(['production']))
    .addOption(new Option('--platform <name>', 'where functions run').choices(['local']).default('local'))
    .action(async (flags: Flags, command: Command) => {
      const { settings: given, json } = optionsOf(command, { preset: 'DOWNLINE_PRESET', speed: 'DOWNLINE_SPEED', from: 'DOWNLINE_FROM', to: 'DOWNLINE_TO' });
      if (flags.until !== undefined && !flags.training) throw new DownlineError('USAGE', '--until production and --no-training exclude each other');
      const settings = {
        ...given,
        port: given.port === 0 ? await freePort() : given.port,
        // Without training a run never gets to its canary: nothing to wait for.
        clockWaits: given.clockWaits && flags.training,
      };
      spanOf(settings);
      process.exitCode = await live(new System(settings, narrator), flags, json);
    });
}

const narrator = new Narrator();

async function live(system: System, flags: Flags, json: boolean): Promise<number> {
  const stopping = new AbortController();
  const stopped = new Promise<number>((resolve) => {
    const stop = (signal: NodeJS.Signals): void => {
      // The second time somebody is out of patience: the guard ends the children.
      if (stopping.signal.aborted) process.exit(INTERRUPTED);
      narrator.say('stopping (once more to stop at once)');
      stopping.abort();
      resolve(signal === 'SIGINT' ? INTERRUPTED : 0);
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop(signal));
  });
  // One function's slip must not end the others.
  process.on('unhandledRejection', (error) => narrator.say(`INTERNAL: ${toDownlineError(error).message}`));

  let progress: Progress | null = null;
  let phase = 'starting';
  const startedAt = new Date().toISOString();
  const report = (): void => writeStatus(system.settings.home, {
    address: system.address, startedAt, phase, ...system.statuses(),
    replay: progress === null ? null : { id: progress.replay, status: progress.status, waiting: progress.waiting, day: progress.day, eventsPerSecond: Math.round(progress.eventsPerSecond) },
  });
  const reporting = setInterval(report, 1_000);
  let outcome: Outcome | null = null;
  let playing: Promise<unknown> = Promise.resolve();
  try {
    const run = (async (): Promise<number> => {
      const context = await system.start(flags.fresh === true, report);
      if (stopping.signal.aborted) return 0;
      if (flags.training) system.startTraining();
      phase = 'ingesting';
      const lake = await ensureData(context, system.address, narrator);
      phase = 'living';
      const conductor = await playSpan(context, lake, {
        signal: stopping.signal,
        onProgress: (now) => {
          if (now.day !== progress?.day && now.day !== null) narrator.say(`simulated day ${now.day} (${Math.round(now.eventsPerSecond)} events/s)`);
          progress = now;
        },
      });
      let ended = false;
      playing = conductor.done.then((last) => {
        ended = true;
        if (last.status === 'finished') narrator.say('the span has been lived; everything goes on serving');
      });
      narrator.say(`Downline is at ${system.address}`);
      const following = followRuns(context, () => conductor.progress().replay, {
        signal: stopping.signal,
        spanEnded: () => ended,
        onStage: (one) => narrator.say(`run ${one.id}: ${one.stage}${one.reason === null ? '' : `: ${one.reason}`}`),
      });
      if (flags.until === undefined) {
        following.catch((error: unknown) => narrator.say(toDownlineError(error).message));
        await playing;
        return await stopped;
      }
      outcome = await following;
      return outcome.reached ? 0 : 1;
    })();
    const code = await Promise.race([run, stopped]);
    run.catch(() => undefined);
    return code;
  } finally {
    stopping.abort();
    phase = 'stopping';
    await playing.catch(() => undefined);
    await system.stop();
    clearInterval(reporting);
    phase = 'stopped';
    report();
    summarise(system, outcome, progress, json);
  }
}

function summarise(system: System, outcome: Outcome | null, progress: Progress | null, json: boolean): void {
  const seconds = Math.round(narrator.seconds);
  const run = outcome?.run ?? null;
  if (json) {
    console.log(JSON.stringify({
      reached: outcome === null ? null : outcome.reached ? 'production' : null,
      reason: outcome?.reason ?? null,
      seconds,
      address: system.address,
      replay: progress?.replay ?? null,
      simulatedDay: progress?.day ?? null,
      release: system.release,
      run: run === null ? null : { id: run.id, stage: run.stage, bundle: run.bundle, dataset: run.dataset, mlflowRun: run.mlflowRun, modelVersion: run.modelVersion, gates: run.gates, stages: run.stages },
    }));
    return;
  }
  narrator.say(outcome === null ? 'stopped' : outcome.reached ? `the learned model ${run?.bundle ?? ''} is in production` : `no learned model in production: ${outcome.reason ?? 'unknown'}`);
  for (const stage of run?.stages ?? []) {
    const took = stage.endedAt === null ? '' : ` ${((Date.parse(stage.endedAt) - Date.parse(stage.startedAt)) / 1_000).toFixed(0)} s`;
    console.error(`  ${stage.name.padEnd(14)}${took.padStart(8)}  ${stage.detail}`);
  }
  for (const gate of run?.gates ?? []) console.error(`  ${gate.passed ? 'passed' : 'FAILED'}  ${gate.name}: ${gate.measured} against ${gate.limit} ${gate.unit}`);
}
