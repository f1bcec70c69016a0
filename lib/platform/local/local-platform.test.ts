import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectBus, ensureStreams, type Bus } from '../../clients/nats/mod.ts';
import { ensureBucket } from '../../clients/s3/mod.ts';
import { Guard, Servers, type Connections } from '../../embedded/mod.ts';
import type { Envelope } from '../../events/mod.ts';
import { readSettings } from '../../settings/mod.ts';
import { parseInventory } from '../inventory.ts';
import { gatewayOf, LocalPlatform, type Gateway } from './mod.ts';

// The real thing: NATS, S3, child processes, HTTP; only the functions are made for the test.
const inventory = parseInventory(`
version: 1.0
provider: { name: openfaas }
functions:
  model:
    handler: ./model
    image: test/model
    annotations: { topic: "ROTATIONS:clock.>", com.downline/routes: "/v1/predictions,/v1/rotations", com.downline/sticky: rotation }
  web:
    handler: ./web
    image: test/web
    annotations: { schedule: "* * * * * *", com.downline/schedule-clock: real, com.downline/routes: "/,/v1/web", com.downline/steers: "true" }
  work: { handler: ./work, image: test/work, annotations: { com.downline/job: "true" } }
`, join(import.meta.dirname, 'testing/functions'));

const home = mkdtempSync(join(tmpdir(), 'downline-platform-'));
const settings = readSettings({ DOWNLINE_HOME: home, DOWNLINE_PORT: '0', DOWNLINE_LOG_LEVEL: 'warn' });
let connections: Connections;
let guard: Guard;
let servers: Servers;
let bus: Bus;
let platform: LocalPlatform;
let gateway: Gateway;
let url: string;

async function open(): Promise<void> {
  platform = new LocalPlatform({ settings, inventory, connections, guard, release: { image: 'sha256:test', commit: 'c0ffee' }, mlflowUrl: () => null, rayUrl: () => null });
  await platform.load();
  gateway = gatewayOf(platform, '127.0.0.1', '0.0.0');
  url = await gateway.listen('127.0.0.1', 0);
  await platform.open();
}

beforeAll(async () => {
  symlinkSync(join(resolve(import.meta.dirname, '../../..', process.env.DOWNLINE_HOME ?? '.downline'), 'env'), join(home, 'env'));
  guard = new Guard(home);
  servers = new Servers(settings, guard);
  connections = await servers.startServing();
  const connectTo = async (environment: 'production' | 'staging', user: string): Promise<Bus> => {
    const one = await connectBus({ servers: connections.nats.servers, user, password: connections.nats.passwords[environment], name: 'test', environment });
    await ensureStreams(one);
    return one;
  };
  bus = await connectTo('production', 'downline');
  await (await connectTo('staging', 'staging')).close();
  await ensureBucket(connections.s3);
  await open();
});

afterAll(async () => {
  await gateway.close();
  await platform.close();
  await bus.close();
  await servers.stop();
  guard.close();
  rmSync(home, { recursive: true, force: true });
});

interface Answer { name: string; environment: string; bundle: string; pid: number; tag: string; seen: { kind: string; tag: string }[] }
const predict = async (body: object, headers: Record<string, string> = {}): Promise<{ status: number; answer: Answer; headers: Headers }> => {
  const response = await fetch(`${url}/v1/predictions`, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) });
  return { status: response.status, answer: (await response.json()) as Answer, headers: response.headers };
};
const apply = (name: string, bundle = name, environment: 'production' | 'staging' = 'production') => platform.apply({ name, bundle, environment });
const until = async (what: () => Promise<boolean>): Promise<void> => {
  for (let waited = 0; !(await what()); waited += 50) {
    if (waited > 60_000) throw new Error('it did not happen');
    await sleep(50);
  }
};
let ticks = 0;
const tick = async (): Promise<void> => {
  const now = 22_000_000 + ticks++;
  const event: Envelope<'track.ticked'> = { kind: 'track.ticked', id: `r.${now}`, source: 'test', time: now, replay: 'r', data: { replay: 'r', now, sequence: now } };
  await bus.append('ROTATIONS', [event], (await bus.bounds('ROTATIONS')).last);
};

