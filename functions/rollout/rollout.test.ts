import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Bus } from '../../lib/clients/nats/mod.ts';
import type { Objects } from '../../lib/clients/s3/mod.ts';
import { rollout as rolloutSchema, type AnyEnvelope, type Envelope, type LabelResolved, type Rollout, type ScoredPrediction } from '../../lib/events/mod.ts';
import { sampleOutcome } from '../../lib/events/testing/samples.ts';
import { createHost, type Context, type Host } from '../../lib/host/mod.ts';
import { startNats, startS3 } from '../../lib/host/testing.ts';
import { BUCKETS, CANARY_MARGINS, closesAt, type CanaryRequest } from '../../lib/pipeline/mod.ts';
import { MemoryPlatform } from '../../lib/platform/testing.ts';
import { readSettings } from '../../lib/settings/mod.ts';
import rollout from './handler.ts';

const BUNDLE = `sha256:${'a'.repeat(64)}`;
const FIRST = Date.parse('2013-06-10T00:00Z') / 60_000;
const dayOf = (index: number): string => new Date((FIRST + index * 1440) * 60_000).toISOString().slice(0, 10);
const PAIRS = 40;

let bus: Bus;
let objects: Objects;
let count = 0;
let replay: string;
let platform: MemoryPlatform;
let context: Context;
let host: Host;

const makeContext = (): Context => ({
  settings: { ...readSettings({}), port: 0 }, log: pino({ level: 'silent' }), environment: 'production', bus, objects, platform,
  mlflowUrl: () => null, rayUrl: () => null, image: 'sha256:x', commit: 'c',
});
async function open(): Promise<void> {
  context = makeContext();
  host = createHost(rollout, context);
  await host.start();
}
/** As after `kill -9`: nothing is told to stop, a new process begins. */
const crash = open;

beforeAll(async () => {
  bus = await (await startNats()).connect();
  objects = (await startS3()).objects();
});
afterAll(async () => {
  await (await startNats()).stop();
  await (await startS3()).stop();
});
beforeEach(async () => {
  replay = `r${(count += 1)}`;
  platform = new MemoryPlatform();
  const records = await bus.records('replays');
  const before = await records.get('current');
  if (before === null) await records.create('current', { id: replay });
  else await records.update('current', { id: replay }, before.revision);
  await open();
  await tick(FIRST + 33 * 60);
  await rollout.poll!(context);
});

const scored = (role: 'production' | 'shadow', revision: string, pinball: number, asOf: number): ScoredPrediction => ({
  checkpoint: '120', receipt: `x.${role}`, role, revision, bundle: BUNDLE, asOf, lead: 130, position: 1, degraded: false,
  p30: 0.1, cancellation: 0, quantiles: Array.from({ length: 19 }, () => 0), pinball, rulePinball: pinball,
});
function label(index: number, flight: number, losses: { production: number; canary: number }, revisions: { production: string; canary: string }): Envelope<'label.resolved'> {
  const resolvedAt = closesAt(dayOf(index)) - 60;
  const data: LabelResolved = {
    ...sampleOutcome(), replay, flight: `${dayOf(index)}.UA.${flight}.EWR.ORD.0515`, day: dayOf(index), departureDelay: 5, resolvedAt,
    predictions: [scored('production', revisions.production, losses.production, 1), scored('shadow', revisions.canary, losses.canary, 1), scored('shadow', revisions.canary, 999, 2)],
  };
  return { kind: 'label.resolved', id: `${replay}.label.${data.flight}`, source: 'test', time: resolvedAt, replay, data };
}
async function store(events: readonly Envelope<'label.resolved' | 'track.ticked'>[]): Promise<AnyEnvelope[]> {
  const stored = await bus.publish(events, 'any');
  const stream = events[0]!.kind === 'track.ticked' ? 'ROTATIONS' as const : 'OUTCOMES' as const;
  return events.map((event, index) => ({ ...event, stream, sequence: stored[index]!.sequence }) as AnyEnvelope);
}
const tickAt = (now: number): Envelope<'track.ticked'> => ({ kind: 'track.ticked', id: `${replay}.${now}`, source: 'test', time: now, replay, data: { replay, now, sequence: 1 } });
async function tick(now: number): Promise<void> {
  await rollout.handle!(context, await store([tickAt(now)]), { tag: 'production' });
}
/** One operating day is lived: its labels, then the tick that closes it. */
async function live(index: number, losses: { production: number; canary: number }, revisions = { production: 'predict-00001', canary: 'predict-00002' }): Promise<void> {
  const labels = await store(Array.from({ length: PAIRS }, (_, flight) => label(index, flight, losses, revisions)));
  await rollout.handle!(context, labels, { tag: 'production' });
  await tick(closesAt(dayOf(index)));
}
async function ask(change: Partial<CanaryRequest> = {}): Promise<void> {
  const records = await bus.records(BUCKETS.canaries);
  const value: CanaryRequest = { run: `${replay}-0001`, bundle: BUNDLE, margin: CANARY_MARGINS.first, wanted: 'canary', reason: 'passed', ...change };
  const before = await records.get(replay);
  if (before === null) await records.create(replay, value);
  else await records.update(replay, value, before.revision);
  await rollout.poll!(context);
}
async function record(): Promise<Rollout> {
  const found = await (await bus.records(BUCKETS.rollout)).get(replay);
  return rolloutSchema.parse(found!.value);
}
const http = (path: string, body?: unknown): Promise<Response> => host.fetch(new Request(`http://localhost${path}`, body === undefined ? {} : { method: 'POST', headers: { 'content-type': 'application/json' }, body: typeof body === 'string' ? body : JSON.stringify(body) }));

