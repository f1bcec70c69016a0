import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isDownlineError } from '../../errors/mod.ts';
import { answering, HOSTILE, launch, trainingProgram } from '../testing.ts';
import { createMlflow, type Mlflow } from './mod.ts';

let folder: string;
let server: { stop(): Promise<void> };
let mlflow: Mlflow;

async function freePort(): Promise<number> {
  const listener = createServer();
  await new Promise<void>((done) => listener.listen(0, '127.0.0.1', done));
  const port = (listener.address() as { port: number }).port;
  await new Promise((done) => listener.close(done));
  return port;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'downline-mlflow-'));
  const port = await freePort();
  server = launch(trainingProgram('mlflow'), [
    'server', '--host', '127.0.0.1', '--port', String(port), '--workers', '1',
    '--backend-store-uri', `sqlite:///${join(folder, 'mlflow.db')}`, '--artifacts-destination', join(folder, 'artifacts'), '--serve-artifacts',
  ], { cwd: folder, env: { MLFLOW_DISABLE_TELEMETRY: 'true' } });
  mlflow = createMlflow(`http://127.0.0.1:${port}/`);
  while (!await mlflow.healthy()) await sleep(200);
}, 400_000);

afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

async function newRun(tags: Record<string, string> = {}): Promise<string> {
  const experiment = await mlflow.runs.experiment('downline');
  return (await mlflow.runs.create(experiment, { name: 'run', tags, startedAt: 1_370_822_400_000 })).id;
}

describe('runs', () => {
  test('an experiment is made once', async () => {
    const [first, second] = [await mlflow.runs.experiment('once'), await mlflow.runs.experiment('once')];
    expect(second).toBe(first);
    const raced = await Promise.all([1, 2, 3].map(() => mlflow.runs.experiment('raced')));
    expect(new Set(raced).size).toBe(1);
  });

  test('a run is found again by its tag, and ends', async () => {
    const experiment = await mlflow.runs.experiment('downline');
    const id = await newRun({ 'downline.run': 'run-7' });
    expect((await mlflow.runs.find(experiment, 'downline.run', 'run-7'))?.id).toBe(id);
    expect(await mlflow.runs.find(experiment, 'downline.run', 'run-8')).toBeNull();
    await mlflow.runs.end(id, 'FINISHED', 1_370_822_460_000);
    expect(await mlflow.runs.get(id)).toMatchObject({ status: 'FINISHED', startedAt: 1_370_822_400_000, endedAt: 1_370_822_460_000 });
  });

  test('an unknown run is null, not an error', async () => {
    expect(await mlflow.runs.get('0123456789abcdef0123456789abcdef')).toBeNull();
  });

  test('more than MLflow takes at once goes in parts', async () => {
    const id = await newRun();
    await mlflow.runs.log(id, {
      metrics: Array.from({ length: 2300 }, (_, step) => ({ key: 'loss', value: step / 8, at: 1_370_822_400_000 + step, step })),
      params: Object.fromEntries(Array.from({ length: 130 }, (_, index) => [`p${index}`, String(index)])),
      tags: Object.fromEntries(Array.from({ length: 130 }, (_, index) => [`t${index}`, String(index)])),
    });
    const history = await mlflow.runs.history(id, 'loss');
    expect(history).toHaveLength(2300);
    expect(history[2299]).toEqual({ value: 2299 / 8, step: 2299 });
    const run = await mlflow.runs.get(id);
    expect(run?.params['p129']).toBe('129');
    expect(run?.tags['t129']).toBe('129');
    expect(run?.metrics['loss']).toBe(2299 / 8);
  });

  test('a metric that is no number is refused before it is sent', async () => {
    const id = await newRun();
    await expect(mlflow.runs.log(id, { metrics: [{ key: 'a', value: NaN, at: 0 }] })).rejects.toMatchObject({ code: 'BAD_REQUEST' });
  });

  test('a parameter that changes is refused with MLflow\'s own code', async () => {
    const id = await newRun();
    await mlflow.runs.log(id, { params: { seed: '1' } });
    await expect(mlflow.runs.log(id, { params: { seed: '2' } })).rejects.toMatchObject({ code: 'BAD_REQUEST', ids: { errorCode: 'INVALID_PARAMETER_VALUE' } });
  });

  test('a filter cannot be broken out of', async () => {
    const experiment = await mlflow.runs.experiment('downline');
    await expect(mlflow.runs.find(experiment, 'downline.run', "x' or '1' = '1")).rejects.toMatchObject({ code: 'BAD_REQUEST' });
  });
});

