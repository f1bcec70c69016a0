import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Bus, DeadLetter } from '../clients/nats/mod.ts';
import { DownlineError } from '../errors/mod.ts';
import type { AnyEnvelope } from '../events/mod.ts';
import { createHost, createRelay, type Context, type FunctionDefinition, type Relay } from './mod.ts';
import { startNats, type NatsServer } from './testing.ts';

let nats: NatsServer;
let bus: Bus;
const log = pino({ level: 'silent' });
const context = { log, environment: 'production', image: 'sha256:0' } as unknown as Context;

beforeAll(async () => {
  nats = await startNats();
  bus = await nats.connect();
});
afterAll(() => nats.stop());

const append = async (replay: string, from: number, count: number, on: Bus = bus): Promise<void> => {
  const { last } = await on.bounds('OPS');
  await on.append('OPS', Array.from({ length: count }, (_, index) => ({ kind: 'clock.ticked', id: `${replay}.${from + index}`, source: '/test', time: from + index, replay, data: { now: from + index } })), last);
};
const hosted = async (handle: NonNullable<FunctionDefinition['handle']>): Promise<(request: Request) => Promise<Response>> => {
  const host = createHost({ name: 'test', handle }, context);
  await host.start();
  return (request) => host.fetch(request);
};
const until = async (condition: () => boolean | Promise<boolean>): Promise<void> => {
  for (const end = Date.now() + 60_000; !await condition();) {
    if (Date.now() > end) throw new Error('it did not come about');
    await new Promise((done) => setTimeout(done, 10));
  }
};
const relayOf = (name: string, replay: string, sink: (request: Request) => Promise<Response>, more: Partial<Parameters<typeof createRelay>[0]> = {}): Relay =>
  createRelay({ bus, name, trigger: { stream: 'OPS', subjects: [`ops.${replay}.>`] }, sink, log, maxDelayMs: 100, ...more });
const lettersOf = async (consumer: string, from: Bus = bus): Promise<DeadLetter[]> => {
  const found: DeadLetter[] = [];
  for await (const letter of from.letters()) if (letter.consumer === consumer) found.push(letter);
  return found.sort((a, b) => a.sequence - b.sequence);
};

