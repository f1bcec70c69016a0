import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isDownlineError } from '../../errors/mod.ts';
import type { AnyEnvelope, Envelope } from '../../events/mod.ts';
import { startNats, type NatsServer } from '../../host/testing.ts';
import type { Bus } from './mod.ts';
import { connectBus } from './mod.ts';

let nats: NatsServer;
let bus: Bus;

beforeAll(async () => {
  nats = await startNats();
  bus = await nats.connect();
});
afterAll(() => nats.stop());

const tick = (replay: string, ordinal: number): Envelope<'clock.ticked'> => ({ kind: 'clock.ticked', id: `${replay}.${ordinal}`, source: '/test', time: 1000 + ordinal, replay, data: { now: 1000 + ordinal } });
const feedback = (replay: string, id: string, comment = 'so'): Envelope<'feedback.given'> => ({
  kind: 'feedback.given', id, source: '/test', time: 1, replay,
  data: { id, replay, by: 'me', alert: null, receipt: null, flight: null, verdict: 'useful', action: null, correction: null, comment, at: 1 },
});
const all = async (events: AsyncIterable<AnyEnvelope>): Promise<AnyEnvelope[]> => {
  const found: AnyEnvelope[] = [];
  for await (const event of events) found.push(event);
  return found;
};

describe('append', () => {
  it('lands on the sequences it states, in order, and gives the events back as they were', async () => {
    const { last } = await bus.bounds('OPS');
    const events = Array.from({ length: 3000 }, (_, index) => tick('append', index));
    expect(await bus.append('OPS', events, last)).toBe(last + 3000);
    const read = await all(bus.read('OPS', { from: last + 1 }));
    expect(read.map((event) => ({ ...event }))).toEqual(events.map((event, index) => ({ ...event, stream: 'OPS', sequence: last + 1 + index })));
  });

  it('refuses the second of two writers, and stores nothing of it', async () => {
    const { last } = await bus.bounds('OPS');
    await bus.append('OPS', [tick('fence', 1)], last);
    await expect(bus.append('OPS', [tick('fence', 2), tick('fence', 3)], last)).rejects.toMatchObject({ code: 'WRITER_FENCED' });
    expect((await bus.bounds('OPS')).last).toBe(last + 1);
  });

  it('lets two writers that race store each message at most once', async () => {
    const { last } = await bus.bounds('OPS');
    const other = await nats.connect('production', 'other');
    const outcomes = await Promise.allSettled([bus, other].map((one, writer) => one.append('OPS', Array.from({ length: 200 }, (_, index) => tick(`race${writer}`, index)), last)));
    const won = outcomes.filter((outcome) => outcome.status === 'fulfilled');
    expect(won.length).toBeLessThanOrEqual(1);
    for (const outcome of outcomes) if (outcome.status === 'rejected') expect(isDownlineError(outcome.reason, 'WRITER_FENCED')).toBe(true);
    const stored = await all(bus.read('OPS', { from: last + 1 }));
    expect(new Set(stored.map((event) => event.id)).size).toBe(stored.length);
  });
});

describe('publish', () => {
  it('creates a fact once and tells where it lies', async () => {
    const [first] = await bus.publish([feedback('facts', 'a')], 'new');
    const again = await bus.publish([feedback('facts', 'a', 'other'), feedback('facts', 'b')], 'new');
    expect(first?.duplicate).toBe(false);
    expect(again).toEqual([{ sequence: first?.sequence, duplicate: true }, { sequence: (first?.sequence ?? 0) + 1, duplicate: false }]);
    expect((await bus.at('OUTCOMES', first?.sequence ?? 0))?.data).toMatchObject({ comment: 'so' });
  });

  it('carries any text through headers and body', async () => {
    const odd = 'Ünïcode "quotes" 100 % \n new line — 航班 ' + '😀';
    const event = { ...feedback('odd', 'x', odd), id: `odd-${odd}`.slice(0, 60), source: '/ä b' };
    await bus.publish([event], 'any');
    expect(await bus.last('OUTCOMES', 'feedback.odd.>')).toMatchObject({ id: event.id, source: event.source, data: event.data });
  });

  it('refuses what does not fit into NATS', async () => {
    await expect(bus.publishRaw('ops.huge.clock.ticked', {}, new Uint8Array(5_000_000))).rejects.toMatchObject({ code: 'TOO_LARGE' });
  });

  it('does not know other subjects', async () => {
    await expect(bus.publishRaw('elsewhere.x', {}, new Uint8Array(1))).rejects.toMatchObject({ code: 'SERVICE_DOWN' });
  });
});

