import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { ensureStreams, type Bus } from '../lib/clients/nats/mod.ts';
import { ensureBucket, type Objects } from '../lib/clients/s3/mod.ts';
import { Guard, Servers, type Connections } from '../lib/embedded/mod.ts';
import type { OperationsEvent } from '../lib/events/mod.ts';
import { bundlePrefix } from '../lib/model/mod.ts';
import { gatewayOf, LocalPlatform, openContext, releaseOf, type Gateway } from '../lib/platform/local/mod.ts';
import { readInventory } from '../lib/platform/mod.ts';
import { readSettings } from '../lib/settings/mod.ts';
import { measuredBundle, type MeasuredBundle } from './bundle.ts';
import { DAYS, recordedDays, SEED } from './flights.ts';
import { Replay, REPLAY } from './replay.ts';

export const ROOT = join(import.meta.dirname, '..');
const FUNCTIONS = ['track', 'predict'];

/** The part of the product that is measured, as `up` runs it: embedded servers, `track`, a revision of `predict`, the gateway. */
export interface World {
  readonly bus: Bus;
  readonly connections: Connections;
  readonly platform: LocalPlatform;
  readonly bundle: MeasuredBundle;
  /** The recorded days, and the replay of them whose morning has been played. */
  readonly events: readonly OperationsEvent[];
  readonly replay: Replay;
  /** Addresses of the revision and of the gateway before it. */
  readonly revision: string;
  readonly gateway: string;
  close(): Promise<void>;
}

/** Minutes after the first event (the schedule, in the evening before) up to which the replay is played before anything is measured. */
const MORNING = 20 * 60;

/** Builds the world in a temporary home; nothing of the user's home is changed. */
export async function openWorld(options: { readonly bundle?: string; readonly say: (text: string) => void }): Promise<World> {
  const { say } = options;
  const installed = resolve(process.env['DOWNLINE_HOME'] ?? '.downline');
  const home = await mkdtemp(join(tmpdir(), 'downline-bench-'));
  const closing: (() => Promise<void> | void)[] = [() => rm(home, { recursive: true, force: true })];
  const close = async (): Promise<void> => {
    for (const one of closing.splice(0).reverse()) await one();
  };
  try {
    await symlink(join(installed, 'env'), join(home, 'env'));
    const settings = readSettings({ DOWNLINE_HOME: home, DOWNLINE_LOG_LEVEL: 'warn' });
    const release = releaseOf(ROOT);
    const guard = new Guard(home);
    closing.push(() => guard.close());
    say('starting NATS and S3');
    const servers = new Servers(settings, guard);
    closing.push(() => servers.stop());
    const connections = await servers.startServing();
    await ensureBucket(connections.s3);
    const context = await openContext({
      name: 'bench', settings, environment: 'production', release, platform: null, mlflowUrl: () => null, rayUrl: () => null, logFile: join(home, 'logs', 'bench.log'),
      access: { nats: { servers: connections.nats.servers, password: connections.nats.passwords.production }, s3: connections.s3 },
    });
    const { bus, objects } = context;
    closing.push(() => bus.close());
    await ensureStreams(bus);
    const bundle = await putBundle(objects, installed, options.bundle);
    say(`cleaning the recorded flights into the lake; the bundle is ${bundle.about}`);
    const { lake, events } = await recordedDays(objects);

    say('starting track and predict');
    const inventory = readInventory(join(ROOT, 'stack.yml'));
    const platform = new LocalPlatform({
      settings, inventory: { functions: inventory.functions.filter(({ name }) => FUNCTIONS.includes(name)) }, connections, guard, release, mlflowUrl: () => null, rayUrl: () => null,
    });
    await platform.load();
    closing.push(() => platform.close());
    await platform.open();
    const { url: revision } = await platform.apply({ name: 'predict-00001', environment: 'production', bundle: bundle.digest });
    await platform.traffic([{ revision: 'predict-00001', percent: 100, tag: 'production' }]);
    const gateway: Gateway = gatewayOf(platform, settings.host, '0');
    const address = await gateway.listen(settings.host, 0);
    closing.push(() => gateway.close());

    say('playing a morning');
    await (await bus.records('replays')).create('current', { id: REPLAY });
    const started: OperationsEvent = { kind: 'replay.started', knownAt: events[0]!.knownAt, data: { ...DAYS, historyFrom: DAYS.from, lake, seed: SEED } };
    const replay = new Replay(bus, [started, ...events]);
    closing.push(() => replay.close());
    const morning = events.findIndex(({ knownAt }) => knownAt > started.knownAt + MORNING) + 1;
    await replay.answered(await replay.append(morning));
    return { bus, connections, platform, bundle, events, replay, revision, gateway: address, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function putBundle(objects: Objects, home: string, folder: string | undefined): Promise<MeasuredBundle> {
  const bundle = await measuredBundle(home, folder);
  for (const [name, bytes] of bundle.files) await objects.put(`${bundlePrefix(bundle.digest)}/${name}`, bytes);
  return bundle;
}
