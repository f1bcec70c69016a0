import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Bus } from '../../lib/clients/nats/mod.ts';
import type { Objects } from '../../lib/clients/s3/mod.ts';
import { run as runSchema, type AnyEnvelope, type Envelope, type Run, type Stage } from '../../lib/events/mod.ts';
import { sampleOutcome } from '../../lib/events/testing/samples.ts';
import { createHost, type Context, type Host } from '../../lib/host/mod.ts';
import { startNats, startS3 } from '../../lib/host/testing.ts';
import { digestOf } from '../../lib/events/mod.ts';
import { BUCKETS } from '../../lib/pipeline/mod.ts';
import type { JobState } from '../../lib/platform/mod.ts';
import { MemoryPlatform } from '../../lib/platform/testing.ts';
import { readSettings } from '../../lib/settings/mod.ts';
import pipeline from './handler.ts';

const DAY = 1440;
const FIRST = Date.parse('2013-06-10T00:00Z') / 60_000;
const TEN = FIRST + DAY + 10 * 60;

let bus: Bus;
let objects: Objects;
let home: string;
let count = 0;
let replay: string;
let platform: MemoryPlatform;
let context: Context;
let host: Host;

const makeContext = (): Context => ({
  settings: { ...readSettings({}), home }, log: pino({ level: 'silent' }), environment: 'production', bus, objects, platform,
  mlflowUrl: () => null, rayUrl: () => null, image: 'sha256:code', commit: 'c0ffee',
});

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'downline-pipeline-'));
  bus = await (await startNats()).connect();
  objects = (await startS3()).objects();
});
afterAll(async () => {
  await (await startNats()).stop();
  await (await startS3()).stop();
  await rm(home, { recursive: true, force: true });
});
beforeEach(async () => {
  replay = `p${(count += 1)}`;
  platform = new MemoryPlatform();
  context = makeContext();
  host = createHost(pipeline, context);
  await host.start();
  const records = await bus.records('replays');
  const before = await records.get('current');
  if (before === null) await records.create('current', { id: replay });
  else await records.update('current', { id: replay }, before.revision);
});

async function label(day = '2013-06-10', resolvedAt = TEN - 90): Promise<void> {
  const data = { ...sampleOutcome(), replay, day, resolvedAt, predictions: [] };
  await bus.publish([{ kind: 'label.resolved', id: `${replay}.label`, source: 'test', time: resolvedAt, replay, data }], 'any');
}
async function tick(now: number): Promise<AnyEnvelope[]> {
  const event: Envelope<'track.ticked'> = { kind: 'track.ticked', id: `${replay}.${now}`, source: 'test', time: now, replay, data: { replay, now, sequence: 1 } };
  const [stored] = await bus.publish([event], 'any');
  const events = [{ ...event, stream: 'ROTATIONS', sequence: stored!.sequence } as AnyEnvelope];
  await pipeline.handle!(context, events, { tag: 'production' });
  return events;
}
const poll = (): Promise<void> => pipeline.poll!(context);
async function records(): Promise<Run[]> {
  const bucket = await bus.records(BUCKETS.runs);
  const keys = (await bucket.keys()).filter((key) => key.startsWith(`${replay}-`)).sort();
  return Promise.all(keys.map(async (key) => runSchema.parse((await bucket.get(key))!.value)));
}
async function only(): Promise<Run> {
  const runs = await records();
  expect(runs).toHaveLength(1);
  return runs[0]!;
}
/** Puts a run into a stage, as an earlier process has left it. */
async function leaveAt(stage: Stage, change: Partial<Run> = {}): Promise<void> {
  const at = '2026-01-01T00:00:00.000Z';
  const run: Run = {
    id: `${replay}-0001`, replay, trigger: { kind: 'manual', by: 'test', reason: 'x' }, sabotage: { shuffleLabels: false, ignoreGates: false },
    stage, requestedAt: TEN, champion: 'rule', stages: [{ name: stage, startedAt: at, endedAt: null, attempts: 1, progress: null, detail: '' }],
    dataset: 'dataset-0123456789abcdef', job: null, mlflowRun: 'm', modelVersion: '1', bundle: `sha256:${'a'.repeat(64)}`, release: null, gates: [], reason: null, report: null, ...change,
  };
  await (await bus.records(BUCKETS.runs)).create(run.id, z.encode(runSchema, run));
}
const http = (path: string, body?: unknown): Promise<Response> => host.fetch(new Request(`http://localhost${path}`, body === undefined ? {} : { method: 'POST', headers: { 'content-type': 'application/json' }, body: typeof body === 'string' ? body : JSON.stringify(body) }));

