import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Bus } from '../../lib/clients/nats/mod.ts';
import type { Objects } from '../../lib/clients/s3/mod.ts';
import { DownlineError } from '../../lib/errors/mod.ts';
import type { AnyEnvelope, Envelope } from '../../lib/events/mod.ts';
import type { Context } from '../../lib/host/mod.ts';
import { startNats, startS3, type NatsServer, type S3Server } from '../../lib/host/testing.ts';
import { listManifests, verifyManifest } from '../../lib/lake/mod.ts';
import { archivedDays, dayOf, decodeArchived, lastClosedDay, readArchive, type ArchivedStream } from '../../lib/replay/mod.ts';
import archive from './handler.ts';

const MIDNIGHT = Date.UTC(2013, 5, 10) / 60_000;
const LAKE = 'clean-0123456789abcdef';
let nats: NatsServer;
let s3: S3Server;
let bus: Bus;

beforeAll(async () => {
  [nats, s3] = await Promise.all([startNats(), startS3()]);
  bus = await nats.connect();
});
afterAll(async () => { await Promise.all([nats.stop(), s3.stop()]); });

const contextOf = (objects: Objects, using: Bus = bus): Context => ({ bus: using, objects, log: pino({ level: 'silent' }), commit: 'test' }) as unknown as Context;
const deliver = (context: Context, ...events: AnyEnvelope[]): Promise<void> => archive.handle!(context, events, { tag: 'production' });

/** Two days of a replay in the streams; returns the ticks that close them. */
async function live(replay: string): Promise<[Envelope<'track.ticked'>, Envelope<'track.ticked'>]> {
  const ops = async (events: Pick<Envelope, 'kind' | 'time' | 'data'>[]): Promise<number> => {
    const { last } = await bus.bounds('OPS');
    return bus.append('OPS', events.map((event, index) => ({ ...event, id: `${replay}.${event.time}.${index}`, source: 'test', replay })), last);
  };
  const ticks: Envelope<'track.ticked'>[] = [];
  await ops([{ kind: 'replay.started', time: MIDNIGHT - 240, data: { from: '2013-06-10', to: '2013-06-11', historyFrom: '2013-06-01', lake: LAKE, seed: 1 } }]);
  for (const day of [1, 2]) {
    const now = MIDNIGHT + day * 1440 + 540;
    const flight = `2013-06-1${day - 1}.UA.1545.EWR.ORD.0515`;
    const sequence = await ops([{ kind: 'flight.offblock', time: now - 600, data: { flight, at: now - 600 } }, { kind: 'clock.ticked', time: now, data: { now } }]);
    await bus.publish([{
      kind: 'label.resolved', id: `${replay}.${flight}`, source: 'test', time: now - 100, replay,
      data: {
        replay, flight, day: flight.slice(0, 10), rotation: 'N14228', carrier: 'UA', origin: 'EWR', destination: 'ORD', scheduledOff: now - 610, scheduledOn: now - 450,
        state: 'operated', departureDelay: 10, arrivalDelay: -3, off: now - 600, knownAt: now - 400, sequence, resolvedAt: now - 100, predictions: [],
      },
    }], 'new');
    const { last } = await bus.bounds('ROTATIONS');
    const data = { replay, now, sequence };
    const stored = await bus.append('ROTATIONS', [{ kind: 'track.ticked', id: `${replay}.${day}`, source: 'test', time: now, replay, data }], last);
    ticks.push({ kind: 'track.ticked', id: `${replay}.${day}`, source: 'test', time: now, replay, data, stream: 'ROTATIONS', sequence: stored });
  }
  return ticks as [Envelope<'track.ticked'>, Envelope<'track.ticked'>];
}

async function archived(objects: Objects, replay: string, stream: ArchivedStream, days?: string[]): Promise<AnyEnvelope[]> {
  const events: AnyEnvelope[] = [];
  for await (const row of readArchive(objects, { replay, stream, ...(days !== undefined && { days }) })) events.push(decodeArchived(row));
  return events;
}

async function stored(stream: ArchivedStream, subject: string): Promise<AnyEnvelope[]> {
  const events: AnyEnvelope[] = [];
  for await (const event of bus.read(stream, { from: 1, subjects: [subject] })) events.push(event);
  return events;
}