describe('the local platform', () => {
  it('says that nothing is applied yet, by health and by problem+json', async () => {
    expect((await fetch(`${url}/healthz`)).status).toBe(503);
    expect(await predict({})).toMatchObject({ status: 503, answer: { code: 'UNAVAILABLE' } });
  });

  it('applies a revision once, and refuses what is no split', async () => {
    const state = await apply('m-1');
    expect(state).toMatchObject({ name: 'm-1', ready: true, restarts: 0 });
    expect((await apply('m-1')).url).toBe(state.url);
    await expect(apply('m-1', 'another')).rejects.toMatchObject({ code: 'ROLLOUT_REFUSED' });
    await expect(platform.traffic([{ revision: 'm-1', percent: 50 }])).rejects.toMatchObject({ code: 'ROLLOUT_REFUSED' });
    await expect(platform.traffic([{ revision: 'm-9', percent: 100 }])).rejects.toMatchObject({ code: 'ROLLOUT_REFUSED' });
    await platform.traffic([{ revision: 'm-1', percent: 100, tag: 'production' }]);
    expect(await predict({ tail: 'N1' })).toMatchObject({ status: 200, answer: { name: 'm-1', tag: 'production' } });
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    await expect(platform.remove('m-1')).rejects.toMatchObject({ code: 'ROLLOUT_REFUSED' });
  });

  it('tells why a revision does not become ready, and keeps none of it', async () => {
    await expect(apply('m-bad', 'bad')).rejects.toMatchObject({ code: 'REVISION_FAILED', message: expect.stringContaining('the bundle is bad') as string });
    expect((await platform.observe()).revisions.map(({ name }) => name)).toEqual(['m-1']);
  });

  it('gives a staging revision its own account, and production no way to it', async () => {
    const { url: address } = await apply('m-s', 'm-s', 'staging');
    const response = await fetch(`${address}/v1/rotations/N1`);
    expect(await response.json()).toMatchObject({ environment: 'staging' });
    await expect(platform.traffic([{ revision: 'm-s', percent: 100 }])).rejects.toMatchObject({ code: 'ROLLOUT_REFUSED' });
    await platform.remove('m-s');
  });

  it('splits by rotation, addresses tags, and pairs the events of a canary', async () => {
    await apply('m-2');
    await platform.traffic([{ revision: 'm-1', percent: 50, tag: 'production' }, { revision: 'm-2', percent: 50, tag: 'canary' }]);
    const sides = new Map<string, string>();
    for (let index = 0; index < 40; index += 1) sides.set(`N${index}`, (await predict({ tail: `N${index}` })).answer.name);
    expect(new Set(sides.values())).toEqual(new Set(['m-1', 'm-2']));
    for (const [tail, side] of sides) {
      const read = await fetch(`${url}/v1/rotations/${tail}`);
      expect(((await read.json()) as Answer).name).toBe(side);
    }
    expect(await predict({ tail: 'N1' }, { 'downline-tag': 'canary' })).toMatchObject({ answer: { name: 'm-2', tag: 'canary' } });
    expect(await predict({ tail: 'N1' }, { 'downline-tag': 'previous' })).toMatchObject({ status: 404, answer: { code: 'NOT_FOUND' } });
    await tick();
    const got = async (tag: string): Promise<Answer['seen']> => (await predict({}, { 'downline-tag': tag })).answer.seen;
    await until(async () => (await got('production')).length > 0 && (await got('canary')).length > 0);
    expect((await got('canary')).every(({ tag }) => tag === 'canary')).toBe(true);
    expect((await got('production')).every(({ tag }) => tag === 'production')).toBe(true);
    expect((await bus.consumers()).map(({ name }) => name).sort()).toEqual(['model-ROTATIONS', 'model-canary-ROTATIONS']);
  });

  it('answers from another revision when one dies in the middle, and starts it again', async () => {
    const tail = await (async () => {
      for (let index = 0; ; index += 1) if ((await predict({ tail: `N${index}` })).answer.name === 'm-2') return `N${index}`;
    })();
    const { pid } = (await predict({ tail })).answer;
    process.kill(pid, 'SIGKILL');
    const answers = await Promise.all(Array.from({ length: 20 }, () => predict({ tail })));
    expect(answers.map(({ status }) => status).every((status) => status === 200)).toBe(true);
    await until(async () => (await platform.observe()).revisions.find(({ name }) => name === 'm-2')?.ready === true);
    expect((await platform.observe()).revisions.find(({ name }) => name === 'm-2')).toMatchObject({ restarts: 1 });
    expect((await predict({ tail })).answer).toMatchObject({ name: 'm-2' });
    // A request that kills whoever gets it is not tried for ever.
    expect(await predict({ die: true })).toMatchObject({ status: 503, answer: { code: 'UNAVAILABLE' } });
    await until(async () => (await platform.observe()).revisions.every(({ ready }) => ready));
  });

  it('counts requests, errors and times of each revision', async () => {
    const before = (await platform.observe()).revisions.find(({ name }) => name === 'm-1')!;
    expect(await predict({ fail: true }, { 'downline-tag': 'production' })).toMatchObject({ status: 500, answer: { code: 'INTERNAL' } });
    const after = (await platform.observe()).revisions.find(({ name }) => name === 'm-1')!;
    expect([after.requests - before.requests, after.errors - before.errors]).toEqual([1, 1]);
    expect(after.p99).toBeGreaterThanOrEqual(after.p50);
    const metrics = await (await fetch(`${url}/metrics`)).text();
    expect(metrics).toMatch(/downline_requests_total\{[^}]*function="model"[^}]*revision="m-1"/);
    expect(metrics).toMatch(/downline_revision_errors_total\{revision="m-1"\} [1-9]/);
    expect(metrics.match(/# TYPE downline_requests_total/g)).toHaveLength(1);
  });

  it('rolls back in one step, and forgets the canary’s consumer', async () => {
    await platform.traffic([{ revision: 'm-1', percent: 100, tag: 'production' }]);
    expect((await bus.consumers()).map(({ name }) => name)).toEqual(['model-ROTATIONS']);
    await platform.remove('m-2');
    expect((await platform.observe()).revisions.map(({ name }) => name)).toEqual(['m-1']);
  });

  it('polls by the schedule without overlap, and lets only those steer that may', async () => {
    const web = async (): Promise<{ count: number; most: number; steers: boolean }> => (await (await fetch(`${url}/v1/web`)).json()) as never;
    await until(async () => (await web()).count >= 2);
    expect(await web()).toMatchObject({ most: 1, steers: true });
  });

  it('merges the documents of all functions', async () => {
    const document = (await (await fetch(`${url}/openapi.json`)).json()) as { paths: object };
    expect(Object.keys(document.paths).sort()).toEqual(['/v1/predictions', '/v1/rotations/{tail}', '/v1/web']);
  });

  it('runs jobs: to their end, to their own failure, and again when they were killed', async () => {
    const ended = async (name: string): Promise<void> => until(async () => (await platform.job(name))?.status !== 'running');
    await platform.start({ name: 'j-1', function: 'work', input: {} });
    await ended('j-1');
    expect(await platform.job('j-1')).toMatchObject({ status: 'succeeded', output: { environment: 'production' } });
    await platform.start({ name: 'j-1', function: 'work', input: {} });
    expect(await platform.job('j-1')).toMatchObject({ status: 'succeeded' });
    await expect(platform.start({ name: 'j-1', function: 'work', input: { fail: 'x' } })).rejects.toMatchObject({ code: 'CONFLICT' });
    await expect(platform.start({ name: 'j-2', function: 'web', input: {} })).rejects.toMatchObject({ code: 'NOT_FOUND' });

    await platform.start({ name: 'j/3', function: 'work', input: { fail: 'no rows' } });
    await ended('j/3');
    expect(await platform.job('j/3')).toMatchObject({ status: 'failed', reason: expect.stringContaining('no rows') as string });

    const file = join(home, 'pid');
    const waiting = { name: 'j-4', function: 'work', input: { file } };
    await platform.start(waiting);
    await until(() => Promise.resolve(existsSync(file)));
    expect(await platform.job('j-4')).toEqual({ status: 'running', progress: 0.5, detail: 'half of it' });
    process.kill(Number(readFileSync(file, 'utf8')), 'SIGKILL');
    await ended('j-4');
    expect(await platform.job('j-4')).toMatchObject({ status: 'failed', reason: expect.stringContaining('interrupted') as string });
    await platform.start(waiting);
    await ended('j-4');
    expect(await platform.job('j-4')).toMatchObject({ status: 'succeeded' });
    expect(await platform.job('j-5')).toBeNull();
  });

  it('takes hostile requests with a problem, never a 500', async () => {
    const codeOf = async (path: string, init: RequestInit): Promise<unknown[]> => {
      const response = await fetch(url + path, init);
      return [response.status, ((await response.json()) as { code: string }).code];
    };
    const json = { 'content-type': 'application/json' };
    expect(await codeOf('/v1/predictions', { method: 'POST', headers: json, body: 'x'.repeat(1_100_000) })).toEqual([413, 'TOO_LARGE']);
    expect(await codeOf('/v1/predictions', { method: 'POST', headers: json, body: '{"tail":' })).toEqual([400, 'BAD_REQUEST']);
    expect(await codeOf('/v1/predictions', { method: 'POST', headers: { ...json, origin: 'http://evil.example' }, body: '{}' })).toEqual([400, 'BAD_REQUEST']);
    expect(await codeOf('/openapi.json', { method: 'DELETE' })).toEqual([405, 'METHOD_NOT_ALLOWED']);
    expect(await codeOf('/v1/nowhere', {})).toEqual([404, 'NOT_FOUND']);
    const raw = (text: string): Promise<string> => new Promise((resolve) => {
      let answer = '';
      const socket = connect(Number(new URL(url).port), '127.0.0.1', () => socket.write(text));
      socket.on('data', (part) => { answer += part.toString(); socket.end(); }).on('close', () => resolve(answer)).on('error', () => resolve(answer));
    });
    for (const text of ['NONSENSE\r\n\r\n', 'GET / HTTP/1.1\r\nhost: evil.example\r\n\r\n', `GET / HTTP/1.1\r\nhost: localhost\r\nx: ${'y'.repeat(40_000)}\r\n\r\n`, 'GET //[ HTTP/1.1\r\nhost: localhost\r\n\r\n']) {
      const answer = await raw(text);
      expect(answer).toMatch(/^HTTP\/1\.1 400/);
      expect(answer).toContain('application/problem+json');
    }
  });

  it('comes back as it was', async () => {
    const { pid } = (await predict({})).answer;
    await gateway.close();
    await platform.close();
    expect(() => process.kill(pid, 0)).toThrow();
    await open();
    expect(await platform.observe()).toMatchObject({ revisions: [{ name: 'm-1', ready: true }], traffic: [{ revision: 'm-1', percent: 100, tag: 'production' }] });
    expect((await predict({})).answer.pid).not.toBe(pid);
    expect(await platform.job('j-1')).toMatchObject({ status: 'succeeded' });
  });
});
