import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { setPriority } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { writeSync } from 'node:fs';
import { DownlineError } from '../errors/mod.ts';
import { logTail, writeAtomic } from './files.ts';
import { findPython } from './python.ts';

/** `serve`: NATS, S3 and the recorded days. `train`: torch, Ray, MLflow and their tests. */
export type EnvironmentName = 'serve' | 'train';

const REQUIREMENTS = resolve(import.meta.dirname, '../../training-jobs/requirements');

export interface InstallOptions {
  /** The installer's latest line. */
  onProgress?(line: string): void;
  signal?: AbortSignal;
}

/**
 * Makes a Python environment under `<home>/env/<name>` what its lock file
 * says, if it is not already; an interrupted one is gone on with. Throws
 * `PREREQUISITE_MISSING` without a fit Python, `UNAVAILABLE` with the end of
 * the installer's log when a package cannot be had.
 */
export async function ensureEnvironment(home: string, name: EnvironmentName, options: InstallOptions = {}): Promise<void> {
  const folder = join(home, 'env', name);
  await stamped(home, name, async (python) => {
    const uv = await ensureUv(home, options);
    const log = join(home, 'logs', `install-${name}.log`);
    await execute(uv, ['venv', '--quiet', '--allow-existing', '--no-project', '--python', python, folder], log, options);
    await execute(uv, ['pip', 'sync', '--no-progress', '--require-hashes', '--python', join(folder, 'bin', 'python'), join(REQUIREMENTS, `${name}.lock`)], log, options);
  });
}

/** True when the environment is what its lock file says. */
export function isInstalled(home: string, name: EnvironmentName): boolean {
  return existsSync(stampFile(home, name)) && readFileSync(stampFile(home, name), 'utf8').startsWith(lockHash(name));
}

async function ensureUv(home: string, options: InstallOptions): Promise<string> {
  const folder = join(home, 'env', 'uv');
  const log = join(home, 'logs', 'install-uv.log');
  await stamped(home, 'bootstrap', async (python) => {
    await execute(python, ['-m', 'venv', folder], log, options);
    await execute(join(folder, 'bin', 'python'), ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--require-hashes', '-r', join(REQUIREMENTS, 'bootstrap.lock')], log, options);
  });
  return join(folder, 'bin', 'uv');
}

function stampFile(home: string, name: EnvironmentName | 'bootstrap'): string {
  return join(home, 'env', `${name}.stamp`);
}

function lockHash(name: EnvironmentName | 'bootstrap'): string {
  return createHash('sha256').update(readFileSync(join(REQUIREMENTS, `${name}.lock`))).digest('hex');
}

async function stamped(home: string, name: EnvironmentName | 'bootstrap', install: (python: string) => Promise<void>): Promise<void> {
  const file = stampFile(home, name);
  if (existsSync(file) && readFileSync(file, 'utf8').startsWith(lockHash(name))) return;
  const python = findPython();
  mkdirSync(join(home, 'env'), { recursive: true });
  await install(python.command);
  writeAtomic(file, `${lockHash(name)} Python ${python.version}\n`);
}

async function execute(command: string, args: readonly string[], log: string, options: InstallOptions): Promise<void> {
  mkdirSync(join(log, '..'), { recursive: true });
  const file = openSync(log, 'a');
  writeSync(file, `$ ${command} ${args.join(' ')}\n`);
  try {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], signal: options.signal });
    // What is waited for by nobody's eyes gives way to what serves.
    if (child.pid !== undefined && log.includes('train')) setPriority(child.pid, 10);
    for (const stream of [child.stdout, child.stderr]) {
      createInterface(stream).on('line', (line) => {
        writeSync(file, `${line}\n`);
        if (line.trim() !== '') options.onProgress?.(line.trim());
      });
    }
    const code = await new Promise<number | null>((done, fail) => {
      child.once('error', fail);
      child.once('close', done);
    });
    if (code !== 0) throw new DownlineError('UNAVAILABLE', `installing failed (${command} left with ${code ?? 'a signal'}); ${log} ends:\n${logTail(log)}`);
  } catch (error) {
    if (error instanceof DownlineError) throw error;
    throw new DownlineError('UNAVAILABLE', `installing failed: ${String(error)}`, { cause: error });
  } finally {
    closeSync(file);
  }
}
