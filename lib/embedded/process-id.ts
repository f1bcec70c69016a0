import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

/** A process that can be told from a later one with the same number. */
export interface ProcessId { readonly pid: number; readonly started: string }

/** The identity of a living process; null when it is dead (a zombie counts as dead). */
export function identify(pid: number): ProcessId | null {
  try {
    // Slim images have no `ps`; systems without `/proc` have one.
    return existsSync('/proc/self/stat') ? fromProc(pid) : fromPs(pid);
  } catch {
    return null;
  }
}

function fromProc(pid: number): ProcessId | null {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The command name is in parentheses and may hold spaces: fields are counted after the last one. proc(5): 3 = state, 22 = start time.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const started = fields[19];
  return fields[0] === 'Z' || started === undefined ? null : { pid, started };
}

function fromPs(pid: number): ProcessId | null {
  const text = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { encoding: 'utf8', env: { ...process.env, LC_ALL: 'C' }, stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  const [stat = '', ...started] = text.split(/\s+/);
  return stat === '' || stat.startsWith('Z') ? null : { pid, started: started.join(' ') };
}

/** True while exactly this process lives. */
export function isAlive(one: ProcessId): boolean {
  return identify(one.pid)?.started === one.started;
}

/** Signals a process group (or, where the process leads none, the process); false when it is gone. */
export function signalGroup(pid: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(-pid, signal);
    return true;
  } catch {
    return false;
  }
}
