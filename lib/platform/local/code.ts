import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { DownlineError } from '../../errors/mod.ts';
import type { Context, FunctionDefinition } from '../../host/mod.ts';
import type { FunctionEntry } from '../inventory.ts';

/** What a job's code is given besides its input. */
export interface JobHandle {
  readonly context: Context;
  /** Share done (0 to 1, null = unknown) and what is being done. */
  progress(share: number | null, detail: string): void;
  readonly signal: AbortSignal;
}

/** `functions/<name>/job.ts` exports one as default. */
export type JobFunction = (input: unknown, job: JobHandle) => Promise<unknown>;

/** The function of an entry: the default export of its `handler.ts`; null for a job that has none. Throws `SETTING_INVALID`. */
export async function loadFunction(entry: Pick<FunctionEntry, 'name' | 'folder' | 'job'>): Promise<FunctionDefinition | null> {
  if (entry.job && !existsSync(join(entry.folder, 'handler.ts'))) return null;
  const loaded = await load(entry.name, join(entry.folder, 'handler.ts'));
  if (typeof loaded !== 'object' || loaded === null || !('name' in loaded)) throw invalid(entry.name, 'handler.ts has no function as default export');
  if (loaded.name !== entry.name) throw invalid(entry.name, `handler.ts calls itself ${String(loaded.name)}`);
  return loaded as FunctionDefinition;
}

/** The job of an entry: the default export of its `job.ts`. Throws `SETTING_INVALID`. */
export async function loadJob(name: string, folder: string): Promise<JobFunction> {
  const loaded = await load(name, join(folder, 'job.ts'));
  if (typeof loaded !== 'function') throw invalid(name, 'job.ts has no function as default export');
  return loaded as JobFunction;
}

async function load(name: string, file: string): Promise<unknown> {
  if (!existsSync(file)) throw invalid(name, `${file} is missing`);
  return ((await import(pathToFileURL(file).href)) as { default?: unknown }).default;
}

function invalid(name: string, why: string): DownlineError {
  return new DownlineError('SETTING_INVALID', `the function ${name} of stack.yml: ${why}`, { ids: { function: name } });
}
