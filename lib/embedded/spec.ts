import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import type { Credentials } from './credentials.ts';
import type { Ports } from './ports.ts';
import type { ServerSpec } from './supervisor.ts';

/** What a server's description is made from. */
export interface Setting {
  readonly home: string;
  readonly ports: Ports;
  readonly credentials: Credentials;
  readonly bucket: string;
}

/** A server and the address under which clients find it. */
export interface Embedded { readonly address: string; readonly spec: ServerSpec }

/** A program of one of the Python environments. */
export function program(home: string, environment: 'serve' | 'train', name: string): string {
  return join(home, 'env', environment, 'bin', name);
}

export function logFile(home: string, name: string): string {
  return join(home, 'logs', `${name}.log`);
}

/** A folder with a short path for sockets (their paths end at about 104 characters): one for each home and user. */
export function socketFolder(home: string): string {
  const folder = join(tmpdir(), `dl-${createHash('sha256').update(`${userInfo().uid}:${home}`).digest('hex').slice(0, 8)}`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return folder;
}

/**
 * True when a GET of the address is answered with one of the statuses; waits
 * for five seconds, since this process itself may be busy for one. Not `fetch`:
 * Node's sends `Sec-Fetch-Mode`, which Ray's agent takes for a browser and refuses.
 */
export function answers(url: string, statuses: readonly number[] = [200]): Promise<boolean> {
  return new Promise((resolve, reject) => {
    get(url, { agent: false, signal: AbortSignal.timeout(5_000) }, (answer) => {
      answer.destroy();
      resolve(statuses.includes(answer.statusCode ?? 0));
    }).once('error', reject);
  });
}