describe('a relay', () => {
  it('brings everything once, in order, with its place and tag, and lets the bus settle', async () => {
    const got: AnyEnvelope[] = [];
    const tags = new Set<string>();
    await append('plain', 0, 700);
    const relay = relayOf('plain', 'plain', await hosted((_context, events, { tag }) => {
      got.push(...events);
      tags.add(tag);
      return Promise.resolve();
    }), { tag: 'canary', batch: 100 });
    await relay.start();
    await until(() => got.length === 700);
    await append('plain', 700, 50);
    await bus.settled(30_000);
    expect(got.map(({ time }) => time)).toEqual(Array.from({ length: 750 }, (_, index) => index));
    expect(got[0]).toMatchObject({ stream: 'OPS', kind: 'clock.ticked' });
    expect([...tags]).toEqual(['canary']);
    expect(relay.health()).toMatchObject({ delivered: 750, buried: 0, attempts: 0 });
    expect((await bus.consumers()).find(({ name }) => name === 'plain-OPS')).toMatchObject({ stream: 'OPS', pending: 0, ackPending: 0, acked: got.at(-1)?.sequence });
    await relay.stop();
    expect(relay.health().state).toBe('stopped');
  });

  it('goes on where it was stopped, and a new one from what is new if asked', async () => {
    const [first, second, late]: number[][] = [[], [], []];
    const collect = (into: number[] | undefined) => hosted((_context, events) => { into?.push(...events.map(({ time }) => time)); return Promise.resolve(); });
    const one = relayOf('again', 'again', await collect(first));
    await one.start();
    await append('again', 0, 10);
    await until(() => first?.length === 10);
    await one.stop();
    await append('again', 10, 10);
    const two = relayOf('again', 'again', await collect(second));
    const fromNow = relayOf('again-late', 'again', await collect(late), { begin: 'new' });
    await two.start();
    await fromNow.start();
    await append('again', 20, 5);
    await bus.settled(30_000);
    expect(second).toEqual(Array.from({ length: 15 }, (_, index) => index + 10));
    expect(late).toEqual([20, 21, 22, 23, 24]);
    await Promise.all([two.stop(), fromNow.stop()]);
    await bus.forget('OPS', 'again-late-OPS');
    await bus.forget('OPS', 'again-late-OPS');
    expect((await bus.consumers()).some(({ name }) => name === 'again-late-OPS')).toBe(false);
  });

  it('finds what is at fault, buries it with its reason, and passes nothing else over', async () => {
    const got: number[] = [];
    const encoder = new TextEncoder();
    await append('poison', 0, 20);
    await bus.publishRaw('ops.poison.clock.ticked', {}, encoder.encode('{"now":1}'));
    await bus.publishRaw('ops.poison.clock.ticked', { 'ce-id': 'x', 'ce-replay': 'poison' }, encoder.encode('1},{"id":"smuggled"'));
    await bus.publishRaw('ops.poison.clock.ticked', { 'ce-specversion': '1.0', 'ce-id': 'x', 'ce-source': '/', 'ce-type': 'downline.__proto__.v1', 'ce-time': '2013-06-10T12:30Z', 'ce-replay': 'poison', 'ce-sequence': '1' }, encoder.encode('null'));
    await bus.publishRaw('ops.poison.clock.ticked', { 'ce-id': 'x'.repeat(2000) }, Uint8Array.of(0xff));
    await append('poison', 20, 20);
    // The function does not say which event it is: the relay has to find it.
    const relay = relayOf('poison', 'poison', await hosted((_context, events) => {
      if (events.some(({ time }) => time === 7 || time === 33)) return Promise.reject(new DownlineError('EVENT_INVALID', 'a seven'));
      got.push(...events.map(({ time }) => time));
      return Promise.resolve();
    }));
    await relay.start();
    await until(() => relay.health().buried === 6 && got.at(-1) === 39);
    await bus.settled(30_000);
    expect(got).toEqual(Array.from({ length: 40 }, (_, index) => index).filter((time) => time !== 7 && time !== 33));
    const letters = await lettersOf('poison-OPS');
    expect(letters.map(({ code }) => code)).toEqual(['EVENT_INVALID', 'EVENT_INVALID', 'EVENT_INVALID', 'EVENT_UNKNOWN', 'EVENT_INVALID', 'EVENT_INVALID']);
    expect(letters[0]).toMatchObject({ replay: 'poison', subject: 'ops.poison.clock.ticked', reason: '422 a seven' });
    expect(Buffer.from(letters[2]?.body ?? '', 'base64').toString()).toBe('1},{"id":"smuggled"');
    await relay.stop();
  });

  it('brings the same batch again while the function cannot, whatever it answers', async () => {
    const answers: (() => Response | Promise<Response>)[] = [
      () => new Response('busy', { status: 429 }), () => new Response(null, { status: 500 }), () => new Response('<html>', { status: 404 }), () => new Response('{}', { status: 401 }),
      () => { throw new TypeError('fetch failed'); }, () => Promise.reject(new Error('reset')), () => new Response('{"code":"CONFLICT"}', { status: 409 }),
      () => new Response('x'.repeat(100_000), { status: 503 }),
    ];
    const bodies: string[] = [];
    const relay = relayOf('again-and-again', 'busy', async (request) => {
      bodies.push(await request.text());
      return answers.shift()?.() ?? new Response(null, { status: 204 });
    });
    await append('busy', 0, 1);
    await relay.start();
    await until(() => relay.health().attempts >= 3);
    expect(relay.health()).toMatchObject({ state: 'retrying' });
    await until(() => relay.health().delivered === 1);
    expect(bodies).toHaveLength(9);
    expect(new Set(bodies).size).toBe(1);
    expect(relay.health()).toMatchObject({ buried: 0, attempts: 0, reason: null });
    await relay.stop();
  });

  it('ends while the function fails, and loses nothing', async () => {
    await append('stopped', 0, 3);
    const failing = relayOf('stopped', 'stopped', () => Promise.resolve(new Response(null, { status: 500 })));
    await failing.start();
    await until(() => failing.health().attempts > 0);
    await failing.stop();
    const got: number[] = [];
    const working = relayOf('stopped', 'stopped', await hosted((_context, events) => { got.push(...events.map(({ time }) => time)); return Promise.resolve(); }));
    await working.start();
    await bus.settled(30_000);
    expect(got).toEqual([0, 1, 2]);
    await working.stop();
  });

  it('cuts batches to what a host takes, and buries what is too large alone', async () => {
    const sizes: number[] = [];
    const big = (size: number): Uint8Array => new TextEncoder().encode(JSON.stringify({ now: '2013-06-10T12:30Z', pad: 'x'.repeat(size) }));
    const headers = (id: number): Record<string, string> => ({ 'ce-specversion': '1.0', 'ce-id': `${id}`, 'ce-source': '/', 'ce-type': 'downline.clock.ticked.v1', 'ce-time': '2013-06-10T12:30Z', 'ce-replay': 'big' });
    const small = await nats.connect();
    for (let id = 0; id < 6; id += 1) await small.publishRaw('ops.big.clock.ticked', headers(id), big(id === 3 ? 1_100_000 : 300_000));
    const relay = relayOf('big', 'big', await hosted((_context, events) => { sizes.push(events.length); return Promise.resolve(); }));
    await relay.start();
    await bus.settled(30_000);
    expect(sizes.reduce((sum, one) => sum + one, 0)).toBe(5);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(3);
    expect(await lettersOf('big-OPS')).toMatchObject([{ code: 'TOO_LARGE' }]);
    await relay.stop();
  });
});

