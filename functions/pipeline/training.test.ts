import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createMlflow, type Mlflow } from '../../lib/clients/mlflow/mod.ts';
import type { Bus } from '../../lib/clients/nats/mod.ts';
import { createRay } from '../../lib/clients/ray/mod.ts';
import type { Objects } from '../../lib/clients/s3/mod.ts';
import { launch, trainingProgram } from '../../lib/clients/testing.ts';
import { rollout as rolloutSchema, run as runSchema, type Envelope, type Rollout, type Run } from '../../lib/events/mod.ts';
import type { Context } from '../../lib/host/mod.ts';
import { freePorts, startNats, startS3 } from '../../lib/host/testing.ts';
import { digestOf } from '../../lib/events/mod.ts';
import { BUCKETS, REGISTERED_MODEL } from '../../lib/pipeline/mod.ts';
import { MemoryPlatform } from '../../lib/platform/testing.ts';
import { readSettings } from '../../lib/settings/mod.ts';
import pipeline from './handler.ts';

/**
 * The stages that speak with Ray and MLflow, against both of them. What the
 * job does is a script in the place of Python: training has tests of its own.
 */

const REPLAY = 't1';
const NOW = Date.parse('2013-06-11T10:00Z') / 60_000;
const BUNDLE_TEXT = '{"a": "bundle"}';
const BUNDLE = digestOf(BUNDLE_TEXT);

let home: string;
let bus: Bus;
let objects: Objects;
let mlflow: Mlflow;
let urls: { mlflow: string; ray: string };
let context: Context;
const platform = new MemoryPlatform();
const servers: { stop(): Promise<void> }[] = [];

beforeAll(async () => {
  // Ray's sockets want a short path.
  home = await mkdtemp(join(tmpdir(), 'dl-'));
  const [mlflowPort = 0, gcs, dashboard = 0, agent, grpc, client, manager, nodes, metrics] = await freePorts(9);
  urls = { mlflow: `http://127.0.0.1:${mlflowPort}`, ray: `http://127.0.0.1:${dashboard}` };
  servers.push(launch(trainingProgram('mlflow'), [
    'server', '--host', '127.0.0.1', '--port', String(mlflowPort), '--workers', '1', '--backend-store-uri', `sqlite:///${join(home, 'mlflow.db')}`,
    '--artifacts-destination', join(home, 'artifacts'), '--serve-artifacts',
  ], { cwd: home, env: { MLFLOW_DISABLE_TELEMETRY: 'true', MLFLOW_SERVER_ENABLE_JOB_EXECUTION: 'false' } }));
  servers.push(launch(trainingProgram('ray'), [
    'start', '--head', '--block', '--disable-usage-stats', '--include-dashboard=true', '--dashboard-host=127.0.0.1', '--node-ip-address=127.0.0.1',
    '--num-cpus=1', '--num-gpus=0', '--object-store-memory=80000000', `--temp-dir=${home}/r`, `--port=${gcs}`, `--dashboard-port=${dashboard}`,
    `--dashboard-agent-listen-port=${agent}`, `--dashboard-agent-grpc-port=${grpc}`, `--ray-client-server-port=${client}`,
    `--object-manager-port=${manager}`, `--node-manager-port=${nodes}`, `--metrics-export-port=${metrics}`,
  ], { cwd: home }));
  bus = await (await startNats()).connect();
  objects = (await startS3()).objects();
  mlflow = createMlflow(urls.mlflow);
  const ray = createRay(urls.ray);
  for (const end = Date.now() + 380_000; !(await mlflow.healthy() && await ray.healthy());) {
    if (Date.now() > end) throw new Error((await readFile(join(home, 'log'), 'utf8')).slice(-5000));
    await sleep(300);
  }
  context = {
    settings: { ...readSettings({}), home, s3: 'http://127.0.0.1:1', s3Key: 'k', s3Secret: 'topsecret' }, log: pino({ level: 'silent' }), environment: 'production',
    bus, objects, platform, mlflowUrl: () => urls.mlflow, rayUrl: () => urls.ray, image: 'sha256:code', commit: 'c0ffee',
  };
  await (await bus.records('replays')).create('current', { id: REPLAY });
  const tick: Envelope<'track.ticked'> = { kind: 'track.ticked', id: 't', source: 'test', time: NOW, replay: REPLAY, data: { replay: REPLAY, now: NOW, sequence: 1 } };
  await bus.publish([tick], 'any');
  await objects.put(`bundles/${BUNDLE.slice(7)}/bundle.json`, BUNDLE_TEXT);
}, 400_000);

afterAll(async () => {
  await Promise.all(servers.map((server) => server.stop()));
  await (await startNats()).stop();
  await (await startS3()).stop();
  await rm(home, { recursive: true, force: true, maxRetries: 5 });
});

