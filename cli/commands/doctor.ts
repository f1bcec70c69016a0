import { accessSync, constants, existsSync, mkdirSync, statfsSync } from 'node:fs';
import { createServer } from 'node:net';
import { freemem } from 'node:os';
import { Command } from 'commander';
import { findPython, holderOf, isInstalled } from '../../lib/embedded/mod.ts';
import { toDownlineError } from '../../lib/errors/mod.ts';
import type { Settings } from '../../lib/settings/mod.ts';
import { optionsOf } from '../options.ts';
import { readStatus } from '../up/status-file.ts';

interface Finding { readonly check: string; readonly ok: boolean; readonly found: string; readonly remedy: string | null }

/** What the environments and a demo need, in bytes. */
const DISK = 12e9;
const MEMORY = 3e9;

/** `downline doctor`: checks what Downline needs, and says what to do. Exit code 1 when something is missing. */
export function doctorCommand(): Command {
  return new Command('doctor').description('Checks prerequisites, ports, disk and servers, and says what to do').action(async (_flags: object, command: Command) => {
    const { settings, json } = optionsOf(command);
    const findings = [python(), home(settings), disk(settings), memory(), await port(settings), ...environments(settings), ...servers(settings)];
    if (findings.some(({ ok }) => !ok)) process.exitCode = 1;
    if (json) console.log(JSON.stringify({ ok: findings.every(({ ok }) => ok), findings }));
    else for (const { check, ok, found, remedy } of findings) console.log(`${ok ? 'ok     ' : 'MISSING'} ${check.padEnd(14)} ${found}${remedy === null ? '' : `\n        → ${remedy}`}`);
  });
}

function finding(check: string, ok: boolean, found: string, remedy: string): Finding {
  return { check, ok, found, remedy: ok ? null : remedy };
}

function python(): Finding {
  try {
    const { command, version } = findPython();
    return finding('python', true, `${command} ${version}`, '');
  } catch (error) {
    return finding('python', false, 'none that fits', toDownlineError(error).message);
  }
}

function home({ home: folder }: Settings): Finding {
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK);
    return finding('home', true, folder, '');
  } catch (error) {
    return finding('home', false, `${folder}: ${String(error)}`, 'set DOWNLINE_HOME to a folder that you may write');
  }
}

function disk({ home: folder }: Settings): Finding {
  if (!existsSync(folder)) return finding('disk', false, 'unknown', 'the home cannot be made');
  const { bavail, bsize } = statfsSync(folder);
  const free = bavail * bsize;
  const needed = isInstalled(folder, 'train') ? 2e9 : DISK;
  return finding('disk', free > needed, `${(free / 1e9).toFixed(1)} GB free`, `free ${(needed / 1e9).toFixed(0)} GB: most is the training environment`);
}

function memory(): Finding {
  return finding('memory', freemem() > MEMORY, `${(freemem() / 1e9).toFixed(1)} GB free`, `training needs about ${MEMORY / 1e9} GB`);
}

async function port(settings: Settings): Promise<Finding> {
  const own = holderOf(settings.home);
  const taken = own === null && settings.port !== 0 && await new Promise<boolean>((resolve) => {
    const probe = createServer().once('error', () => resolve(true));
    probe.listen(settings.port, settings.host, () => probe.close(() => resolve(false)));
  });
  return finding('port', !taken, own === null ? `${settings.host}:${settings.port} is ${taken ? 'taken' : 'free'}` : `Downline itself is at ${own.address}`, 'stop what uses it, or choose another with --port or DOWNLINE_PORT');
}

function environments({ home: folder }: Settings): Finding[] {
  return (['serve', 'train'] as const).map((name) => finding(`env ${name}`, isInstalled(folder, name), isInstalled(folder, name) ? 'installed' : 'not installed', '`npm start` installs it'));
}

function servers({ home: folder }: Settings): Finding[] {
  if (holderOf(folder) === null) return [finding('running', true, 'no (`npx downline up` starts it)', '')];
  return (readStatus(folder)?.servers ?? []).map(({ name, state, restarts, log }) => finding(name, state === 'ready' && restarts < 5, `${state}, restarts ${restarts}`, `see the end of ${log}`));
}
