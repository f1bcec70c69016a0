import fc from 'fast-check';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Bus } from '../clients/nats/mod.ts';
import type { Objects } from '../clients/s3/mod.ts';
import { DownlineError } from '../errors/mod.ts';
import type { AnyEnvelope, DerivedKind, Envelope } from '../events/mod.ts';
import { createFold, createHost, createRelay, type Context, type Fold } from './mod.ts';
import { startNats, startS3, type NatsServer, type S3Server } from './testing.ts';

let nats: NatsServer;
let s3: S3Server;
let bus: Bus;
const log = pino({ level: 'silent' });

beforeAll(async () => {
  [nats, s3] = await Promise.all([startNats(), startS3()]);
  bus = await nats.connect();
});
afterAll(() => Promise.all([nats.stop(), s3.stop()]));

interface Sum { count: number; total: number; order: number[] }

/** Sums the clock, emits a tick for each even minute and two for each tenth; a snapshot at each fifth event. 666 is at fault. */
const sums = (mode: Fold<Sum>['output']['mode'], name = `sums-${mode}`): Fold<Sum> => ({
  name, version: '1',
  inputs: [{ stream: 'OPS', subjects: (replay) => [`ops.${replay}.>`] }],
  output: mode === 'facts' ? { mode } : { mode, stream: 'ROTATIONS' },
  initial: () => ({ count: 0, total: 0, order: [] }),
  apply(state, event) {
    if (event.kind !== 'clock.ticked') return [];
    const { now } = event.data;
    if (now === 666) throw new DownlineError('EVENT_INVALID', 'the number of the beast');
    state.count += 1;
    state.total = (state.total * 31 + now) % 1_000_003;
    state.order.push(now);
    const emission = (part: number): Envelope<DerivedKind> => (mode === 'facts'
      ? { kind: 'feedback.given', id: `${event.id}.${part}`, source: '/sums', time: now, replay: event.replay, data: { id: `${event.id}.${part}`, replay: event.replay, by: 'sums', alert: null, receipt: null, flight: null, verdict: 'useful', action: null, correction: null, comment: String(state.total), at: now } }
      : { kind: 'track.ticked', id: `${event.id}.${part}.${state.total}`, source: '/sums', time: now, replay: event.replay, data: { replay: event.replay, now, sequence: event.sequence ?? 0 } });
    return [...(now % 2 === 0 ? [emission(0)] : []), ...(now % 10 === 0 ? [emission(1)] : [])];
  },
  encode: (state) => JSON.stringify([state.count, state.total, state.order]),
  decode(text) {
    const [count, total, order] = JSON.parse(text) as [number, number, number[]];
    return { count, total, order };
  },
  snapshotAfter: (event) => (event.sequence ?? 0) % 5 === 0,
});

const ticks = async (replay: string, minutes: readonly number[]): Promise<AnyEnvelope[]> => {
  const { last } = await bus.bounds('OPS');
  await bus.append('OPS', minutes.map((now, index) => ({ kind: 'clock.ticked', id: `${replay}.${index}`, source: '/test', time: now, replay, data: { now } })), last);
  return all(bus.read('OPS', { from: last + 1 }));
};
const all = async (events: AsyncIterable<AnyEnvelope>): Promise<AnyEnvelope[]> => {
  const found: AnyEnvelope[] = [];
  for await (const event of events) found.push(event);
  return found;
};
const emitted = async (mode: Fold<Sum>['output']['mode'], replay: string): Promise<string[]> =>
  (await all(mode === 'facts' ? bus.read('OUTCOMES', { from: 1, subjects: [`feedback.${replay}.>`] }) : bus.read('ROTATIONS', { from: 1, subjects: [`clock.${replay}.>`] })))
    .map(({ id, data }) => `${id.slice(replay.length)} ${'comment' in data ? String(data.comment) : ''}`);

