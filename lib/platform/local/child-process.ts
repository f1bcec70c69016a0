import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Guard } from '../../embedded/mod.ts';
import { childMessage, type ChildMessage } from './child-protocol.ts';

const CHILD = join(import.meta.dirname, 'child.ts');

/** A child of the local platform under guard: `child.ts` with its environment, output to a log file, messages by IPC. */
export class Child {
  readonly process: ChildProcess;
  /** Resolves, never rejects, with how it ended. */
  readonly ended: Promise<string>;

  constructor(options: { name: string; env: Record<string, string>; log: string; guard: Guard; onMessage(message: ChildMessage): void }) {
    mkdirSync(dirname(options.log), { recursive: true });
    const log = openSync(options.log, 'a', 0o600);
    const child = spawn(process.execPath, [CHILD], { env: options.env, stdio: ['ignore', log, log, 'ipc'], detached: true });
    closeSync(log);
    this.process = child;
    if (child.pid !== undefined) options.guard.add(options.name, child.pid);
    child.on('message', (message) => {
      const known = childMessage.safeParse(message);
      if (known.success) options.onMessage(known.data);
    });
    this.ended = new Promise((resolve) => {
      const end = (how: string): void => {
        if (child.pid !== undefined) options.guard.remove(child.pid);
        resolve(how);
      };
      child.once('error', (error) => end(error.message));
      child.once('exit', (code, signal) => end(signal ?? `exit code ${code ?? 'unknown'}`));
    });
  }

  /** SIGTERM, then SIGKILL after its time. */
  async stop(milliseconds = 8_000): Promise<void> {
    this.process.kill('SIGTERM');
    const late = setTimeout(() => this.process.kill('SIGKILL'), milliseconds);
    await this.ended;
    clearTimeout(late);
  }
}
