import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { loadCredentials } from './credentials.ts';
import { readState, writeAtomic } from './files.ts';
import { Guard, takeOver } from './guard.ts';
import { holderOf, lockHome } from './lock.ts';
import { freePort, Ports } from './ports.ts';
import { identify, isAlive } from './process-id.ts';
import { findPython } from './python.ts';
import { Supervisor, type ServerSpec } from './supervisor.ts';

const folder = mkdtempSync(join(tmpdir(), 'downline-embedded-'));
const guards: Guard[] = [];
let homes = 0;
const newHome = (): string => join(folder, `home-${homes++}`);
const newGuard = (home: string): Guard => {
  const guard = new Guard(home);
  guards.push(guard);
  return guard;
};
afterEach(() => guards.splice(0).forEach((guard) => guard.close()));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function until(what: () => boolean): Promise<void> {
  for (let waited = 0; !what(); waited += 20) {
    if (waited > 30_000) throw new Error('it did not happen');
    await sleep(20);
  }
}

/** A server that answers on a port until it is killed; with `ignore` it does not heed SIGTERM. */
function echo(home: string, port: number, options: { ignore?: boolean; exit?: boolean } = {}): ServerSpec {
  const script = options.exit === true
    ? 'console.log("cannot be"); process.exit(3)'
    : `${options.ignore === true ? 'process.on("SIGTERM", () => {});' : ''} require("node:net").createServer((s) => s.end("hi")).listen(${port}, "127.0.0.1")`;
  return {
    name: 'echo', command: process.execPath, args: ['-e', script], log: join(home, 'logs', 'echo.log'), startMs: 30_000, stopMs: 300,
    ready: async () => {
      const { connect } = await import('node:net');
      return new Promise((resolve) => {
        const socket = connect(port, '127.0.0.1', () => { socket.destroy(); resolve(true); }).once('error', () => resolve(false));
      });
    },
  };
}

describe('state files', () => {
  it('are whole, and a damaged one is named', () => {
    const path = join(newHome(), 'deep', 'state.json');
    expect(readState(path, z.number())).toBeNull();
    writeAtomic(path, '7');
    expect(readState(path, z.number())).toBe(7);
    writeFileSync(path, '{"half');
    expect(() => readState(path, z.number())).toThrow(path);
    writeFileSync(path, '"text"');
    expect(() => readState(path, z.number())).toThrow(path);
  });

  it('keep passwords for their owner, and from one start to the next', () => {
    const home = newHome();
    const made = loadCredentials(home);
    expect(loadCredentials(home)).toEqual(made);
    expect(new Set(Object.values(made)).size).toBe(4);
    expect(statSync(join(home, 'credentials.json')).mode & 0o777).toBe(0o600);
  });
});

describe('ports', () => {
  it('stay the same, and change when somebody else has them', async () => {
    const home = newHome();
    const first = await new Ports(home).take('nats');
    expect(await new Ports(home).take('nats')).toBe(first);
    const other = createServer().listen(first, '127.0.0.1');
    await once(other, 'listening');
    const second = await new Ports(home).take('nats');
    expect(second).not.toBe(first);
    other.close();
    expect(await new Ports(home).take('nats')).toBe(second);
  });

  it('are different for different names', async () => {
    const ports = new Ports(newHome());
    const taken = new Set<number>();
    for (let index = 0; index < 20; index += 1) taken.add(await ports.take(`s${index}`));
    expect(taken.size).toBe(20);
  });
});

describe('the lock of a home', () => {
  it('is held by one living process', () => {
    const home = newHome();
    const lock = lockHome(home, 'http://127.0.0.1:1');
    expect(holderOf(home)).toMatchObject({ pid: process.pid, address: 'http://127.0.0.1:1' });
    expect(() => lockHome(home, 'x')).toThrow(/already.*127\.0\.0\.1:1/);
    lock.release();
    expect(holderOf(home)).toBeNull();
    lockHome(home, 'x').release();
  });

  it.each(['', '{', '{"pid":1}', JSON.stringify({ pid: process.pid, started: 'another life', address: 'x' })])('takes over what a dead process left: %s', (text) => {
    const home = newHome();
    writeAtomic(join(home, 'up.pid'), text);
    expect(holderOf(home)).toBeNull();
    lockHome(home, 'x').release();
  });
});