describe('artifacts', () => {
  test('are stored, listed and read', async () => {
    const id = await newRun();
    const body = new Uint8Array([0, 1, 2, 255]);
    await mlflow.artifacts.upload(id, 'bundle/a b.onnx', body);
    expect(await mlflow.artifacts.list(id)).toEqual([{ path: 'bundle', folder: true, bytes: 0 }]);
    expect(await mlflow.artifacts.list(id, 'bundle')).toEqual([{ path: 'bundle/a b.onnx', folder: false, bytes: 4 }]);
    expect([...await mlflow.artifacts.download(id, 'bundle/a b.onnx')]).toEqual([0, 1, 2, 255]);
  });

  test('that are not there are NOT_FOUND', async () => {
    const id = await newRun();
    await expect(mlflow.artifacts.download(id, 'bundle/none')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(mlflow.artifacts.download('0123456789abcdef0123456789abcdef', 'x')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  test('do not leave their run', async () => {
    await expect(mlflow.artifacts.upload(await newRun(), '../other/x', new Uint8Array())).rejects.toMatchObject({ code: 'BAD_REQUEST' });
  });
});

describe('registry', () => {
  test('a run has one version, with tags', async () => {
    const run = await newRun();
    await mlflow.registry.ensure('downline', 'the chain');
    await mlflow.registry.ensure('downline');
    const source = `${(await mlflow.runs.get(run))?.artifactUri ?? ''}/bundle`;
    const first = await mlflow.registry.createVersion('downline', { run, source, tags: { bundle: 'sha256:1' } });
    const second = await mlflow.registry.createVersion('downline', { run, source });
    expect(second.version).toBe(first.version);
    await mlflow.registry.tagVersion('downline', first.version, 'verdict', 'passed');
    expect(await mlflow.registry.version('downline', first.version)).toMatchObject({ run, tags: { bundle: 'sha256:1', verdict: 'passed' } });
    expect((await mlflow.registry.versions('downline')).map((one) => one.version)).toContain(first.version);
  });

  test('aliases move, and a missing one is null', async () => {
    await mlflow.registry.ensure('aliased');
    const versions = [];
    for (let index = 0; index < 2; index += 1) {
      const run = await newRun();
      versions.push(await mlflow.registry.createVersion('aliased', { run, source: `${(await mlflow.runs.get(run))?.artifactUri ?? ''}/bundle` }));
    }
    expect(await mlflow.registry.alias('aliased', 'production')).toBeNull();
    for (const version of versions) {
      await mlflow.registry.setAlias('aliased', 'production', version.version);
      expect((await mlflow.registry.alias('aliased', 'production'))?.version).toBe(version.version);
    }
    await mlflow.registry.removeAlias('aliased', 'production');
    await mlflow.registry.removeAlias('aliased', 'production');
    expect(await mlflow.registry.alias('aliased', 'production')).toBeNull();
  });

  test('a missing model or version is null', async () => {
    expect(await mlflow.registry.alias('absent', 'production')).toBeNull();
    expect(await mlflow.registry.version('absent', '1')).toBeNull();
    expect(await mlflow.registry.versions('absent')).toEqual([]);
    await expect(mlflow.registry.setAlias('absent', 'production', '1')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});

describe('a server that is not MLflow', () => {
  for (const [name, listener] of Object.entries(HOSTILE)) {
    test(name, async () => {
      const hostile = await answering(listener);
      const client = createMlflow(hostile.url, { timeoutMs: 400 });
      try {
        for (const call of [() => client.runs.get('a'), () => client.runs.find('0', 'a', 'b'), () => client.registry.alias('m', 'production'), () => client.artifacts.list('a')]) {
          const caught: unknown = await call().then(() => 'answered', (error: unknown) => error);
          expect(isDownlineError(caught, 'SERVICE_DOWN'), String(caught)).toBe(true);
        }
        expect(await client.healthy()).toBe(false);
      } finally {
        await hostile.stop();
      }
    });
  }

  test('nobody there', async () => {
    await expect(createMlflow(`http://127.0.0.1:${await freePort()}`).runs.get('a')).rejects.toMatchObject({ code: 'SERVICE_DOWN' });
  });
});