/** A bus that dies at its n-th write, before or after the write took place. */
const dying = (real: Bus, writes: number, after: boolean): Bus => {
  let left = writes;
  const guard = async <T>(write: () => Promise<T>): Promise<T> => {
    left -= 1;
    if (left > 0) return write();
    if (left === 0 && after) await write();
    throw new DownlineError('SERVICE_DOWN', 'died');
  };
  return { ...real, append: (...call) => guard(() => real.append(...call)), publish: (...call) => guard(() => real.publish(...call)) };
};

let runs = 0;
const fresh = (): string => `r${runs += 1}`;

for (const mode of ['single-writer', 'facts'] as const) {
  describe(`a fold of mode ${mode}`, () => {
    it('gives the same state and the same emissions wherever it crashes', async () => {
      await fc.assert(fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 40 }),
        fc.array(fc.record({ batch: fc.integer({ min: 1, max: 12 }), writes: fc.integer({ min: 1, max: 4 }), after: fc.boolean(), rewind: fc.integer({ min: 0, max: 8 }), lost: fc.boolean() }), { maxLength: 4 }),
        async (minutes, crashes) => {
          const [calm, stormy] = [fresh(), fresh()];
          const objects = s3.objects();
          const undisturbed = createFold(sums(mode), { bus, objects, log });
          await undisturbed.handle(await ticks(calm, minutes));
          const events = await ticks(stormy, minutes);
          let next = 0;
          for (const { batch, writes, after, rewind, lost } of crashes) {
            const driver = createFold(sums(mode), { bus: dying(bus, writes, after), objects: lost ? s3.objects() : objects, log });
            try {
              while (next < events.length) {
                await driver.handle(events.slice(next, next + batch));
                next += batch;
              }
            } catch (error) {
              expect(error).toMatchObject({ code: 'SERVICE_DOWN' });
            }
            await driver.close();
            // What was acknowledged may come again, never less.
            next = Math.max(0, Math.min(next, events.length) - rewind);
          }
          const last = createFold(sums(mode), { bus, objects, log });
          await last.handle(events.slice(next));
          expect(await last.hash(stormy)).toBe(await undisturbed.hash(calm));
          expect(await emitted(mode, stormy)).toEqual(await emitted(mode, calm));
          await Promise.all([last.close(), undisturbed.close()]);
        },
      ), { numRuns: 12 });
    });

    it('passes over repetitions and late ones, and keeps replays apart', async () => {
      const [one, two] = [fresh(), fresh()];
      const driver = createFold(sums(mode), { bus, objects: s3.objects(), log });
      const first = await ticks(one, [1, 2, 3, 10]);
      const second = await ticks(two, [4]);
      await driver.handle(first.slice(0, 2));
      await driver.handle([...first.slice(0, 3), ...second]);
      await Promise.all([driver.handle(first), driver.handle(second), driver.handle([first[1]!, first[0]!])]);
      expect((await driver.state(one)).order).toEqual([1, 2, 3, 10]);
      expect((await driver.state(two)).order).toEqual([4]);
      expect(await emitted(mode, one)).toHaveLength(3);
    });

    it('tells of an event at fault each time it comes, with all before it stored, and goes on after it', async () => {
      const replay = fresh();
      const objects = s3.objects();
      const events = await ticks(replay, [2, 4, 666, 6]);
      const driver = createFold(sums(mode), { bus, objects, log });
      await expect(driver.handle(events)).rejects.toMatchObject({ code: 'EVENT_INVALID' });
      expect(await emitted(mode, replay)).toHaveLength(mode === 'facts' ? 3 : 3);
      const again = createFold(sums(mode), { bus, objects, log });
      await expect(again.handle([events[2]!])).rejects.toMatchObject({ code: 'EVENT_INVALID' });
      await again.handle([events[3]!]);
      expect((await again.state(replay)).order).toEqual([2, 4, 6]);
      expect(await emitted(mode, replay)).toHaveLength(3);
    });

    it('builds the state from the streams when S3 is away or its snapshots are damaged', async () => {
      const replay = fresh();
      const objects = s3.objects();
      const events = await ticks(replay, [1, 2, 3, 4, 5, 6, 7, 8]);
      const driver = createFold(sums(mode), { bus, objects, log });
      await driver.handle(events);
      await driver.snapshot();
      const hash = await driver.hash(replay);
      const keys = await objects.list(`state/sums-${mode}/1/${replay}/`);
      expect(keys.length).toBeGreaterThan(0);
      for (const damage of ['', 'x', '{"schema":1}\n[]', '\u0000\u0001']) {
        for (const { key } of keys) await objects.put(key, damage);
        expect(await createFold(sums(mode), { bus, objects, log }).hash(replay)).toBe(hash);
      }
      const away: Objects = { ...objects, list: () => Promise.reject(new DownlineError('SERVICE_DOWN', 'away')), put: () => Promise.reject(new DownlineError('SERVICE_DOWN', 'away')) };
      const without = createFold(sums(mode), { bus, objects: away, log });
      await without.handle(events);
      await without.handle(await ticks(replay, [10]));
      expect((await without.state(replay)).order).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 10]);
      await without.close();
    });
  });
}

