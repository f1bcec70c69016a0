import { mkdirSync, openSync, closeSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { DownlineError } from '../errors/mod.ts';
import { identify, isAlive, type ProcessId } from './process-id.ts';

const holder = z.object({ pid: z.number().int().min(2), started: z.string(), address: z.string() });

/** Who runs in a home: a living process and its HTTP address. */
export type Holder = z.output<typeof holder>;

function path(home: string): string {
  return join(home, 'up.pid');
}

/** The living `up` of a home, or null. */
export function holderOf(home: string): Holder | null {
  try {
    const found = holder.parse(JSON.parse(readFileSync(path(home), 'utf8')));
    return isAlive(found) ? found : null;
  } catch {
    return null;
  }
}

/**
 * Takes a home for this process. Throws `CONFLICT`, naming the holder, when
 * another `up` lives in it; a file left by a dead one is taken over.
 */
export function lockHome(home: string, address: string): { release(): void } {
  mkdirSync(home, { recursive: true });
  const self: ProcessId = identify(process.pid) ?? { pid: process.pid, started: '' };
  for (let attempt = 0; attempt < 3; attempt += 1) {
    const other = holderOf(home);
    if (other !== null) {
      throw new DownlineError('CONFLICT', `Downline runs in ${home} already (process ${other.pid}, ${other.address}); stop it with \`npx downline down\`, or use another DOWNLINE_HOME and DOWNLINE_PORT`, { ids: { pid: other.pid } });
    }
    rmSync(path(home), { force: true });
    try {
      const file = openSync(path(home), 'wx', 0o600);
      writeSync(file, JSON.stringify({ ...self, address }));
      closeSync(file);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') continue;
      throw new DownlineError('SETTING_INVALID', `DOWNLINE_HOME ${home} cannot be written: ${String(error)}`, { cause: error });
    }
    if (holderOf(home)?.pid === process.pid) return { release: () => holderOf(home)?.pid === process.pid && rmSync(path(home), { force: true }) };
  }
  throw new DownlineError('CONFLICT', `another start in ${home} is under way`);
}
