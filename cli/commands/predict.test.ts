import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serve, type ServerType } from '@hono/node-server';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { createPredict } from '../../functions/predict/handler.ts';
import type { Bus } from '../../lib/clients/nats/mod.ts';
import { createHost, type Host } from '../../lib/host/mod.ts';
import { startNats, startS3 } from '../../lib/host/testing.ts';
import { legOf, messageOf } from '../../lib/model/testing/tiny.ts';
import { readSettings } from '../../lib/settings/mod.ts';
import { main } from '../main.ts';

const OFF = 22_847_100;
let bus: Bus;
let host: Host;
let server: ServerType;
let home: string;
let port: number;

beforeAll(async () => {
  const [nats, s3] = await Promise.all([startNats(), startS3()]);
  bus = await nats.connect();
  home = await mkdtemp(join(tmpdir(), 'downline-cli-'));
  await (await bus.records('replays')).create('current', { id: 'r1' });
  const legs = [legOf(1, OFF, { status: 'departed', off: OFF + 7 }), legOf(2, OFF + 300)];
  await bus.append('ROTATIONS', [{ kind: 'rotation.changed', id: 'one', source: 'track', time: OFF, replay: 'r1', data: messageOf(legs, { rotation: 'N1UA', tail: 'N1UA' }) }], 0);
  host = createHost(createPredict(() => ({ name: 'predict-00001', environment: 'production', bundle: 'rule' })), {
    settings: readSettings({ DOWNLINE_HOME: home }), log: pino({ level: 'silent' }), environment: 'production', bus, objects: s3.objects(),
    platform: null, mlflowUrl: () => null, rayUrl: () => null, image: 'sha256:image', commit: 'abc',
  });
  await host.start();
  server = serve({ fetch: (request) => host.fetch(request), port: 0, hostname: '127.0.0.1' });
  if (!server.listening) await once(server, 'listening');
  port = (server.address() as AddressInfo).port;
});
afterAll(async () => {
  await new Promise((done) => server.close(done));
  await host.stop();
  await bus.close();
  await rm(home, { recursive: true, force: true });
});
afterEach(() => { process.exitCode = undefined; });

/** Runs the command line; what it said and its exit code. */
async function run(...argv: string[]): Promise<{ code: number; out: string; err: string }> {
  const said = { out: '', err: '' };
  const spies = [
    vi.spyOn(console, 'log').mockImplementation((text: string) => { said.out += `${text}\n`; }),
    vi.spyOn(console, 'error').mockImplementation((text: string) => { said.err += `${text}\n`; }),
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => { said.err += String(text); return true; }),
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => { said.out += String(text); return true; }),
  ];
  try {
    return { code: await main(['--home', home, '--port', String(port), ...argv]), ...said };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}

describe('predict and explain', () => {
  it('tell a rotation, and explain the receipt', async () => {
    const told = await run('predict', 'N1UA');
    expect(told).toMatchObject({ code: 0, err: '' });
    expect(told.out).toContain('left +7');
    expect(told.out).toContain(legOf(2, 0).flight);
    const receipt = /receipt (\S+)/.exec(told.out)![1]!;
    const explained = await run('explain', receipt);
    expect(explained.code).toBe(0);
    expect(explained.out).toContain('the same, to the bit');
    expect(explained.out).toContain('commit abc');
  });

  it('give JSON, by flight and with assumptions', async () => {
    const { out } = await run('--json', 'predict', legOf(2, 0).flight, '--assume', `${legOf(2, 0).flight}=45`);
    const answer = JSON.parse(out) as { receipt: string; legs: { departure: { mean: number } }[] };
    expect(answer.legs[1]!.departure.mean).toBe(45);
    expect(JSON.parse((await run('--json', 'explain', answer.receipt)).out)).toMatchObject({ explanation: { same: true }, provenance: { revision: 'predict-00001' } });
  });

  it('fail with a code, a remedy and the right exit code', async () => {
    expect(await run('predict', 'N404')).toMatchObject({ code: 1, out: '', err: expect.stringContaining('NOT_FOUND') as string });
    expect(JSON.parse((await run('--json', 'explain', 'nothing')).err)).toMatchObject({ error: { code: 'NOT_FOUND' } });
    for (const argv of [['predict'], ['predict', 'N1UA', '--assume', 'x'], ['predict', 'N1UA', '--assume', `${legOf(2, 0).flight}=soon`], ['explain'], ['predict', 'N1UA', '--what']]) {
      expect((await run(...argv)).code).toBe(2);
    }
    expect(await run('predict', '../../etc/passwd')).toMatchObject({ code: 1, err: expect.stringContaining('BAD_REQUEST') as string });
  });

  it('are not taken in by something else that answers there', async () => {
    const answers = ['', '{', '{}', 'null', '[1]', '<html>', JSON.stringify({ receipt: 'x', legs: [] })];
    let next = 0;
    const other: Server = createServer((_, response) => response.end(answers[next++ % answers.length])).listen(0, '127.0.0.1');
    await once(other, 'listening');
    const real = port;
    port = (other.address() as AddressInfo).port;
    for (const _ of answers) expect(await run('predict', 'N1UA')).toMatchObject({ code: 1, out: '', err: expect.stringContaining('UNAVAILABLE') as string });
    for (const _ of answers) expect((await run('explain', 'N1.x')).code).toBe(1);
    await new Promise((done) => other.close(done));
    expect(await run('predict', 'N1UA')).toMatchObject({ code: 1, err: expect.stringContaining('does not answer') as string });
    port = real;
  });
});
