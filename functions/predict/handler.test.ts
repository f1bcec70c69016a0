import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Bus } from '../../lib/clients/nats/mod.ts';
import type { Objects } from '../../lib/clients/s3/mod.ts';
import type { AnyEnvelope, Envelope, Leg, PredictionMade, RotationChanged } from '../../lib/events/mod.ts';
import { createHost, type Context, type FunctionDefinition } from '../../lib/host/mod.ts';
import { startNats, startS3 } from '../../lib/host/testing.ts';
import { bundlePrefix, predictByRule, RULE_BUNDLE, SERVING } from '../../lib/model/mod.ts';
import { legOf, messageOf, tinyFiles } from '../../lib/model/testing/tiny.ts';
import { readSettings } from '../../lib/settings/mod.ts';
import { createPredict } from './handler.ts';
import { revisionFrom } from './revision.ts';

const OFF = 22_847_100;
const WIDTH = SERVING.features.length;
const CATEGORIES = SERVING.categories.map(() => 'UA');
const leg = (number: number, off: number, change: Partial<Leg> = {}): Leg => legOf(number, off, { categories: CATEGORIES, ...change }, WIDTH);
const rotation = (tail: string, legs: Leg[], change: Partial<RotationChanged> = {}): RotationChanged => messageOf(legs, { rotation: tail, tail, meaning: SERVING.meaning, ...change });

let production: Bus;
let staging: Bus;
let objects: Objects;
let home: string;
let digest: string;
let vectors: AnyEnvelope[];

beforeAll(async () => {
  const [nats, s3] = await Promise.all([startNats(), startS3()]);
  production = await nats.connect('production');
  staging = await nats.connect('staging');
  objects = s3.objects();
  home = await mkdtemp(join(tmpdir(), 'downline-predict-'));
  const made = tinyFiles(SERVING);
  digest = made.digest;
  for (const [name, bytes] of made.files) await objects.put(`${bundlePrefix(digest)}/${name}`, bytes);
  for (const bus of [production, staging]) await (await bus.records('replays')).create('current', { id: 'r1' });
  vectors = await store(production, [
    rotation('N1', [leg(1, OFF), leg(2, OFF + 300)]),
    rotation('N2', [leg(3, OFF, { status: 'cancelled', features: null, categories: null }), leg(4, OFF + 300)]),
    rotation('flight-2013-06-10.UA.9.EWR.ORD.0600', [leg(9, OFF)], { tail: null }),
  ]);
});
afterAll(async () => {
  await Promise.all([production.close(), staging.close()]);
  await rm(home, { recursive: true, force: true });
});

/** Appends vectors to ROTATIONS, as `track` does, and reads them back with their places. */
async function store(bus: Bus, messages: RotationChanged[]): Promise<AnyEnvelope[]> {
  const { last } = await bus.bounds('ROTATIONS');
  const end = await bus.append('ROTATIONS', messages.map((data, index): Envelope => ({ kind: 'rotation.changed', id: `r1.${last + index}`, source: 'track', time: data.asOf, replay: 'r1', data })), last);
  const stored: AnyEnvelope[] = [];
  for await (const event of bus.read('ROTATIONS', { from: last + 1, to: end })) stored.push(event);
  return stored;
}

async function predictions(bus: Bus, subject = 'prediction.>'): Promise<PredictionMade[]> {
  const found: PredictionMade[] = [];
  for await (const event of bus.read('PREDICTIONS', { from: 1, subjects: [subject] })) if (event.kind === 'prediction.made') found.push(event.data);
  return found;
}

function contextOf(environment: 'production' | 'staging', change: Partial<Context> = {}): Context {
  return {
    settings: readSettings({ DOWNLINE_HOME: home }), log: pino({ level: 'silent' }), environment, bus: environment === 'staging' ? staging : production, objects,
    platform: null, mlflowUrl: () => null, rayUrl: () => null, image: 'sha256:image', commit: 'abc1234', ...change,
  };
}

/** A revision that answers requests. */
async function serve(name: string, bundle: string, environment: 'production' | 'staging' = 'production', change: Partial<Context> = {}) {
  const definition: FunctionDefinition = createPredict(() => ({ name, environment, bundle }));
  const context = contextOf(environment, change);
  const host = createHost(definition, context);
  await host.start();
  const call = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const response = await host.fetch(new Request(`http://predict${path}`, {
      method, headers: { 'content-type': 'application/json', ...headers }, body: body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body),
    }));
    const text = await response.text();
    return { status: response.status, json: (text === '' ? null : JSON.parse(text)) as never };
  };
  return { definition, context, host, call, handle: (events: AnyEnvelope[], tag: 'production' | 'canary' | 'staging') => definition.handle!(context, events, { tag }) };
}

