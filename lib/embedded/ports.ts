import { createServer } from 'node:net';
import { join } from 'node:path';
import { z } from 'zod';
import { readState, writeAtomic } from './files.ts';

/** A free port of the loopback, chosen by the system; or `wanted` when it is free. */
export async function freePort(wanted = 0): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (wanted !== 0) resolve(freePort());
      else reject(error);
    });
    server.listen({ host: '127.0.0.1', port: wanted, exclusive: true }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : wanted));
    });
  });
}

/** Ports by name, chosen once and kept in `<home>/ports.json`, so that addresses outlive a restart. */
export class Ports {
  readonly #path: string;
  readonly #ports: Map<string, number>;

  constructor(home: string) {
    this.#path = join(home, 'ports.json');
    this.#ports = new Map(Object.entries(readState(this.#path, z.record(z.string(), z.number().int().min(1).max(65_535))) ?? {}));
  }

  /** The port of this name: the kept one when it is free, else another, which is then kept. */
  async take(name: string): Promise<number> {
    const kept = this.#ports.get(name) ?? 0;
    let port = await freePort(kept);
    const others = new Set([...this.#ports].filter(([other]) => other !== name).map(([, taken]) => taken));
    while (others.has(port)) port = await freePort();
    if (port !== kept) {
      this.#ports.set(name, port);
      writeAtomic(this.#path, JSON.stringify(Object.fromEntries(this.#ports), null, 2));
    }
    return port;
  }
}
