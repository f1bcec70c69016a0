import { execFileSync } from 'node:child_process';
import { DownlineError } from '../errors/mod.ts';

/** The Python that environments are made from. */
export interface Python { readonly command: string; readonly version: string }

const PROBE = 'import sys, venv, ensurepip; print("%d.%d.%d" % sys.version_info[:3])';

/** A Python of at least 3.10 with `venv`. Throws `PREREQUISITE_MISSING` with what was found and what to install. */
export function findPython(commands: readonly string[] = ['python3', 'python']): Python {
  const seen: string[] = [];
  for (const command of commands) {
    try {
      const version = execFileSync(command, ['-c', PROBE], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
      const [major = 0, minor = 0] = version.split('.').map(Number);
      if (major === 3 && minor >= 10) return { command, version };
      seen.push(`${command} is ${version}`);
    } catch (error) {
      const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
      seen.push(missing ? `no ${command}` : `${command} has no venv`);
    }
  }
  throw new DownlineError('PREREQUISITE_MISSING', `Python 3.10 or newer with venv is needed (${seen.join(', ')}): on Debian and Ubuntu \`apt-get install python3 python3-venv\`, on macOS \`brew install python\``);
}