describe('a supervised server', () => {
  it('is started again when it dies, on the same port, and told of', async () => {
    const home = newHome();
    const states: string[] = [];
    const supervisor = new Supervisor(echo(home, await freePort()), newGuard(home), ({ state }) => states.push(state));
    await supervisor.start();
    const { pid } = supervisor.status;
    process.kill(pid!, 'SIGKILL');
    await until(() => supervisor.status.restarts === 1 && supervisor.status.state === 'ready');
    expect(supervisor.status.pid).not.toBe(pid);
    expect(states).toEqual(['starting', 'ready', 'starting', 'ready']);
    const last = identify(supervisor.status.pid!)!;
    await supervisor.stop();
    expect(isAlive(last)).toBe(false);
    expect(supervisor.status).toMatchObject({ state: 'stopped', pid: null });
  });

  it('is killed when it does not heed', async () => {
    const home = newHome();
    const supervisor = new Supervisor(echo(home, await freePort(), { ignore: true }), newGuard(home));
    await supervisor.start();
    const one = identify(supervisor.status.pid!)!;
    await supervisor.stop();
    expect(isAlive(one)).toBe(false);
  });

  it('that cannot start is told with the end of its log', async () => {
    const home = newHome();
    await expect(new Supervisor(echo(home, await freePort(), { exit: true }), newGuard(home)).start()).rejects.toMatchObject({ code: 'SERVICE_DOWN', message: expect.stringContaining('cannot be') as string });
    const missing = { ...echo(home, 1), command: join(home, 'no-such-program') };
    await expect(new Supervisor(missing, newGuard(home)).start()).rejects.toMatchObject({ code: 'SERVICE_DOWN' });
  });

  it('that is stopped while it starts does not hold up the stop', async () => {
    const home = newHome();
    const supervisor = new Supervisor({ ...echo(home, await freePort()), ready: () => Promise.resolve(false) }, newGuard(home));
    const started = supervisor.start();
    started.catch(() => undefined);
    await sleep(100);
    await supervisor.stop();
    await expect(started).rejects.toMatchObject({ code: 'SERVICE_DOWN' });
  });
});

describe('the guard', () => {
  /** A parent that starts a server under guard, says its pid, and waits to be killed. */
  const parent = (home: string): ReturnType<typeof spawn> => spawn(process.execPath, ['--input-type=module', '-e', `
    import { spawn } from 'node:child_process';
    const { Guard } = await import(${JSON.stringify(join(import.meta.dirname, 'guard.ts'))});
    const guard = new Guard(${JSON.stringify(home)});
    const start = () => spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { detached: true, stdio: 'ignore' });
    const [gone, kept] = [start(), start()];
    guard.add('gone', gone.pid); guard.add('kept', kept.pid);
    gone.kill('SIGKILL'); guard.remove(gone.pid);
    console.log(kept.pid);
    setInterval(() => {}, 1000);
  `], { stdio: ['ignore', 'pipe', 'inherit'] });

  it('ends the children of a process that was killed', async () => {
    const home = newHome();
    const up = parent(home);
    const [line] = (await once(up.stdout!, 'data')) as [Buffer];
    const child = identify(Number(String(line)))!;
    expect(child).not.toBeNull();
    up.kill('SIGKILL');
    await until(() => !isAlive(child));
  });

  it('leaves to the next start what it could not end itself', async () => {
    const home = newHome();
    const orphan = spawn(process.execPath, ['-e', 'process.on("SIGTERM", () => {}); setInterval(() => {}, 1000)'], { detached: true, stdio: 'ignore' });
    const one = identify(orphan.pid!)!;
    writeAtomic(join(home, 'processes.json'), JSON.stringify([{ name: 'nats', ...one }, { name: 'somebody else', pid: process.pid, started: 'another life' }]));
    expect(await takeOver(home)).toEqual(['nats']);
    expect(isAlive(one)).toBe(false);
    expect(existsSync(join(home, 'processes.json'))).toBe(true);
  });
});

describe('prerequisites', () => {
  it('name what is missing and what to do', () => {
    expect(() => findPython(['no-such-python'])).toThrow(/no no-such-python.*apt-get install/);
    expect(() => findPython(['false'])).toThrow(/false has no venv/);
    expect(findPython().version).toMatch(/^3\.\d+\.\d+$/);
  });

  it('are locked with hashes and without an address', () => {
    for (const name of ['bootstrap', 'serve', 'train']) {
      const text = readFileSync(join(import.meta.dirname, '../../training-jobs/requirements', `${name}.lock`), 'utf8');
      expect(text).not.toMatch(/:\/\/|--(extra-)?index-url/);
      const packages = text.split('\n').filter((line) => /^[a-z0-9]/i.test(line));
      expect(packages.length).toBeGreaterThan(0);
      for (const line of packages) expect(line).toMatch(/^[A-Za-z0-9._-]+(\[[a-z,]+\])?==\S+.* \\$/);
    }
  });
});
