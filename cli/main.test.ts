import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ask } from './http.ts';
import { createProgram } from './main.ts';

const root = resolve(import.meta.dirname, '..');
const home = mkdtempSync(join(tmpdir(), 'downline-cli-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));

const downline = (args: string[], env: Record<string, string> = {}): { code: number | null; out: string; err: string } => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, 'cli/main.ts'), ...args], { encoding: 'utf8', env: { PATH: process.env.PATH, HOME: process.env.HOME, DOWNLINE_HOME: home, ...env } });
  return { code: status, out: stdout, err: stderr };
};

describe('the command line', () => {
  it('describes every command, and takes --json everywhere', async () => {
    const program = await createProgram();
    const names = program.commands.map((command) => command.name());
    expect(names).toEqual(expect.arrayContaining(['up', 'down', 'status', 'doctor']));
    expect(new Set(names).size).toBe(names.length);
    for (const command of program.commands) expect(command.description(), command.name()).not.toBe('');
  });

  it('leaves with 2 for wrong usage, and says what there is', () => {
    for (const args of [['no-such-command'], ['up', '--preset', 'huge'], ['up', '--no-such-flag'], ['--port', '70000', 'status'], ['up', '--platform', 'moon']]) {
      const { code, err, out } = downline(args);
      expect([args, code]).toEqual([args, 2]);
      expect(err).not.toBe('');
      expect(out).toBe('');
    }
  });

  it('leaves with 1 and a code for a wrong setting, naming the variable', () => {
    expect(downline(['status'], { DOWNLINE_PORT: 'x' })).toMatchObject({ code: 1, err: expect.stringMatching(/^SETTING_INVALID: DOWNLINE_PORT is "x"/) as string });
    const { err, code } = downline(['status', '--json'], { DOWNLINE_SPEEED: '1' });
    expect(code).toBe(1);
    expect(JSON.parse(err)).toMatchObject({ error: { code: 'SETTING_INVALID', message: expect.stringContaining('DOWNLINE_SPEEED') as string } });
    expect(downline(['up', '--from', '2013-07-01', '--to', '2013-06-01'])).toMatchObject({ code: 1, err: expect.stringContaining('SETTING_INVALID') as string });
  });

  it('tells of a home in which nothing runs', () => {
    expect(downline(['status', '--json'])).toMatchObject({ code: 1 });
    expect(JSON.parse(downline(['status', '--json']).out)).toMatchObject({ running: false, pid: null });
    expect(JSON.parse(downline(['down', '--json']).out)).toEqual({ stopped: null });
    const { out } = downline(['doctor', '--json', '--port', '0']);
    expect((JSON.parse(out) as { findings: { check: string }[] }).findings.map(({ check }) => check)).toEqual(expect.arrayContaining(['python', 'disk', 'port', 'env serve']));
  });

  it('does not start twice in one home', async () => {
    const holder = spawn(process.execPath, ['-e', `import(${JSON.stringify(join(root, 'lib/embedded/mod.ts'))}).then(({ lockHome }) => { lockHome(${JSON.stringify(home)}, 'http://127.0.0.1:9'); console.log('held'); setInterval(() => {}, 1000); })`], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(holder.stdout, 'data');
    expect(downline(['up'])).toMatchObject({ code: 1, err: expect.stringMatching(/CONFLICT: .*127\.0\.0\.1:9/) as string });
    expect(JSON.parse(downline(['status', '--json']).out)).toMatchObject({ running: true, pid: holder.pid, health: null });
    expect(JSON.parse(downline(['down', '--json']).out)).toEqual({ stopped: holder.pid });
    await once(holder, 'exit');
  });

  it('names a damaged state file', () => {
    writeFileSync(join(home, 'platform.json'), '{');
    writeFileSync(join(home, 'status.json'), '{');
    expect(downline(['status', '--json'])).toMatchObject({ code: 1, err: '' });
  });
});

describe('asking the HTTP interface', () => {
  it('makes errors of problems, of nonsense and of nobody', async () => {
    const answers: Record<string, [number, string]> = {
      '/ok': [200, '{"a":1}'], '/problem': [409, '{"code":"RUN_ACTIVE","detail":"one is under way"}'],
      '/html': [502, '<html>'], '/unknown': [500, '{"code":"NEW_CODE"}'], '/null': [500, 'null'], '/cut': [200, '{"a":'],
    };
    const server = createServer((request, response) => {
      const [status, body] = answers[request.url ?? ''] ?? [404, '{}'];
      response.writeHead(status).end(body);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const url = `http://127.0.0.1:${port}`;
    expect(await ask(url, '/ok')).toEqual({ a: 1 });
    await expect(ask(url, '/problem')).rejects.toMatchObject({ code: 'RUN_ACTIVE', message: 'one is under way' });
    for (const path of ['/html', '/unknown', '/null', '/cut']) await expect(ask(url, path)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    server.close();
    await once(server, 'close');
    await expect(ask(url, '/ok')).rejects.toMatchObject({ code: 'UNAVAILABLE', message: expect.stringContaining('npx downline up') as string });
  });
});