describe('rollout', () => {
  it('serves the rule first, and answers for it', async () => {
    expect(platform.targets).toEqual([{ revision: 'predict-00001', percent: 100, tag: 'production' }]);
    const answer = await http('/v1/rollout');
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ replay, production: { revision: 'predict-00001', bundle: 'rule', run: null }, canary: null, traffic: [{ percent: 100 }], judge: null });
  });

  it('begins a canary once, however often it is asked, splits the traffic, and promotes what is better', async () => {
    await ask();
    await ask();
    expect(platform.targets.map((one) => [one.tag, one.percent])).toEqual([['production', 90], ['canary', 10]]);
    expect((await record()).history.map((one) => one.change)).toEqual(['started', 'canary']);
    for (let day = 2; day < 16 && (await record()).canary !== null; day += 1) await live(day, { production: 7, canary: 4.5 });
    const after = await record();
    expect(after.production).toMatchObject({ revision: 'predict-00002', bundle: BUNDLE, run: `${replay}-0001` });
    expect(after.previous).toMatchObject({ revision: 'predict-00001', bundle: 'rule' });
    expect(after.history.at(-1)).toMatchObject({ change: 'promoted', at: after.production.since });
    expect(after.production.since % 1440).toBe(9 * 60);
    expect(platform.targets.map((one) => [one.tag, one.revision, one.percent])).toEqual([['production', 'predict-00002', 100], ['previous', 'predict-00001', 0]]);
    await ask();
    expect((await record()).canary).toBeNull();
  });

  it('rolls back what is worse, and nobody but a tenth of HTTP saw it', async () => {
    await ask();
    for (let day = 2; day < 16 && (await record()).canary !== null; day += 1) await live(day, { production: 5, canary: 9 });
    const after = await record();
    expect(after.production.bundle).toBe('rule');
    expect(after.history.at(-1)).toMatchObject({ change: 'rolled-back', bundle: BUNDLE, reason: expect.stringContaining('worse') as string });
    expect(platform.revisions.has('predict-00002')).toBe(false);
    expect(platform.traffics.flat().filter((one) => one.revision === 'predict-00002').every((one) => one.percent <= 10 && one.tag === 'canary')).toBe(true);
  });

  it('comes to the same record with a crash after every event, duplicates, and labels after the tick', async () => {
    const span = async (disturb: boolean): Promise<Rollout> => {
      await ask();
      for (let day = 2; day < 12; day += 1) {
        const labels = await store(Array.from({ length: PAIRS }, (_, flight) => label(day, flight, { production: 7, canary: 4.4 + (day % 3) / 10 }, { production: 'predict-00001', canary: 'predict-00002' })));
        const close = await store([tickAt(closesAt(dayOf(day)))]);
        if (!disturb) {
          await rollout.handle!(context, labels, { tag: 'production' });
          await rollout.handle!(context, close, { tag: 'production' });
          continue;
        }
        await rollout.handle!(context, labels.slice(0, 10), { tag: 'production' });
        if (day % 2 === 0) await crash();
        await rollout.handle!(context, close, { tag: 'production' });
        await rollout.handle!(context, labels, { tag: 'production' });
        if (day % 3 === 0) await crash();
        await rollout.handle!(context, close, { tag: 'production' });
        await rollout.poll!(context);
      }
      return record();
    };
    const neutral = ({ replay: _replay, ...rest }: Rollout) => JSON.parse(JSON.stringify(rest).replaceAll(replay, 'r')) as unknown;
    const undisturbed = neutral(await span(false));
    replay = `r${(count += 1)}`;
    platform = new MemoryPlatform();
    const records = await bus.records('replays');
    await records.update('current', { id: replay }, (await records.get('current'))!.revision);
    await open();
    await tick(FIRST + 33 * 60);
    await rollout.poll!(context);
    expect(undisturbed).toMatchObject({ production: { revision: 'predict-00002' }, canary: null });
    expect(neutral(await span(true))).toEqual(undisturbed);
  });

  it('makes the platform follow after a crash between the record and the platform', async () => {
    await ask();
    platform = new MemoryPlatform();
    await crash();
    await rollout.poll!(context);
    expect(platform.targets.map((one) => [one.tag, one.revision, one.percent])).toEqual([['production', 'predict-00001', 90], ['canary', 'predict-00002', 10]]);
  });

  it('drops a canary that does not start, fails, or is withdrawn; production never moves', async () => {
    platform.broken.add(BUNDLE);
    await ask();
    expect((await record()).history.at(-1)).toMatchObject({ change: 'rolled-back', reason: expect.stringContaining('did not become ready') as string });
    const second = `sha256:${'b'.repeat(64)}`;
    await ask({ bundle: second });
    const name = (await record()).canary!.revision;
    expect(name).toBe('predict-00003');
    platform.revisions.set(name, { ...platform.revisions.get(name)!, requests: 40, errors: 20 });
    await rollout.poll!(context);
    expect((await record()).history.at(-1)).toMatchObject({ change: 'rolled-back', reason: 'operational fault: 20 of 40 requests failed (production: 0 of 0)' });
    const third = `sha256:${'c'.repeat(64)}`;
    await ask({ bundle: third });
    await ask({ bundle: third, wanted: 'withdrawn', reason: 'cancelled' });
    const after = await record();
    expect(after.canary).toBeNull();
    expect(after.production.revision).toBe('predict-00001');
    expect(platform.targets).toEqual([{ revision: 'predict-00001', percent: 100, tag: 'production' }]);
  });

  it('rolls back by hand, and asking again changes nothing', async () => {
    expect((await http('/v1/rollout/rollback', { reason: 'x' })).status).toBe(409);
    await ask();
    for (let day = 2; day < 16 && (await record()).canary !== null; day += 1) await live(day, { production: 7, canary: 4.5 });
    const first = await http('/v1/rollout/rollback', { reason: 'smells', revision: 'predict-00002' });
    expect(first.status).toBe(200);
    expect(await first.json()).toMatchObject({ production: { revision: 'predict-00001', bundle: 'rule' }, previous: null });
    expect(platform.targets).toEqual([{ revision: 'predict-00001', percent: 100, tag: 'production' }]);
    const history = (await record()).history.length;
    for (const body of [{ reason: 'smells' }, { reason: 'smells', revision: 'predict-00002' }]) expect((await http('/v1/rollout/rollback', body)).status).toBe(200);
    expect((await record()).history).toHaveLength(history);
    await rollout.poll!(context);
    expect((await record()).production.revision).toBe('predict-00001');
  });

  it.each([
    ['no JSON', '{"reason": ', 400], ['no reason', {}, 400], ['a reason without end', { reason: 'x'.repeat(5000) }, 400],
    ['more than is known', { reason: 'x', force: true }, 400], ['an array', [], 400], ['a revision that is not there', { reason: 'x', revision: '../../etc' }, 409],
  ])('refuses a rollback with %s', async (_name, body, status) => {
    const answer = await http('/v1/rollout/rollback', body);
    expect(answer.status).toBe(status);
    expect(z.object({ code: z.string() }).parse(await answer.json()).code).toMatch(/^[A-Z_]+$/);
  });

  it('says that a damaged record is damaged, and touches nothing', async () => {
    const records = await bus.records(BUCKETS.rollout);
    const before = await records.get(replay);
    await records.update(replay, { production: 7 }, before!.revision);
    await rollout.poll!(context).catch(() => undefined);
    expect((await http('/v1/rollout')).status).toBe(500);
    expect(platform.targets).toEqual([{ revision: 'predict-00001', percent: 100, tag: 'production' }]);
  });
});