describe('when a run starts', () => {
  it('at 10:00Z of the day after the first labelled one, once, however often the tick comes', async () => {
    await tick(TEN - DAY);
    await label();
    await tick(TEN - 15);
    expect(await records()).toEqual([]);
    const events = await tick(TEN);
    await pipeline.handle!(context, events, { tag: 'production' });
    expect(await only()).toMatchObject({ id: `${replay}-0001`, requestedAt: TEN, champion: 'rule', trigger: { kind: 'condition' } });
  });

  it('not on labels of the same instant: they may not be stored yet at another speed', async () => {
    await label('2013-06-10', TEN);
    await tick(TEN);
    expect(await records()).toEqual([]);
  });

  it('by HTTP, and not beside an active one', async () => {
    await tick(TEN);
    const first = await http('/v1/runs', { reason: 'try' });
    expect(first.status).toBe(202);
    const second = await http('/v1/runs', {});
    expect([second.status, ((await second.json()) as { code: string }).code]).toEqual([409, 'RUN_ACTIVE']);
    const [a, b] = await Promise.all([http('/v1/runs', {}), http('/v1/runs', {})]);
    expect([a.status, b.status]).toEqual([409, 409]);
    expect((await only()).trigger).toMatchObject({ kind: 'manual', reason: 'try' });
    expect(((await (await http('/v1/runs')).json()) as { runs: unknown[] }).runs).toHaveLength(1);
    expect((await http(`/v1/runs/${replay}-0001`)).status).toBe(200);
  });

  it('only one of two that are asked for at the same moment', async () => {
    await tick(TEN);
    const answers = await Promise.all(Array.from({ length: 4 }, () => http('/v1/runs', {})));
    expect(answers.map((answer) => answer.status).sort()).toEqual([202, 409, 409, 409]);
    await only();
  });

  it.each([
    ['no JSON', '{"reason"', 400], ['an array', [1], 400], ['a wrong type', { shuffleLabels: 'yes' }, 400], ['more than is known', { $where: 1 }, 400],
    ['an endless reason', { reason: 'x'.repeat(10_000) }, 400], ['two megabytes', 'x'.repeat(2_000_000), 413],
  ])('refuses %s', async (_name, body, status) => {
    await tick(TEN);
    expect((await http('/v1/runs', body)).status).toBe(status);
    expect(await records()).toEqual([]);
  });

  it('answers 404 and 400 for runs that are none', async () => {
    expect((await http('/v1/runs/none-0001')).status).toBe(404);
    expect((await http('/v1/runs/..%2F..%2Fetc')).status).toBe(400);
    expect((await http(`/v1/runs/${'x'.repeat(500)}`)).status).toBe(400);
  });
});

describe('stages that are jobs', () => {
  const after = async (states: JobState[], polls: number): Promise<Run> => {
    await tick(TEN);
    let next = 0;
    platform.next = () => states[Math.min(next++, states.length - 1)]!;
    await leaveAt('dataset', { dataset: null });
    for (let index = 0; index < polls; index += 1) await poll();
    return only();
  };
  const failed = (reason: string): JobState => ({ status: 'failed', reason });
  const done: JobState = { status: 'succeeded', output: { version: 'dataset-0123456789abcdef', more: 1 } };

  it('tells progress, and goes on with the output', async () => {
    const run = await after([{ status: 'running', progress: 0.4, detail: 'reducing' }], 2);
    expect(run.stages.at(-1)).toMatchObject({ name: 'dataset', progress: 0.4, detail: 'reducing', attempts: 1 });
    platform.jobs.set(`${replay}-0001-dataset`, done);
    await poll();
    expect(await only()).toMatchObject({ stage: 'training', dataset: 'dataset-0123456789abcdef', stages: [{ name: 'dataset', progress: 1 }, { name: 'training', detail: expect.stringContaining('waits for Ray') as string }] });
    expect(platform.started[0]).toMatchObject({ name: `${replay}-0001-dataset`, function: 'dataset', input: { run: `${replay}-0001`, replay, asOf: TEN, rows: 90_000, shuffleLabels: false } });
  });

  it('starts an interrupted job again under its name, a failed one once more under another', async () => {
    await after([failed('the job was interrupted: killed'), done], 4);
    expect(platform.started.map((spec) => spec.name)).toEqual([`${replay}-0001-dataset`, `${replay}-0001-dataset`]);
    expect((await only()).stage).toBe('training');
  });

  it('fails the run with the reason of the second failure', async () => {
    const run = await after([failed('no room'), failed('still no room')], 4);
    expect(platform.started.map((spec) => spec.name)).toEqual([`${replay}-0001-dataset`, `${replay}-0001-dataset-2`]);
    expect(run).toMatchObject({ stage: 'failed', reason: `job ${replay}-0001-dataset-2: still no room` });
  });

  it.each([null, 7, { version: '' }, { version: ['x'] }, 'x'.repeat(100_000)])('fails the run on an output that is none: %j', async (output) => {
    expect(await after([{ status: 'succeeded', output }], 3)).toMatchObject({ stage: 'failed', reason: expect.stringContaining('DATASET_INVALID') as string });
  });

  it('rejects a candidate on its gates, and says which', async () => {
    await tick(TEN);
    platform.next = () => ({ status: 'succeeded', output: { report: { a: 1 }, gates: [{ name: 'beats-rule', stage: 'evaluating', passed: false, measured: 0.2, limit: 0, unit: 'minutes', evidence: 'e' }] } });
    await leaveAt('evaluating');
    await poll();
    await poll();
    expect(await only()).toMatchObject({ stage: 'rejected', reason: 'beats-rule: 0.2000 minutes, limit 0 (e)', report: { a: 1 } });
  });
});

