import { setTimeout as sleep } from 'node:timers/promises';
import { Command } from 'commander';
import { holderOf } from '../../lib/embedded/mod.ts';
import { DownlineError } from '../../lib/errors/mod.ts';
import { optionsOf } from '../options.ts';

/** Longest wait for an orderly end, milliseconds. */
const PATIENCE_MS = 90_000;

/** `downline down`: asks the `up` of the home to stop, and waits until it has. */
export function downCommand(): Command {
  return new Command('down').description('Stops the Downline that runs in this home').action(async (_flags: object, command: Command) => {
    const { settings, json } = optionsOf(command);
    const holder = holderOf(settings.home);
    if (holder !== null) {
      process.kill(holder.pid, 'SIGTERM');
      const deadline = Date.now() + PATIENCE_MS;
      while (holderOf(settings.home)?.pid === holder.pid) {
        if (Date.now() > deadline) throw new DownlineError('BUSY', `process ${holder.pid} has not stopped in ${PATIENCE_MS / 1_000} s; \`kill -9 ${holder.pid}\` ends it at once, and loses nothing`, { ids: { pid: holder.pid } });
        await sleep(100);
      }
    }
    if (json) console.log(JSON.stringify({ stopped: holder?.pid ?? null }));
    else console.log(holder === null ? `nothing runs in ${settings.home}` : `stopped process ${holder.pid}`);
  });
}