it('keeps the last two snapshots, and reads only what is beyond the newest', async () => {
  const replay = fresh();
  const objects = s3.objects();
  const driver = createFold(sums('facts'), { bus, objects, log });
  for (let round = 0; round < 4; round += 1) {
    await driver.handle(await ticks(replay, [round]));
    await driver.snapshot();
  }
  await driver.close();
  expect(await objects.list(`state/sums-facts/1/${replay}/`)).toHaveLength(2);
  const froms: number[] = [];
  const watching: Bus = { ...bus, read: (stream, options) => { froms.push(options.from); return bus.read(stream, options); } };
  const again = createFold(sums('facts'), { bus: watching, objects, log });
  expect((await again.state(replay)).order).toEqual([0, 1, 2, 3]);
  expect(froms).toEqual([(await bus.bounds('OPS')).last + 1]);
});

it('ignores snapshots of another version', async () => {
  const replay = fresh();
  const objects = s3.objects();
  const driver = createFold(sums('facts'), { bus, objects, log });
  await driver.handle(await ticks(replay, [1, 2]));
  await driver.snapshot();
  let loaded = 0;
  const next = { ...sums('facts'), version: '2', initial: () => { loaded += 1; return { count: 0, total: 0, order: [] }; } };
  expect((await createFold(next, { bus, objects, log }).state(replay)).order).toEqual([1, 2]);
  expect(loaded).toBe(1);
});

it('lets two writers of one stream emit each thing once, in order', async () => {
  const replay = fresh();
  const events = await ticks(replay, Array.from({ length: 60 }, (_, index) => index));
  const objects = s3.objects();
  const drivers = [0, 1].map(() => createFold(sums('single-writer'), { bus, objects, log }));
  const pump = async (driver: (typeof drivers)[number]): Promise<number> => {
    let fenced = 0;
    for (let next = 0; next < events.length;) {
      try {
        await driver.handle(events.slice(next, next + 7));
        next += 7;
      } catch (error) {
        expect(error).toMatchObject({ code: 'WRITER_FENCED' });
        fenced += 1;
      }
    }
    return fenced;
  };
  await Promise.all(drivers.map(pump));
  const ids = await emitted('single-writer', replay);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids).toHaveLength(36);
  expect(await drivers[0]!.hash(replay)).toBe(await drivers[1]!.hash(replay));
});