describe('reading', () => {
  it('filters by subject, bounds at both ends, and ends at the end as of the call', async () => {
    const { last } = await bus.bounds('OPS');
    await bus.append('OPS', Array.from({ length: 10 }, (_, index) => tick(index % 2 === 0 ? 'even' : 'odd', index)), last);
    const from = last + 1;
    expect((await all(bus.read('OPS', { from, subjects: ['ops.even.>'] }))).map((event) => event.time)).toEqual([1000, 1002, 1004, 1006, 1008]);
    expect((await all(bus.read('OPS', { from: last + 3, to: last + 6 }))).map((event) => event.time)).toEqual([1002, 1003, 1004, 1005]);
    expect(await all(bus.read('OPS', { from, subjects: ['ops.none.>'] }))).toEqual([]);
    expect(await all(bus.read('OPS', { from: last + 100 }))).toEqual([]);
  });

  it('passes over what is malformed, also at the very end', async () => {
    const { last } = await bus.bounds('OPS');
    await bus.append('OPS', [tick('bad', 1)], last);
    const encoder = new TextEncoder();
    await bus.publishRaw('ops.bad.clock.ticked', {}, encoder.encode('no headers'));
    await bus.publishRaw('ops.bad.clock.ticked', { 'ce-specversion': '1.0', 'ce-id': '1', 'ce-source': '/', 'ce-type': 'downline.clock.ticked.v1', 'ce-time': '2013-06-10T12:30Z', 'ce-replay': 'bad' }, encoder.encode('{"now":'));
    await bus.publishRaw('ops.bad.clock.ticked', { 'ce-specversion': '1.0', 'ce-id': '%zz', 'ce-source': '/', 'ce-type': 'downline.nothing.v1' }, Uint8Array.of(0xff, 0xfe));
    expect(await all(bus.read('OPS', { from: last + 1 }))).toHaveLength(1);
    expect((await bus.last('OPS', 'ops.bad.>'))?.id).toBe('bad.1');
    expect(await bus.at('OPS', last + 2)).toBeNull();
    expect(await bus.at('OPS', 10_000_000)).toBeNull();
    expect(await bus.at('OPS', 0)).toBeNull();
    expect(await bus.last('OPS', 'ops.*.nothing')).toBeNull();
  });

  it('follows what is new until it is told to stop', async () => {
    const stop = new AbortController();
    const seen: string[] = [];
    const following = (async () => {
      for await (const event of bus.follow('OPS', { subjects: ['ops.live.>'], from: 1, signal: stop.signal })) {
        seen.push(event.id);
        if (seen.length === 3) stop.abort();
      }
    })();
    for (let index = 0; index < 3; index += 1) await bus.append('OPS', [tick('live', index)], (await bus.bounds('OPS')).last);
    await following;
    expect(seen).toEqual(['live.0', 'live.1', 'live.2']);
  });
});