describe('events', () => {
  it('each vector is answered once for a side of the rollout, whatever is delivered twice', async () => {
    const one = await serve('predict-00002', digest);
    await one.handle(vectors, 'production');
    await one.handle([...vectors].reverse(), 'production');
    await one.handle(vectors, 'canary');
    const made = (await predictions(production)).filter((prediction) => prediction.revision === 'predict-00002');
    expect(made.map((prediction) => prediction.role).sort()).toEqual(['production', 'production', 'production', 'shadow', 'shadow', 'shadow']);
    expect(new Set(made.map((prediction) => prediction.receipt)).size).toBe(6);
    const [first] = made;
    expect(first).toMatchObject({ rotation: 'N1', bundle: digest, degraded: null, dataset: 'dataset-1', image: 'sha256:image', commit: 'abc1234', sequence: 42, vectorSequence: vectors[0]!.sequence, source: 'event' });
    const shadow = made.find((prediction) => prediction.role === 'shadow' && prediction.rotation === 'N1');
    expect(shadow!.legs).toEqual(first!.legs);
    expect(made.find((prediction) => prediction.rotation === 'N2')!.legs.map((told) => [told.flight, told.position])).toEqual([[leg(4, 0).flight, 0]]);
    await one.host.stop();
  });

  it('a revision of the rule gives points and is not degraded', async () => {
    const rule = await serve('predict-00001', 'rule');
    await rule.handle(vectors, 'production');
    const [told] = await predictions(production, 'prediction.r1.production.event.N1.*').then((all) => all.filter((one) => one.revision === 'predict-00001'));
    expect(told).toMatchObject({ bundle: RULE_BUNDLE.digest, degraded: null, dataset: null });
    expect(told!.legs).toEqual(predictByRule(vectors[0]!.data as RotationChanged));
    await rule.host.stop();
  });

  it('staging writes to staging alone', async () => {
    const before = await production.bounds('PREDICTIONS');
    const one = await serve('predict-00003', digest, 'staging');
    await one.handle(await store(staging, [rotation('N1', [leg(1, OFF)])]), 'production');
    expect((await predictions(staging)).map((prediction) => prediction.role)).toEqual(['staging']);
    expect(await production.bounds('PREDICTIONS')).toEqual(before);
    await one.host.stop();
  });

  it('an event that lies in no stream is refused for good', async () => {
    const one = await serve('predict-00002', digest);
    const { sequence: _sequence, ...loose } = vectors[0]!;
    await expect(one.handle([loose as AnyEnvelope], 'production')).rejects.toMatchObject({ code: 'EVENT_INVALID', retry: 'never' });
    await one.host.stop();
  });
});