it('merges several streams on catching up so that each event stays on its side of the ticks', async () => {
  const replay = fresh();
  const both: Fold<string[]> = {
    name: 'both', version: '1',
    inputs: [{ stream: 'ROTATIONS', subjects: (id) => [`clock.${id}.>`] }, { stream: 'OUTCOMES', subjects: (id) => [`feedback.${id}.>`] }],
    output: { mode: 'facts' },
    initial: () => [],
    apply: (state, event) => { state.push(`${event.kind}@${event.time}`); return []; },
    encode: (state) => JSON.stringify(state),
    decode: (text) => JSON.parse(text) as string[],
  };
  const tick = (now: number, sequence: number): Envelope<'track.ticked'> => ({ kind: 'track.ticked', id: `${replay}.${sequence}`, source: '/t', time: now, replay, data: { replay, now, sequence } });
  const word = (at: number, n: number): Envelope<'feedback.given'> => ({ kind: 'feedback.given', id: `${n}`, source: '/t', time: at, replay, data: { id: `${n}`, replay, by: 't', alert: null, receipt: null, flight: null, verdict: 'useful', action: null, correction: null, comment: null, at } });
  await bus.append('ROTATIONS', [tick(10, 1), tick(20, 2), tick(30, 3)], (await bus.bounds('ROTATIONS')).last);
  await bus.publish([word(5, 1), word(10, 2), word(25, 3), word(40, 4)], 'new');
  expect(await createFold(both, { bus, objects: s3.objects(), log }).state(replay)).toEqual([
    'feedback.given@5', 'feedback.given@10', 'track.ticked@10', 'track.ticked@20', 'feedback.given@25', 'track.ticked@30', 'feedback.given@40',
  ]);
});

it('goes on without S3, and says so only when a snapshot is asked for', async () => {
  const replay = fresh();
  const own = await startS3({ fresh: true });
  const driver = createFold(sums('single-writer'), { bus, objects: own.objects(), log });
  await driver.handle(await ticks(replay, [1, 2]));
  await own.kill();
  await driver.handle(await ticks(replay, [3, 4, 5, 6, 7, 8]));
  await expect(driver.snapshot()).rejects.toMatchObject({ code: 'SERVICE_DOWN' });
  expect((await createFold(sums('single-writer'), { bus, objects: own.objects(), log }).state(replay)).order).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  await driver.close();
  await own.stop();
});

it('gives the same hash and emissions through relay and host when NATS is killed under it', async () => {
  const own = await startNats({ fresh: true });
  const other = await own.connect();
  const minutes = Array.from({ length: 1500 }, (_, index) => index);
  await other.append('OPS', minutes.map((now) => ({ kind: 'clock.ticked', id: `x.${now}`, source: '/test', time: now, replay: 'x', data: { now: now === 666 ? 667 : now } })), 0);
  const objects = s3.objects();
  const driver = createFold(sums('single-writer', 'killed'), { bus: other, objects, log });
  const host = createHost({ name: 'killed', handle: (_context, events) => driver.handle(events) }, { log, environment: 'production', image: '' } as unknown as Context);
  await host.start();
  const relay = createRelay({ bus: other, name: 'killed', trigger: { stream: 'OPS', subjects: ['ops.>'] }, sink: (request) => host.fetch(request), log, batch: 20, maxDelayMs: 50 });
  const started = relay.start();
  for (const at of [200, 800]) {
    await started;
    while (relay.health().delivered < at) await new Promise((done) => setTimeout(done, 2));
    await own.kill();
    await own.restart();
  }
  await other.settled(60_000);
  await relay.stop();
  const calm = createFold(sums('single-writer', 'calm'), { bus: other, objects, log });
  expect(await driver.hash('x')).toBe(await calm.hash('x'));
  const ids = (await all(other.read('ROTATIONS', { from: 1 }))).map(({ id }) => id);
  expect(ids).toHaveLength(750 - 1 + 150);
  expect(new Set(ids).size).toBe(ids.length);
  await driver.close();
  await own.stop();
});

it('refuses events without a place', async () => {
  const driver = createFold(sums('facts'), { bus, objects: s3.objects(), log });
  const event: AnyEnvelope = { kind: 'clock.ticked', id: 'x', source: '/', time: 1, replay: fresh(), data: { now: 1 } };
  await expect(driver.handle([event])).rejects.toMatchObject({ code: 'EVENT_INVALID' });
});