/** A Python that prints these lines and ends with this code. */
async function python(lines: readonly string[], code: number): Promise<void> {
  const folder = join(home, 'env', 'train', 'bin');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'python'), `#!/bin/sh\necho "$@" >> '${home}/called'\n${lines.map((line) => `echo '${line}'`).join('\n')}\nexit ${code}\n`);
  await chmod(join(folder, 'python'), 0o755);
}
async function begin(ordinal: number): Promise<string> {
  const id = `${REPLAY}-${String(ordinal).padStart(4, '0')}`;
  const run: Run = {
    id, replay: REPLAY, trigger: { kind: 'manual', by: 'test', reason: 'x' }, sabotage: { shuffleLabels: true, ignoreGates: false }, stage: 'training', requestedAt: NOW, champion: 'rule',
    stages: [{ name: 'training', startedAt: '2026-01-01T00:00:00.000Z', endedAt: null, attempts: 1, progress: null, detail: '' }],
    dataset: 'dataset-0123456789abcdef', job: null, mlflowRun: null, modelVersion: null, bundle: null, release: null, gates: [], reason: null, report: null,
  };
  await (await bus.records(BUCKETS.runs)).create(id, z.encode(runSchema, run));
  return id;
}
async function until(id: string, done: (run: Run) => boolean): Promise<Run> {
  for (;;) {
    await pipeline.poll!(context);
    const run = runSchema.parse((await (await bus.records(BUCKETS.runs)).get(id))!.value);
    if (done(run)) return run;
    await sleep(300);
  }
}
async function putRollout(change: Partial<Rollout>): Promise<void> {
  const release = { revision: 'predict-00001', bundle: 'rule', run: null, since: NOW };
  const value = z.encode(rolloutSchema, { replay: REPLAY, production: release, canary: null, previous: null, history: [], ...change });
  const records = await bus.records(BUCKETS.rollout);
  const before = await records.get(REPLAY);
  if (before === null) await records.create(REPLAY, value);
  else await records.update(REPLAY, value, before.revision);
}

describe('training and registration', () => {
  it('takes a run from a Ray job over MLflow to a release, and moves the aliases with production', async () => {
    const experiment = await mlflow.runs.experiment('downline');
    const tracked = await mlflow.runs.create(experiment, { name: 'x', startedAt: Date.now() });
    await python(['{"progress": 0.5, "detail": "half"}', `{"result": {"bundle": "${BUNDLE}", "mlflow_run": "${tracked.id}", "metrics": {}}}`], 0);
    platform.next = () => ({ status: 'succeeded', output: { report: {}, gates: [{ name: 'g', stage: 'evaluating', passed: true, measured: 1, limit: 0, unit: 'u', evidence: 'e' }] } });
    const id = await begin(1);
    const run = await until(id, (one) => one.stage === 'staging' || one.stage === 'failed');
    expect(run).toMatchObject({ stage: 'staging', reason: null, job: `downline-${id}`, mlflowRun: tracked.id, bundle: BUNDLE, modelVersion: '1' });

    const jobs = await createRay(urls.ray).list();
    expect(jobs.filter((job) => job.id === `downline-${id}`)).toMatchObject([{ status: 'SUCCEEDED', metadata: { run: id } }]);
    expect(JSON.stringify(jobs)).not.toContain('topsecret');
    const config = JSON.parse(await readFile(join(home, 'training', `${id}.json`), 'utf8')) as Record<string, unknown>;
    expect(config).toMatchObject({ run: id, dataset: 'dataset-0123456789abcdef', shuffle_labels: true, mlflow: urls.mlflow });
    expect(JSON.stringify(config)).not.toContain('topsecret');
    expect(await mlflow.registry.alias(REGISTERED_MODEL, 'candidate')).toMatchObject({ version: '1', run: tracked.id, tags: { 'downline.bundle': BUNDLE, 'downline.run': id } });

    // Repeated after a crash, nothing is made twice.
    await pipeline.poll!({ ...context });
    expect(await mlflow.registry.versions(REGISTERED_MODEL)).toHaveLength(1);

    expect(await mlflow.registry.alias(REGISTERED_MODEL, 'production')).toBeNull();
    await putRollout({ production: { revision: 'predict-00002', bundle: BUNDLE, run: id, since: NOW } });
    await pipeline.poll!(context);
    expect(await mlflow.registry.alias(REGISTERED_MODEL, 'production')).toMatchObject({ version: '1' });
    await putRollout({});
    await pipeline.poll!(context);
    expect(await mlflow.registry.alias(REGISTERED_MODEL, 'production')).toBeNull();
  }, 300_000);

  it('tries a failed job once more, then fails with what the job said', async () => {
    await python(['{"error": {"code": "TRAINING_FAILED", "message": "no skill in it"}}'], 1);
    const id = await begin(2);
    const run = await until(id, (one) => one.stage === 'failed');
    expect(run.reason).toContain('no skill in it');
    expect((await createRay(urls.ray).list()).filter((job) => job.metadata['run'] === id).map((job) => [job.id, job.status]).sort()).toEqual([[`downline-${id}`, 'FAILED'], [`downline-${id}-2`, 'FAILED']]);
  }, 300_000);

  it('fails on a job that ends well without a result that can be read', async () => {
    await python(['{"result": {"bundle": "sha256:zz", "mlflow_run": ""}}'], 0);
    const id = await begin(3);
    expect((await until(id, (one) => one.stage === 'failed')).reason).toMatch(/^TRAINING_FAILED: job .* without a result/);
  }, 300_000);
});
