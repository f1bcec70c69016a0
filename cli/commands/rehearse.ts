import { existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Command, Option } from 'commander';
import { freePort } from '../../lib/embedded/mod.ts';
import { spanOf, type Settings } from '../../lib/settings/mod.ts';
import { optionsOf } from '../options.ts';
import { ensureData } from '../up/data.ts';
import { Narrator } from '../up/narrator.ts';
import { summaryOf, type Summary } from '../up/rehearsal-summary.ts';
import { playSpan } from '../up/replay.ts';
import { followRuns } from '../up/runs.ts';
import { System } from '../up/system.ts';

/** `downline rehearse`: a span of days through the whole loop, on servers and in a folder of its own, then a summary. */
export function rehearse(): Command {
  return new Command('rehearse')
    .description('Lives a span of days through the whole loop in a folder of its own, then tells what came of it and exits.')
    .addOption(new Option('--preset <name>', 'span of data and size of training').choices(['demo', 'small', 'full']))
    .option('--from <day>', 'first simulated day, YYYY-MM-DD')
    .option('--to <day>', 'last simulated day, YYYY-MM-DD')
    .option('--history-from <day>', 'first day of the history')
    .option('--disorder <share>', 'share of events that are disturbed, 0 to 0.5')
    .option('--speed <number>', 'simulated minutes per real minute; 0 = as fast as the functions follow', '0')
    .option('--no-training', 'the airline\'s rule alone, without a learned model')
    .action(async (flags: { training: boolean }, command: Command) => {
      const { settings, json } = optionsOf(command, { preset: 'DOWNLINE_PRESET', from: 'DOWNLINE_FROM', to: 'DOWNLINE_TO', historyFrom: 'DOWNLINE_HISTORY_FROM', disorder: 'DOWNLINE_DISORDER', speed: 'DOWNLINE_SPEED' });
      spanOf(settings);
      const summary = await live({
        ...settings,
        home: rehearsalHome(settings.home),
        port: await freePort(),
        // Without training a run never gets to its canary: nothing to wait for.
        clockWaits: settings.clockWaits && flags.training,
      }, flags.training);
      console.log(json ? JSON.stringify(summary) : render(summary));
      if (summary.status !== 'finished') process.exitCode = 1;
    });
}

/** A folder below the home, with the home's installed environments. */
function rehearsalHome(home: string): string {
  const folder = join(home, 'rehearsal');
  mkdirSync(join(home, 'env'), { recursive: true });
  mkdirSync(folder, { recursive: true });
  if (!existsSync(join(folder, 'env'))) symlinkSync(join(home, 'env'), join(folder, 'env'));
  return folder;
}

async function live(settings: Settings, training: boolean): Promise<Summary> {
  const narrator = new Narrator();
  const system = new System(settings, narrator);
  const stopping = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort());
  try {
    const context = await system.start(true, () => undefined);
    if (training) system.startTraining();
    const lake = await ensureData(context, system.address, narrator);
    let day: string | null = null;
    const conductor = await playSpan(context, lake, {
      signal: stopping.signal,
      onProgress: (now) => {
        if (now.day !== day && now.day !== null) narrator.say(`simulated day ${day = now.day}`);
      },
    });
    const following = new AbortController();
    void followRuns(context, () => conductor.progress().replay, {
      signal: following.signal, spanEnded: () => false,
      onStage: (run) => narrator.say(`run ${run.id}: ${run.stage}${run.reason === null ? '' : `: ${run.reason}`}`),
    });
    const end = await conductor.done;
    following.abort();
    // The last tick is digested; what polls in real time gets one more turn.
    await sleep(3_000);
    return await summaryOf(context, end, narrator.seconds);
  } finally {
    await system.stop();
  }
}

function render({ replay, status, from, to, seconds, events, labels, alerts, predictions, dead, archivedDays, runs }: Summary): string {
  const list = (of: Readonly<Record<string, number>>): string => Object.entries(of).map(([name, count]) => `${count} ${name}`).join(', ') || 'none';
  return [
    `${replay}: ${from} to ${to}, ${status} after ${Math.round(seconds)} s, ${events} events`,
    `  labels: ${list(labels)}`, `  alerts: ${list(alerts)}`, `  predictions: ${list(predictions)}`,
    `  dead letters: ${dead}; archived days: ${archivedDays}`,
    ...runs.map((run) => `  run ${run.id}: ${run.stage}${run.reason === null ? '' : `, ${run.reason}`}`),
  ].join('\n');
}