it('nothing is lost, doubled in effect or out of order when NATS is killed in the middle', async () => {
  const own = await startNats({ fresh: true });
  const other = await own.connect();
  const got: number[] = [];
  const applied: number[] = [];
  const relay = createRelay({
    bus: other, name: 'killed', trigger: { stream: 'OPS', subjects: ['ops.k.>'] }, log, maxDelayMs: 100, batch: 50,
    sink: await hosted(async (_context, events) => {
      await new Promise((done) => setTimeout(done, 1));
      for (const { time, sequence = 0 } of events) {
        got.push(time);
        if (sequence > applied.length) applied.push(time);
      }
    }),
  });
  await append('k', 0, 2000, other);
  await relay.start();
  const watched: number[] = [];
  const end = new AbortController();
  const watching = (async () => {
    for await (const { time } of other.follow('OPS', { subjects: ['ops.k.>'], from: 1, signal: end.signal })) watched.push(time);
  })();
  for (const at of [300, 900, 1500]) {
    await until(() => applied.length >= at);
    await own.kill();
    await own.restart();
  }
  await until(() => applied.length === 2000);
  await append('k', 2000, 10, other);
  await other.settled(30_000);
  expect(applied).toEqual(Array.from({ length: 2010 }, (_, index) => index));
  await until(() => watched.length >= 2010);
  end.abort();
  await watching;
  expect(watched).toEqual(applied);
  // Repetitions go back, but nothing is ever skipped forward.
  for (const [index, time] of got.entries()) if (index > 0) expect(time - got[index - 1]!).toBeLessThanOrEqual(1);
  await relay.stop();
  await own.stop();
});

it('a wait for digestion ends with BUSY when something is not digested', async () => {
  const relay = relayOf('stuck', 'stuck', () => Promise.resolve(new Response(null, { status: 503 })));
  await append('stuck', 0, 1);
  await relay.start();
  await until(() => relay.health().attempts > 0);
  await expect(bus.settled(50)).rejects.toMatchObject({ code: 'BUSY', message: expect.stringContaining('stuck-OPS') as string });
  await relay.stop();
  await bus.forget('OPS', 'stuck-OPS');
});