describe('archive', () => {
  test('keeps everything of a day, whole and in order, with a manifest that verifies', async () => {
    const objects = s3.objects();
    const ticks = await live('kept');
    await deliver(contextOf(objects), ...ticks);
    expect(await archived(objects, 'kept', 'OPS')).toEqual(await stored('OPS', 'ops.kept.>'));
    expect(await archived(objects, 'kept', 'ROTATIONS')).toEqual(await stored('ROTATIONS', 'clock.kept.>'));
    expect(await archived(objects, 'kept', 'OUTCOMES')).toEqual(await stored('OUTCOMES', 'label.kept.>'));
    expect((await archived(objects, 'kept', 'OPS', ['2013-06-11'])).map((event) => event.kind)).toEqual(['flight.offblock', 'clock.ticked']);
    const days = await archivedDays(objects, 'kept');
    expect(days.map(dayOf)).toEqual(['2013-06-10', '2013-06-11']);
    for (const { version, parents } of days) {
      expect(parents).toEqual([LAKE]);
      // The parent is made up: everything else is as the manifest says.
      expect(await verifyManifest(objects, version)).toEqual([{ key: `manifests/${LAKE}.json`, defect: 'absent' }]);
    }
  });

  test('a tick that comes twice, late or after a newer one changes nothing', async () => {
    const objects = s3.objects();
    const [first, second] = await live('twice');
    const context = contextOf(objects);
    await deliver(context, first);
    await deliver(context, first, second);
    const before = await objects.list('');
    await deliver(context, second, first);
    await deliver(context, { ...first, data: { ...first.data, now: first.data.now + 15 } });
    expect(await objects.list('')).toEqual(before);
  });

  test('days that were slept through are closed together, and nothing is lost', async () => {
    const objects = s3.objects();
    const [, second] = await live('slept');
    await deliver(contextOf(objects), second);
    expect(await archived(objects, 'slept', 'OPS')).toEqual(await stored('OPS', 'ops.slept.>'));
    expect((await archivedDays(objects, 'slept')).map(dayOf)).toEqual(['2013-06-11']);
  });

  test('killed after any put, it writes the very same files again, whatever has come since', async () => {
    for (const survives of [0, 1, 3]) {
      const replay = `killed-${survives}`;
      const objects = s3.objects();
      const [first, second] = await live(replay);
      let puts = 0;
      const dying: Objects = { ...objects, put: (...args) => (puts++ < survives ? objects.put(...args) : Promise.reject(new DownlineError('SERVICE_DOWN', 'killed'))) };
      await deliver(contextOf(dying), first).catch(() => undefined);
      const before = await objects.list('production/');
      // In between a label of the second day comes in: it must not slip into the first day's file.
      await deliver(contextOf(objects), first, second);
      const keys = (await objects.list('production/')).map(({ key }) => key);
      expect(keys).toEqual(expect.arrayContaining(before.map(({ key }) => key)));
      expect(keys.length).toBe((await listManifests(objects, 'production')).reduce((sum, manifest) => sum + manifest.files.length, 0));
      for (const stream of ['OPS', 'OUTCOMES'] as const) {
        const subject = stream === 'OPS' ? `ops.${replay}.>` : `label.${replay}.>`;
        expect(await archived(objects, replay, stream)).toEqual(await stored(stream, subject));
      }
    }
  });

  test('a tick without its sequence, or of a replay that never began, is refused', async () => {
    const [first] = await live('refused');
    const context = contextOf(s3.objects());
    await expect(deliver(context, { ...first, sequence: undefined })).rejects.toMatchObject({ code: 'EVENT_INVALID' });
    await expect(deliver(context, { ...first, replay: 'never', data: { ...first.data, replay: 'never' } })).rejects.toMatchObject({ code: 'EVENT_INVALID' });
  });

  test('S3 away: the batch fails for later and goes through when S3 is back', async () => {
    const objects = s3.objects();
    const [first] = await live('away');
    await s3.kill();
    await expect(deliver(contextOf(objects), first)).rejects.toMatchObject({ code: 'SERVICE_DOWN', retry: 'later' });
    await s3.restart();
    await deliver(contextOf(objects), first);
    expect((await archived(objects, 'away', 'OPS')).length).toBe(3);
  });
});

test('an operating day closes at 09:00Z of the next', () => {
  expect(lastClosedDay(MIDNIGHT + 539)).toBe('2013-06-08');
  expect(lastClosedDay(MIDNIGHT + 540)).toBe('2013-06-09');
});