describe('HTTP', () => {
  let one: Awaited<ReturnType<typeof serve>>;
  beforeAll(async () => { one = await serve('predict-00007', digest); });
  afterAll(async () => { await one.host.stop(); });
  const ask = async (body: unknown, headers?: Record<string, string>) => one.call('POST', '/v1/predictions', body, headers);

  it('answers by tail, flight and rotation, alike, and stores before it answers', async () => {
    const byTail = await ask({ tail: 'N1' });
    expect(byTail.status).toBe(200);
    expect(byTail.json).toMatchObject({ role: 'production', source: 'http', revision: 'predict-00007', asOf: '2013-06-09T23:20Z', tail: 'N1', assumed: [] });
    expect(await ask({ flight: leg(2, 0).flight })).toEqual(byTail);
    expect(await ask({ rotation: 'N1' })).toEqual(byTail);
    expect((await predictions(production, 'prediction.r1.production.http.N1.*')).filter((prediction) => prediction.revision === 'predict-00007')).toHaveLength(1);
    expect((await ask({ rotation: 'flight-2013-06-10.UA.9.EWR.ORD.0600' })).json).toMatchObject({ tail: null });
    expect((await ask({ flight: '2013-06-10.UA.9.EWR.ORD.0600' })).status).toBe(200);
    expect((await ask({ tail: 'N1' }, { 'downline-tag': 'canary' })).json).toMatchObject({ role: 'canary' });
  });

  it('takes what-ifs into the chain and the receipt', async () => {
    const plain = (await ask({ tail: 'N1' })).json as PredictionMade;
    const late = (await ask({ tail: 'N1', assume: [{ flight: leg(1, 0).flight, departureDelay: 180 }] })).json as PredictionMade;
    expect(late.receipt).not.toBe(plain.receipt);
    expect(late.assumed).toEqual([{ flight: leg(1, 0).flight, departureDelay: 180 }]);
    expect(late.legs[0]!.departure.mean).toBe(180);
    expect(late.legs[1]!.departure.mean).toBeGreaterThan(plain.legs[1]!.departure.mean);
    expect((await ask({ tail: 'N1', assume: [{ flight: leg(4, 0).flight, departureDelay: 1 }] })).status).toBe(400);
    expect((await ask({ tail: 'N1', assume: Array.from({ length: 2 }, () => ({ flight: leg(1, 0).flight, departureDelay: 1 })) })).status).toBe(400);
  });

  it('many at once get what each would get alone', async () => {
    const assume = (minute: number) => ({ tail: 'N1', assume: [{ flight: leg(1, 0).flight, departureDelay: minute }] });
    const together = await Promise.all(Array.from({ length: 24 }, (_, minute) => ask(assume(minute))));
    expect(together.map((answer) => (answer.json as PredictionMade).legs[0]!.departure.mean)).toEqual(Array.from({ length: 24 }, (_, minute) => minute));
    const fresh = await serve('predict-00007', digest);
    expect((await fresh.call('POST', '/v1/predictions', assume(7))).json).toEqual(together[7]!.json);
    await fresh.host.stop();
  });

  it('a receipt resolves to vector and provenance, and is explained to the bit', async () => {
    for (const body of [{ tail: 'N1' }, { tail: 'N2' }, { tail: 'N1', assume: [{ flight: leg(2, 0).flight, departureDelay: 33 }] }]) {
      const told = (await ask(body)).json as PredictionMade;
      const { status, json } = await one.call('GET', `/v1/receipts/${told.receipt}`);
      expect(status).toBe(200);
      expect(json).toMatchObject({ prediction: told, provenance: { bundle: digest, revision: 'predict-00007', image: 'sha256:image', commit: 'abc1234', dataset: 'dataset-1', sequence: 42 }, vector: { rotation: told.rotation, meaning: SERVING.meaning } });
      expect((await one.call('POST', `/v1/receipts/${told.receipt}/explain`)).json).toMatchObject({ same: true, close: true, differences: [] });
    }
  });

  it("explains another revision's answer with its bundle, and finds a forged one out", async () => {
    const [byRule] = (await predictions(production)).filter((prediction) => prediction.revision === 'predict-00001');
    expect((await one.call('POST', `/v1/receipts/${byRule!.receipt}/explain`)).json).toMatchObject({ same: true });
    const [honest] = (await predictions(production)).filter((prediction) => prediction.revision === 'predict-00002');
    const forged = structuredClone({ ...honest!, receipt: `N1.${'0'.repeat(24)}` });
    forged.legs[0]!.departure.p30 = 0.5;
    await production.publish([{ kind: 'prediction.made', id: 'forged', source: 'x', time: forged.asOf, replay: 'r1', data: forged }], 'new');
    expect((await one.call('POST', `/v1/receipts/${forged.receipt}/explain`)).json).toMatchObject({ same: false, close: false, differences: [{ field: 'departure.p30', told: 0.5 }] });
  });

  it('shows a rotation with its newest prediction, and one that has none', async () => {
    const shown = await one.call('GET', '/v1/rotations/N1');
    expect(shown.json).toMatchObject({ rotation: 'N1', asOf: '2013-06-09T23:20Z', legs: [{ flight: leg(1, 0).flight, rule: { departure: 5 }, prediction: { position: 0 } }, {}] });
    await store(production, [rotation('N77', [leg(70, OFF)])]);
    expect((await one.call('GET', '/v1/rotations/N77')).json).toMatchObject({ receipt: null, legs: [{ prediction: null }] });
  });

  it('follows a flight to the rotation that it is swapped to', async () => {
    const swapped = leg(500, OFF);
    await one.handle(await store(production, [rotation('N500', [swapped])]), 'production');
    expect((await ask({ flight: swapped.flight })).json).toMatchObject({ rotation: 'N500' });
    await one.handle(await store(production, [rotation('N500', []), rotation('N501', [swapped])]), 'production');
    expect((await ask({ flight: swapped.flight })).json).toMatchObject({ rotation: 'N501' });
  });

  it('refuses hostile bodies and ids with a problem, never a 500', async () => {
    const bodies = [
      '', '{', '[]', 'null', '"N1"', '{}', { tail: 5 }, { tail: 'n1; drop' }, { tail: '>' }, { tail: '*' }, { flight: '../../etc' }, { rotation: 'a b' }, { tail: 'N1', flight: leg(1, 0).flight },
      { tail: 'N1', role: 'production' }, { tail: 'N1', assume: {} }, { tail: 'N1', assume: [{ flight: leg(1, 0).flight }] }, { tail: 'N1', assume: [{ flight: leg(1, 0).flight, departureDelay: 1e9 }] },
      `{"tail":"N1","assume":[{"flight":"${leg(1, 0).flight}","departureDelay":1e999}]}`, { tail: 'N1', assume: Array.from({ length: 21 }, () => ({ flight: leg(1, 0).flight, departureDelay: 1 })) },
      `{"__proto__":{"tail":"N1"}}`, `{"tail":"${'N'.repeat(2_000)}"}`,
    ];
    for (const body of bodies) {
      const { status, json } = await ask(body);
      expect([status, json]).toEqual([400, expect.objectContaining({ code: 'BAD_REQUEST' })]);
    }
    expect((await ask(`{"tail":"${'N'.repeat(2_000_000)}"}`)).status).toBe(413);
    expect((await ask({ tail: 'N404' })).json).toMatchObject({ status: 404, code: 'NOT_FOUND' });
    expect((await ask({ flight: '2013-06-10.UA.404.EWR.ORD.0600' })).status).toBe(404);
    for (const id of ['x', '%2A', '%3E', 'N1.*', '..%2f..', 'N1.0123456789abcdef01234567', '%00', encodeURIComponent('N1.é')]) {
      expect((await one.call('GET', `/v1/receipts/${id}`)).json).toMatchObject({ status: 404 });
      expect((await one.call('POST', `/v1/receipts/${id}/explain`)).json).toMatchObject({ status: 404 });
    }
    for (const tail of ['%2A', '%3E', 'a%20b', 'N'.repeat(200)]) expect((await one.call('GET', `/v1/rotations/${tail}`)).status).toBe(400);
    expect((await one.call('GET', '/v1/rotations/N404')).status).toBe(404);
  });

  it('describes itself', () => {
    expect(Object.keys(one.host.openapi().paths ?? {}).sort()).toEqual(['/v1/predictions', '/v1/receipts/{id}', '/v1/receipts/{id}/explain', '/v1/rotations/{tail}']);
  });
});