describe('durability', () => {
  it('two pipelines at once do each step once', async () => {
    await tick(TEN);
    await leaveAt('dataset', { dataset: null });
    const contexts = [context, makeContext(), makeContext()];
    platform.next = () => ({ status: 'succeeded', output: { version: 'dataset-0123456789abcdef' } });
    for (let round = 0; round < 3; round += 1) await Promise.all(contexts.map((one) => pipeline.poll!(one)));
    const run = await only();
    expect(run.stages.map((stage) => stage.name)).toEqual(['dataset', 'training']);
  });

  it('packages a release under its digest; what is damaged fails the run', async () => {
    await tick(TEN);
    const text = '{"a": "bundle"}';
    const bundle = digestOf(text);
    await objects.put(`bundles/${bundle.slice(7)}/bundle.json`, text);
    await leaveAt('packaging', { bundle });
    await poll();
    const run = await only();
    expect(run.stage).toBe('staging');
    const release = await objects.get(`releases/${run.release!.slice(7)}.json`);
    expect(digestOf(release)).toBe(run.release);
    expect(JSON.parse(new TextDecoder().decode(release))).toMatchObject({ images: { predict: 'sha256:code' }, bundle, commit: 'c0ffee' });

    replay = `p${(count += 1)}`;
    const pointer = await bus.records('replays');
    await pointer.update('current', { id: replay }, (await pointer.get('current'))!.revision);
    await tick(TEN);
    const other = `sha256:${'d'.repeat(64)}`;
    await objects.put(`bundles/${'d'.repeat(64)}/bundle.json`, text);
    await leaveAt('packaging', { bundle: other });
    await poll();
    expect(await only()).toMatchObject({ stage: 'failed', reason: expect.stringContaining('BUNDLE_INVALID') as string });
  });

  it('cancels once, withdraws the canary, and stays ended', async () => {
    await tick(TEN);
    await leaveAt('canary');
    const id = `${replay}-0001`;
    expect(await (await http(`/v1/runs/${id}/cancel`, { reason: 'enough' })).json()).toMatchObject({ stage: 'failed', reason: 'cancelled: enough' });
    expect((await (await bus.records(BUCKETS.canaries)).get(replay))!.value).toMatchObject({ run: id, wanted: 'withdrawn' });
    const before = await only();
    expect((await http(`/v1/runs/${id}/cancel`, {})).status).toBe(200);
    await poll();
    expect(await only()).toEqual(before);
    expect((await http('/v1/runs', {})).status).toBe(202);
    expect((await records()).map((run) => run.id)).toEqual([id, `${replay}-0002`]);
  });

  it('a damaged record is told as such, and stops nothing else', async () => {
    await (await bus.records(BUCKETS.runs)).create(`${replay}-0001`, { stage: 7 });
    await tick(TEN).catch(() => undefined);
    await poll();
    expect((await http(`/v1/runs/${replay}-0001`)).status).toBe(500);
    expect((await http('/health/liveness')).status).toBe(200);
  });
});
