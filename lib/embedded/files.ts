import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { z } from 'zod';
import { DownlineError } from '../errors/mod.ts';

/** Writes a file as a whole or not at all: a reader, and a crash, see the old text or the new one. */
export function writeAtomic(path: string, text: string, mode = 0o644): void {
  mkdirSync(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}.tmp`;
  writeFileSync(temporary, text, { mode });
  renameSync(temporary, path);
}

/** The checked JSON of a state file; null when there is none. Throws `SETTING_INVALID`, naming the file, when it is damaged. */
export function readState<T>(path: string, schema: z.ZodType<T>): T | null {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new DownlineError('SETTING_INVALID', `${path} cannot be read: ${String(error)}`, { cause: error });
  }
  try {
    return schema.parse(JSON.parse(text));
  } catch (error) {
    throw new DownlineError('SETTING_INVALID', `${path} is damaged; start with --fresh, or mend it: ${String(error).slice(0, 300)}`, { cause: error });
  }
}

/** The end of a log file for an error message, at most `lines` lines of its last 16 KiB; empty when there is none. */
export function logTail(path: string, lines = 15): string {
  try {
    return readFileSync(path).subarray(-16_384).toString('utf8').trimEnd().split('\n').slice(-lines).join('\n');
  } catch {
    return '';
  }
}
