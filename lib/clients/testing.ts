import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import { delimiter, join, resolve } from 'node:path';

/** What the clients' tests need: programs of the training environment, and servers that misbehave. */

/** A program of the training environment, or of the path. */
export function trainingProgram(name: string): string {
  const home = resolve(process.env['DOWNLINE_HOME'] ?? '.downline');
  const folders = [join(home, 'env', 'train', 'bin'), ...(process.env['PATH'] ?? '').split(delimiter)];
  const file = folders.map((folder) => join(folder, name)).find((candidate) => existsSync(candidate));
  if (file === undefined) throw new Error(`${name} is neither in ${folders[0] ?? ''} nor on the PATH; \`npm test\` installs it`);
  return file;
}

/**
 * Runs a program in a process group of its own behind a shell that kills the
 * group as soon as its standard input closes: so it ends with this process,
 * however that ends. `stop` ends it at once.
 */
export function launch(file: string, args: readonly string[], options: { cwd: string; env?: Readonly<Record<string, string>> }): Launched {
  const script = 'set -m; "$@" >>log 2>&1 & child=$!; cat >/dev/null; kill -9 -- -$child; wait $child 2>/dev/null';
  const shell: ChildProcess = spawn('bash', ['-c', script, 'bash', file, ...args], { cwd: options.cwd, env: { ...process.env, ...options.env }, stdio: ['pipe', 'ignore', 'ignore'] });
  const ended = new Promise<void>((done) => shell.once('exit', () => done()));
  return {
    async stop() {
      shell.stdin?.end();
      await ended;
    },
    said: () => readFile(join(options.cwd, 'log'), 'utf8').catch(() => ''),
  };
}

/** A program that runs; `said` is its output so far. */
export interface Launched {
  stop(): Promise<void>;
  said(): Promise<string>;
}

/** A local HTTP server that answers as the test says, on a port of the system's choice. */
export async function answering(listener: RequestListener): Promise<{ url: string; stop(): Promise<void> }> {
  const server: Server = createServer(listener);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    async stop() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

/** Answers that no healthy service gives, by name: each must become `SERVICE_DOWN`. */
export const HOSTILE: Readonly<Record<string, RequestListener>> = {
  'truncated JSON': (_, response) => response.end('{"run": {"info": {"run_id": "a'),
  'an HTML page': (_, response) => response.setHeader('content-type', 'text/html').end('<!doctype html><html>Welcome</html>'),
  'wrong types': (_, response) => response.end(JSON.stringify({ run: [1], model_version: 7, status: {}, logs: 3, experiment: 'x', runs: 4, files: 'no' })),
  'JSON of another kind': (_, response) => response.end('"yes"'),
  'nothing': (_, response) => response.end(),
  'a 500 with a stack trace': (_, response) => response.writeHead(500).end('Traceback (most recent call last): …'),
  'a 502 page of a proxy': (_, response) => response.writeHead(502).end('<html>Bad Gateway</html>'),
  'a 403 page of a proxy': (_, response) => response.writeHead(403).end('<html>Forbidden</html>'),
  'a redirect elsewhere': (_, response) => response.writeHead(302, { location: 'http://127.0.0.1:9/' }).end('<html>moved</html>'),
  'a body cut off by the connection': (_, response) => {
    response.writeHead(200, { 'content-length': '1000' });
    response.write('{"run":');
    setImmediate(() => response.destroy());
  },
  'a closed connection': (_, response) => { response.destroy(); },
  'silence': () => { /* never answers: the client's own limit ends it */ },
  'an endless body': (_, response) => {
    const chunk = 'x'.repeat(1 << 20);
    const more = (): void => { while (!response.destroyed && response.write(chunk)); };
    response.on('drain', more);
    more();
  },
};