describe('a lost connection', () => {
  it('makes calls wait for it for their time, and ends what follows when the bus is closed', async () => {
    const own = await startNats({ fresh: true });
    const other = await own.connect();
    await other.append('OPS', [tick('lost', 1)], 0);
    const followed: string[] = [];
    const first = Promise.withResolvers<undefined>();
    const following = (async () => {
      for await (const { id } of other.follow('OPS', { from: 1, signal: new AbortController().signal })) {
        followed.push(id);
        first.resolve(undefined);
      }
    })();
    await first.promise;
    await own.kill();
    const calls = [() => other.bounds('OPS'), () => other.last('OPS', 'ops.>'), () => other.append('OPS', [tick('lost', 2)], 1), () => other.consumers()];
    const waiting = Promise.allSettled(calls.map((call) => call()));
    await own.restart();
    for (const outcome of await waiting) if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'SERVICE_DOWN' });
    await other.settled(30_000);
    expect((await other.last('OPS', 'ops.>'))?.id).toMatch(/^lost\./);
    await own.kill();
    const [bounds] = await Promise.allSettled([other.bounds('OPS')]);
    expect(bounds).toMatchObject({ status: 'rejected', reason: { code: 'SERVICE_DOWN' } });
    await other.close();
    await following;
    expect(new Set(followed).size).toBe(followed.length);
    expect(followed[0]).toBe('lost.1');
    await own.stop();
  });
});

describe('records', () => {
  it('changes by compare-and-swap', async () => {
    const records = await bus.records('things');
    expect(await records.get('a')).toBeNull();
    const first = await records.create('a', { n: 1 });
    await expect(records.create('a', {})).rejects.toMatchObject({ code: 'CONFLICT' });
    const second = await records.update('a', { n: 2 }, first);
    await expect(records.update('a', { n: 3 }, first)).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(await records.get('a')).toEqual({ value: { n: 2 }, revision: second });
    expect(await records.keys()).toEqual(['a']);
    await expect(records.get('no key')).rejects.toMatchObject({ code: 'BAD_REQUEST' });
    await expect(records.get('a.*')).rejects.toMatchObject({ code: 'BAD_REQUEST' });
  });

  it('tells of changes', async () => {
    const records = await bus.records('watched');
    await records.create('a', 1);
    const stop = new AbortController();
    const seen: unknown[] = [];
    const watching = (async () => {
      for await (const { value } of records.watch(stop.signal)) {
        seen.push(value);
        if (seen.length === 1) await records.create('b', 2);
        if (seen.length === 2) stop.abort();
      }
    })();
    await watching;
    expect(seen).toEqual([1, 2]);
  });
});

describe('dead letters', () => {
  it('are kept once for a message and cut to size', async () => {
    const letter = { replay: 'r 1', consumer: 'track-OPS', subject: 'ops.r1.x', stream: 'OPS', sequence: 7, code: 'EVENT_INVALID', reason: 'x'.repeat(5000), body: 'A'.repeat(8_000_000) };
    await bus.bury(letter);
    await bus.bury({ ...letter, reason: 'again' });
    const found = [];
    for await (const one of bus.letters()) found.push(one);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject({ replay: 'r 1', consumer: 'track-OPS', sequence: 7 });
    expect(found[0]?.reason).toHaveLength(2000);
  });
});

describe('accounts', () => {
  it('keeps staging and production apart', async () => {
    const staging = await nats.connect('staging');
    const before = await bus.bounds('OPS');
    await staging.append('OPS', [tick('staging', 1)], 0);
    expect(await bus.bounds('OPS')).toEqual(before);
    expect(await staging.bounds('OPS')).toEqual({ first: 1, last: 1 });
    expect(await staging.bounds('DEAD')).toEqual({ first: 0, last: 0 });
  });

  it('says so when the server or the password is wrong', async () => {
    await expect(connectBus({ servers: 'nats://127.0.0.1:1', name: 'x', environment: 'production' })).rejects.toMatchObject({ code: 'SERVICE_DOWN' });
    await expect(connectBus({ servers: nats.url, user: 'production', password: 'no', name: 'x', environment: 'production' })).rejects.toMatchObject({ code: 'SERVICE_DOWN' });
  });
});
