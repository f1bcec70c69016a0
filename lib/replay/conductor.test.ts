import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Bus } from '../clients/nats/mod.ts';
import type { DownlineError } from '../errors/mod.ts';
import type { AnyEnvelope, OperationsEvent, ReplayStarted } from '../events/mod.ts';
import { startNats, type NatsServer } from '../host/testing.ts';
import { runConductor, type Conductor, type ConductorOptions } from './conductor.ts';
import { currentReplay } from './current.ts';
import { CONTROLS, getReplay, putRecord, REPLAYS } from './record.ts';
import { feedOf } from './testing.ts';

const started: ReplayStarted = { from: '2013-06-10', to: '2013-06-10', historyFrom: '2013-06-01', lake: 'clean-0123456789abcdef', seed: 5 };
const log = pino({ level: 'silent' });
let nats: NatsServer;
let bus: Bus;

beforeAll(async () => {
  nats = await startNats();
  bus = await nats.connect();
});
afterAll(() => nats.stop());

async function* feed(events: readonly OperationsEvent[], onEach?: (index: number) => void): AsyncGenerator<OperationsEvent> {
  for (const [index, event] of events.entries()) {
    onEach?.(index);
    yield await Promise.resolve(event);
  }
}

function conduct(replay: string, options: Partial<ConductorOptions> = {}): Conductor {
  return runConductor({
    bus, feed: feed(feedOf({ hours: 6 })), replay, started, speed: 0, disorder: 0, seed: 5,
    clockWaits: () => Promise.resolve(false), signal: new AbortController().signal, log, ...options,
  });
}

async function stored(replay: string, from: Bus = bus): Promise<AnyEnvelope[]> {
  const events: AnyEnvelope[] = [];
  for await (const event of from.read('OPS', { from: 1, subjects: [`ops.${replay}.>`] })) events.push(event);
  return events;
}
const facts = (events: readonly AnyEnvelope[]): unknown[] => events.map(({ id, kind, time, data }) => ({ id: id.replace(/^[^.]+/, ''), kind, time, data }));