describe('readiness', () => {
  it('waits for a lake that is away, answering by the rule meanwhile, and is ready once it is back', async () => {
    let away = true;
    const flaky: Objects = { ...objects, get: (key) => (away ? Promise.reject(new Error('lake is away')) : objects.get(key)) };
    const one = await serve('predict-00008', digest, 'production', { objects: flaky, settings: readSettings({ DOWNLINE_HOME: join(home, 'other') }) });
    expect((await one.call('GET', '/health/readiness')).status).toBe(503);
    await one.handle([vectors[0]!], 'production');
    const degraded = (await predictions(production)).find((prediction) => prediction.revision === 'predict-00008');
    expect(degraded).toMatchObject({ degraded: 'no-model', bundle: digest });
    away = false;
    expect((await one.call('GET', '/health/readiness')).status).toBe(200);
    expect((await one.call('POST', `/v1/receipts/${degraded!.receipt}/explain`)).json).toMatchObject({ same: true });
    await one.host.stop();
  });

  it('is never ready with a bundle that is absent', async () => {
    const one = await serve('predict-00009', `sha256:${'0'.repeat(64)}`);
    expect((await one.call('GET', '/health/readiness')).json).toMatchObject({ status: 503, detail: expect.stringContaining('is not in the lake') as string });
    await one.host.stop();
  });

  it('needs to know which revision it is', () => {
    expect(revisionFrom('{"name":"p","environment":"staging","bundle":"rule"}')).toEqual({ name: 'p', environment: 'staging', bundle: 'rule' });
    for (const text of [undefined, '', '{', '[]', '{"name":"p","environment":"x","bundle":"rule"}', '{"name":"p","environment":"staging","bundle":"sha256:0"}', '{"name":"","environment":"staging","bundle":"rule"}']) {
      expect(() => revisionFrom(text)).toThrow(expect.objectContaining({ code: 'SETTING_INVALID' }) as Error);
    }
  });
});
