import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectBus, ensureStreams, type Bus } from '../clients/nats/mod.ts';
import { createMlflow } from '../clients/mlflow/mod.ts';
import { createRay } from '../clients/ray/mod.ts';
import { ensureBucket, openObjects } from '../clients/s3/mod.ts';
import { readSettings } from '../settings/mod.ts';
import { Guard } from './guard.ts';
import { Servers, type Connections } from './servers.ts';

const root = resolve(import.meta.dirname, '../..');
const home = mkdtempSync(join(tmpdir(), 'downline-servers-'));
const settings = readSettings({ DOWNLINE_HOME: home });
let guard: Guard;
let servers: Servers;
let connections: Connections;

beforeAll(async () => {
  // The environment of the checkout: installing another one for a test would take its time.
  mkdirSync(home, { recursive: true });
  symlinkSync(join(resolve(root, process.env.DOWNLINE_HOME ?? '.downline'), 'env'), join(home, 'env'));
  guard = new Guard(home);
  servers = new Servers(settings, guard);
  connections = await servers.startServing();
});

afterAll(async () => {
  await servers.stop();
  guard.close();
  rmSync(home, { recursive: true, force: true });
});

const bus = (environment: 'production' | 'staging', password = connections.nats.passwords[environment]): Promise<Bus> =>
  connectBus({ servers: connections.nats.servers, user: environment === 'production' ? 'downline' : 'staging', password, name: 'test', environment });

const letter = (reason: string) => ({ replay: 'r', consumer: 'c', subject: 's', stream: 'OPS', sequence: 1, code: 'EVENT_INVALID', reason, body: '' });

async function deadLetters(one: Bus): Promise<number> {
  return (await one.bounds('DEAD')).last;
}

/** Kills servers, and waits until each answers again. */
async function killed(names: readonly string[]): Promise<void> {
  const of = () => servers.statuses().filter(({ name }) => names.includes(name));
  const before = of();
  expect(before.map(({ name }) => name)).toEqual(names);
  for (const { pid } of before) process.kill(pid!, 'SIGKILL');
  const back = (): boolean => of().every(({ state, restarts, pid }, index) => state === 'ready' && restarts > before[index]!.restarts && pid !== before[index]!.pid);
  for (let waited = 0; !back() && waited < 240_000; waited += 50) await sleep(50);
  expect(back()).toBe(true);
}

describe('the embedded servers', () => {
  it('keep production and staging apart', async () => {
    const [production, staging] = await Promise.all([bus('production'), bus('staging')]);
    await Promise.all([ensureStreams(production), ensureStreams(staging)]);
    await staging.bury(letter('of staging'));
    expect([await deadLetters(production), await deadLetters(staging)]).toEqual([0, 1]);
    await Promise.all([production.close(), staging.close()]);
    await expect(bus('production', connections.nats.passwords.staging)).rejects.toMatchObject({ code: 'SERVICE_DOWN' });
  });

  it('refuse a stranger at S3, and keep objects', async () => {
    await ensureBucket(connections.s3);
    const objects = openObjects(connections.s3);
    await objects.put('a/b', 'text');
    expect(Buffer.from(await objects.get('a/b')).toString()).toBe('text');
    await expect(openObjects({ ...connections.s3, secret: 'guessed' }).get('a/b')).rejects.toThrow();
  });

  it('come back with what they had when they are killed', async () => {
    const production = await bus('production');
    await production.bury(letter('of production'));
    await killed(['nats', 's3']);
    expect(await deadLetters(production)).toBe(1);
    expect(Buffer.from(await openObjects(connections.s3).get('a/b')).toString()).toBe('text');
    await production.close();
  });

  it('track experiments and take jobs, also after they were killed', async () => {
    expect([servers.mlflowUrl(), servers.rayUrl()]).toEqual([null, null]);
    await servers.startTraining();
    const [mlflow, ray] = [createMlflow(servers.mlflowUrl()!), createRay(servers.rayUrl()!)];
    const experiment = await mlflow.runs.experiment('kept');
    await killed(['mlflow', 'ray']);
    expect(await mlflow.runs.experiment('kept')).toEqual(experiment);
    await ray.submit('after', { entrypoint: 'true' });
    for (let waited = 0; (await ray.get('after'))?.status !== 'SUCCEEDED' && waited < 120_000; waited += 250) await sleep(250);
    expect(await ray.get('after')).toMatchObject({ status: 'SUCCEEDED' });
  }, 600_000);
});