describe('the conductor', () => {
  test('plays its beginning and then the feed, in order, and records how it went', async () => {
    const conductor = conduct('plain');
    const end = await conductor.done;
    const events = await stored('plain');
    expect(events.map((event) => event.id)).toEqual(events.map((_, index) => `plain.${index}`));
    expect(events[0]).toMatchObject({ kind: 'replay.started', data: started });
    expect(events.slice(1).map((event) => event.data)).toEqual(feedOf({ hours: 6 }).map((event) => event.data));
    expect(end).toMatchObject({ status: 'finished', ordinal: events.length - 1, events: events.length });
    expect(await currentReplay(bus)).toBe('plain');
    expect(await getReplay(await bus.records(REPLAYS), 'plain')).toMatchObject({ status: 'finished', ordinal: events.length - 1, started });
  });

  test('a tick is sent only when everything before it is digested, and nothing after it before it is', async () => {
    const stop = new AbortController();
    const digested: string[] = [];
    const consuming = (async () => {
      for await (const batch of bus.deliveries({ stream: 'OPS', consumer: 'slow', subjects: ['ops.barrier.>'], messages: 5, bytes: 100_000, signal: stop.signal })) {
        await sleep(2);
        for (const message of batch.messages) {
          digested.push(message.attributes['id'] ?? '');
          if (!message.subject.endsWith('clock.ticked')) continue;
          // At a tick the stream ends with it: what follows waits.
          expect((await bus.last('OPS', 'ops.barrier.>'))?.id).toBe(message.attributes['id']);
        }
        batch.ack();
      }
    })();
    await conduct('barrier').done;
    expect(digested).toEqual((await stored('barrier')).map((event) => event.id));
    stop.abort();
    await consuming;
    await bus.forget('OPS', 'slow');
  });

  test('stopped anywhere and started anew, it stores what an undisturbed replay stores', async () => {
    const options = { disorder: 0.4, seed: 11 };
    await conduct('whole', options).done;
    const expected = facts(await stored('whole'));
    for (let attempt = 0; ; attempt++) {
      const stop = new AbortController();
      const after = 17 + attempt * 13;
      let asked = 0;
      const end = await conduct('pieces', { ...options, signal: stop.signal, clockWaits: () => { if (++asked >= after % 7 + 1) stop.abort(); return Promise.resolve(false); } }).done;
      if (end.status === 'finished') break;
      expect(attempt).toBeLessThan(100);
    }
    expect(facts(await stored('pieces'))).toEqual(expected);
  });

  test('killed in the middle of a tick interval, it goes on after the last stored event', async () => {
    await conduct('entire').done;
    const all = await stored('entire');
    // What a conductor that was killed left: events up to the middle of an interval.
    const cut = all.findIndex((event) => event.kind === 'flight.offblock') + 1;
    const { last } = await bus.bounds('OPS');
    await bus.append('OPS', all.slice(0, cut).map((event) => ({ ...event, id: event.id.replace('entire', 'torn'), replay: 'torn', stream: undefined, sequence: undefined })), last);
    await conduct('torn').done;
    expect(facts(await stored('torn'))).toEqual(facts(all));
  });

  test('damaged messages go on the stream beside the sound ones', async () => {
    await conduct('damaged', { disorder: 0.5, seed: 3 }).done;
    const { last } = await bus.bounds('OPS');
    const sound = await stored('damaged');
    const first = sound[0]!.sequence!;
    expect(sound.length).toBeLessThan(last - first + 1);
  });

  test('another seed, span or lake under the same id is refused', async () => {
    await conduct('same').done;
    await expect(conduct('same').done).resolves.toMatchObject({ status: 'finished', events: 0 });
    await expect(conduct('same', { feed: feed(feedOf({ hours: 7 })) }).done).rejects.toMatchObject({ code: 'CONFLICT' });
    await expect(conduct('same', { feed: feed(feedOf({ hours: 6 }).filter((_, index) => index !== 3)) }).done).rejects.toMatchObject({ code: 'CONFLICT' });
    await expect(conduct('same', { seed: 6 }).done).rejects.toMatchObject({ code: 'CONFLICT' });
    await expect(conduct('same', { started: { ...started, lake: 'clean-other' } }).done).rejects.toMatchObject({ code: 'CONFLICT' });
  });

  test('of two conductors of one replay the newer goes on, and nothing is stored twice', async () => {
    let both: Conductor | undefined;
    const first = conduct('contested', {
      feed: feed(feedOf({ hours: 6 }), (index) => { if (index === 20) both = conduct('contested'); }),
    });
    const outcome = await first.done.then((end) => end.status, (error: unknown) => (error as DownlineError).code);
    expect(outcome).toBe('WRITER_FENCED');
    expect((await both!.done).status).toBe('finished');
    await conduct('uncontested').done;
    expect(facts(await stored('contested'))).toEqual(facts(await stored('uncontested')));
  });

  test("a stranger's message on OPS does not stop it", async () => {
    const conductor = conduct('disturbed', {
      feed: feed(feedOf({ hours: 6 }), (index) => { if (index % 10 === 0) void bus.publishRaw('ops.stranger.flight.offblock', {}, new Uint8Array([1])); }),
    });
    expect((await conductor.done).status).toBe('finished');
    expect(facts(await stored('disturbed'))).toEqual(facts(await stored('plain')));
  });

  test('the clock stands still while a run holds it', async () => {
    let held = 3;
    const waits: unknown[] = [];
    const end = await conduct('held', {
      clockWaits: () => Promise.resolve(held-- > 0),
      onProgress: (progress) => waits.push(progress.waiting),
    }).done;
    expect(waits).toContain('run');
    expect(end.status).toBe('finished');
  });

  test('speed and pauses are heard from other processes', async () => {
    const conductor = conduct('steered', { speed: 0.001 });
    await sleep(300);
    const before = conductor.progress().events;
    await putRecord(await bus.records(CONTROLS), 'steered', { speed: 'fast', paused: 7 });
    await putRecord(await bus.records(CONTROLS), 'steered', { speed: 0, paused: false });
    expect((await conductor.done).events).toBeGreaterThan(before);
    expect(conductor.progress().speed).toBe(0);
  });

  test('an empty feed is an error, not an endless wait', async () => {
    await expect(conduct('empty', { feed: feed([]) }).done).rejects.toMatchObject({ code: 'DATASET_INVALID' });
  });
});

test('NATS killed in the middle: it waits, and nothing is lost or stored twice', async () => {
  const own = await startNats({ fresh: true });
  const ownBus = await own.connect();
  let outage: Promise<void> | undefined;
  const conductor = conduct('outage', {
    bus: ownBus,
    feed: feed(feedOf({ hours: 6 }), (index) => {
      if (index === 40) outage = own.kill().then(() => sleep(300)).then(() => own.restart());
    }),
  });
  expect((await conductor.done).status).toBe('finished');
  await outage;
  expect(facts(await stored('outage', ownBus))).toEqual(facts(await stored('plain')));
  await own.stop();
});
