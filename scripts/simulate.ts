/**
 * The conductor on its own: plays recorded days as operations events into any
 * NATS server with JetStream, at a chosen speed, in order or in chosen disorder.
 *
 *   node scripts/simulate.ts --help
 *   node scripts/simulate.ts                                      the servers of .downline, as `up` left or keeps them
 *   node scripts/simulate.ts --nats nats://host:4222 --speed 60   another server, an hour a minute
 *
 * `docs/simulator.md` describes what it sends.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Command, CommanderError } from 'commander';
import { connectBus, ensureStreams } from '../lib/clients/nats/mod.ts';
import { openObjects } from '../lib/clients/s3/mod.ts';
import { connectionsOf } from '../lib/embedded/mod.ts';
import { DownlineError, ERROR_CODES, toDownlineError } from '../lib/errors/mod.ts';
import { spanEvents } from '../lib/feed/mod.ts';
import { createLogger } from '../lib/host/mod.ts';
import { lakeFeed, listManifests } from '../lib/lake/mod.ts';
import { getReplay, REPLAYS, runConductor, runsHoldClock, type Progress } from '../lib/replay/mod.ts';
import { readSettings, spanOf, type Settings } from '../lib/settings/mod.ts';

/** Flags that stand for settings, and their variables. */
const FLAGS = {
  nats: 'DOWNLINE_NATS', natsPassword: 'DOWNLINE_NATS_PASSWORD', home: 'DOWNLINE_HOME', from: 'DOWNLINE_FROM', to: 'DOWNLINE_TO', historyFrom: 'DOWNLINE_HISTORY_FROM',
  speed: 'DOWNLINE_SPEED', disorder: 'DOWNLINE_DISORDER', seed: 'DOWNLINE_SEED', clockWaits: 'DOWNLINE_CLOCK_WAITS',
} as const;

type Flags = { readonly [F in keyof typeof FLAGS]?: string } & { readonly replay?: string; readonly lake?: string; readonly json?: boolean };

const program = new Command('simulate')
  .description('Plays recorded days as operations events into NATS. Settings are those of docs/settings.md; flags go before variables.')
  .option('--nats <address>', 'NATS server with JetStream (DOWNLINE_NATS; default: the one of the home)')
  .option('--nats-password <password>', 'password of its user `downline` (DOWNLINE_NATS_PASSWORD)')
  .option('--home <folder>', 'folder of the servers and their passwords (DOWNLINE_HOME)')
  .option('--lake <version>', 'clean version of the lake that the days are read from (default: the newest)')
  .option('--replay <id>', 'id of the replay; one that was begun is gone on with (default: `sim-<from>`)')
  .option('--from <day>', 'first operating day').option('--to <day>', 'last operating day').option('--history-from <day>', 'first day of the history that receivers warm up with')
  .option('--speed <number>', 'simulated minutes a real minute; 0 = as fast as the receivers follow')
  .option('--disorder <share>', 'share of events that come late, twice, in another order or with a damaged copy, 0 to 0.5')
  .option('--seed <number>', 'seed of everything that is made up')
  .option('--clock-waits <flag>', 'true: the clock stands still while a run is on its way to its canary')
  .option('--json', 'progress as JSON lines on standard output');

async function simulate(flags: Flags): Promise<void> {
  const env: Record<string, string | undefined> = { ...process.env };
  for (const [flag, variable] of Object.entries(FLAGS)) env[variable] = flags[flag as keyof typeof FLAGS] ?? env[variable];
  const settings = readSettings(env);
  const { historyFrom, from, to } = spanOf(settings);
  const { nats, s3 } = connectionsOf(settings);
  const bus = await connectBus({
    servers: nats.servers, name: 'simulate', environment: 'production',
    ...(nats.passwords.production !== undefined && { user: 'downline', password: nats.passwords.production }),
  });
  try {
    await ensureStreams(bus);
    const objects = openObjects(s3);
    const replay = flags.replay ?? `sim-${from}`;
    const before = await getReplay(await bus.records(REPLAYS), replay);
    const lake = flags.lake ?? before?.started.lake ?? (await listManifests(objects, 'clean')).at(-1)?.version;
    if (lake === undefined) throw new DownlineError('NOT_FOUND', 'the lake has no clean version; `npx downline up` brings one in');
    const stopping = new AbortController();
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort());
    const tell = reporter(flags.json === true);
    const conductor = runConductor({
      bus, replay, started: { from, to, historyFrom, lake, seed: settings.seed },
      feed: spanEvents(lakeFeed(objects, lake), { from, to, seed: settings.seed }),
      speed: settings.speed, disorder: settings.disorder, seed: settings.seed,
      clockWaits: settings.clockWaits ? runsHoldClock(bus, replay) : () => Promise.resolve(false),
      signal: stopping.signal, log: createLogger(quiet(settings), 'simulate'), onProgress: (progress) => tell(progress, false),
    });
    tell(await conductor.done, true);
  } finally {
    await bus.close();
  }
}

/** Its progress is what it has to say: of the log only what is wrong. */
function quiet(settings: Settings): Settings {
  return settings.logLevel === 'info' ? { ...settings, logLevel: 'warn' } : settings;
}

/** Tells the progress once a simulated day or whenever it waits, and the end. */
function reporter(json: boolean): (progress: Progress, last: boolean) => void {
  let told = '';
  return (progress, last) => {
    const { replay, day, status, waiting, events, eventsPerSecond, lag } = progress;
    const key = `${day ?? ''} ${status} ${waiting ?? ''}`;
    if (!last && (key === told || waiting === 'functions' || status === 'finished' || status === 'stopped')) return;
    told = key;
    console.log(json ? JSON.stringify(progress) : `${replay} ${day ?? 'begins'}: ${status}${waiting === null ? '' : `, waiting for ${waiting}`}; ${events} events, ${Math.round(eventsPerSecond)} a second${lag > 1_000 ? `, ${Math.round(lag / 1_000)} s behind` : ''}`);
  };
}

program.exitOverride();
try {
  await simulate(program.parse().opts<Flags>());
} catch (error) {
  if (error instanceof CommanderError) process.exit(error.exitCode === 0 ? 0 : 2);
  const known = toDownlineError(error);
  console.error(`${known.code}: ${known.message}\n  ${ERROR_CODES[known.code].remedy}`);
  await sleep(0);
  process.exit(1);
}
process.exit(0);
