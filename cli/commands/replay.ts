import { Command, InvalidArgumentError } from 'commander';
import { z } from 'zod';
import type { Bus } from '../../lib/clients/nats/mod.ts';
import { DownlineError } from '../../lib/errors/mod.ts';
import { CONTROLS, currentReplay, getReplay, putRecord, replayControl, replayRecord, REPLAYS, type ReplayControl, type ReplayRecord } from '../../lib/replay/mod.ts';
import { withServers } from '../connect.ts';
import { optionsOf } from '../options.ts';

interface Flags { readonly replay?: string; readonly speed?: number; readonly pause?: boolean; readonly resume?: boolean }

/** `downline replay`: how the replay goes; changes its speed, pauses it, goes on. */
export function replay(): Command {
  return new Command('replay')
    .description('Tells how the replay goes; changes its speed, pauses it, goes on with it.')
    .option('--replay <id>', 'replay (default: the current one)')
    .option('--speed <number>', 'from now on: simulated minutes per real minute; 0 = as fast as the functions follow', speed)
    .option('--pause', 'lets the simulated clock stand still')
    .option('--resume', 'lets it go on')
    .action(async (flags: Flags, command: Command) => {
      if (flags.pause === true && flags.resume === true) throw new DownlineError('USAGE', '--pause and --resume cannot both be');
      const { settings, json } = optionsOf(command);
      const { record, control } = await withServers(settings, async ({ bus }) => {
        const id = flags.replay ?? await currentReplay(bus);
        const found = await getReplay(await bus.records(REPLAYS), id);
        if (found === null) throw new DownlineError('NOT_FOUND', `there is no replay ${id}`, { ids: { replay: id } });
        return { record: found, control: await steer(bus, found, flags) };
      });
      console.log(json ? JSON.stringify({ ...z.encode(replayRecord, record), ...control }) : render(record, control));
    });
}

/** Changes what was asked for, and gives what is in force. */
async function steer(bus: Bus, record: ReplayRecord, flags: Flags): Promise<ReplayControl> {
  const records = await bus.records(CONTROLS);
  const stored = replayControl.safeParse((await records.get(record.id))?.value);
  const before = stored.success ? stored.data : { speed: record.speed, paused: false };
  const paused = flags.pause === true ? true : flags.resume === true ? false : before.paused;
  const after = { speed: flags.speed ?? before.speed, paused };
  if (after.speed !== before.speed || after.paused !== before.paused) await putRecord(records, record.id, after);
  return after;
}

function render({ id, started, status, waiting, now, ordinal }: ReplayRecord, { speed: wanted, paused }: ReplayControl): string {
  const at = now === null ? 'not begun' : `${new Date(now * 60_000).toISOString().slice(0, 16)}Z`;
  return [
    `${id}: ${started.from} to ${started.to}, ${paused && status === 'running' ? 'paused' : status}${waiting === null ? '' : `, waiting for ${waiting}`}`,
    `  simulated now ${at}, ${ordinal + 1} events, ${wanted === 0 ? 'as fast as the functions follow' : `${wanted} simulated minutes a minute`}`,
  ].join('\n');
}

function speed(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value < 0 || value > 1e9) throw new InvalidArgumentError('wants a number from 0 to 1e9.');
  return value;
}
