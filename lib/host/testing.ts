import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectBus, ensureStreams, type Bus } from '../clients/nats/mod.ts';
import { keepsObjects, openObjects, type Objects } from '../clients/s3/mod.ts';

/**
 * Real servers for tests: each test file has its own NATS and S3 on ports that
 * the system gives, in a temporary folder. They end with the test process,
 * however that ends.
 */

/** A server that a test can kill and bring back on the same port and store. */
export interface Server {
  /** Ends it at once (SIGKILL), as a power cut would. */
  kill(): Promise<void>;
  /** Starts it again with what it had stored. */
  restart(): Promise<void>;
  /** Ends it and removes its store. */
  stop(): Promise<void>;
}

export interface NatsServer extends Server {
  /** Address of both accounts, `nats://127.0.0.1:<port>`. */
  readonly url: string;
  /** A bus of an account with its streams made; closed by `stop`. */
  connect(environment?: 'production' | 'staging', name?: string): Promise<Bus>;
}

export interface S3Server extends Server {
  readonly endpoint: string;
  readonly bucket: string;
  readonly key: string;
  readonly secret: string;
  /** The bucket below a prefix (default: a new one). */
  objects(prefix?: string): Objects;
}

let nats: Promise<NatsServer> | undefined;
let s3: Promise<S3Server> | undefined;

/** The test file's NATS server with the accounts `production` and `staging`; `fresh` gives one of its own. */
export function startNats(options: { fresh?: boolean } = {}): Promise<NatsServer> {
  return options.fresh === true ? launchNats() : (nats ??= launchNats());
}

/** The test file's S3 server (SeaweedFS) with a bucket; `fresh` gives one of its own. */
export function startS3(options: { fresh?: boolean } = {}): Promise<S3Server> {
  return options.fresh === true ? launchS3() : (s3 ??= launchS3());
}

async function launchNats(): Promise<NatsServer> {
  const folder = await mkdtemp(join(tmpdir(), 'downline-nats-'));
  const [port = 0] = await freePorts(1);
  await writeFile(join(folder, 'nats.conf'), [
    `listen: "127.0.0.1:${port}"`,
    'max_payload: 4MB',
    `jetstream { store_dir: ${JSON.stringify(join(folder, 'store'))} }`,
    'accounts {',
    '  PRODUCTION { jetstream: enabled, users: [ { user: production, password: production } ] }',
    '  STAGING { jetstream: enabled, users: [ { user: staging, password: staging } ] }',
    '}',
  ].join('\n'));
  const url = `nats://127.0.0.1:${port}`;
  const server = await supervise(folder, 'nats-server', ['-c', join(folder, 'nats.conf')], () => answersNats(port));
  const open: Bus[] = [];
  return {
    ...server,
    url,
    async connect(environment = 'production', name = 'test') {
      const bus = await connectBus({ servers: url, user: environment, password: environment, name, environment });
      open.push(bus);
      await ensureStreams(bus);
      return bus;
    },
    async stop() {
      await Promise.allSettled(open.map((bus) => bus.close()));
      await server.stop();
    },
  };
}

async function launchS3(): Promise<S3Server> {
  const folder = await mkdtemp(join(tmpdir(), 'downline-s3-'));
  const ports = await freePorts(8);
  const flags = ['master.port', 'master.port.grpc', 'volume.port', 'volume.port.grpc', 'filer.port', 'filer.port.grpc', 's3.port', 's3.port.grpc'];
  const endpoint = `http://127.0.0.1:${ports[6] ?? 0}`;
  const [key, secret, bucket] = ['test', randomBytes(12).toString('hex'), 'downline'];
  await writeFile(join(folder, 's3.json'), JSON.stringify({
    identities: [{ name: 'test', credentials: [{ accessKey: key, secretKey: secret }], actions: ['Admin', 'Read', 'Write', 'List', 'Tagging'] }],
  }));
  const address = { endpoint, bucket, key, secret };
  const server = await supervise(folder, 'weed', [
    'server', `-dir=${folder}`, '-ip=127.0.0.1', '-ip.bind=127.0.0.1', '-filer', '-s3', `-s3.config=${join(folder, 's3.json')}`,
    '-master.telemetry=false', '-master.volumeSizeLimitMB=64', '-volume.max=100', '-s3.port.iceberg=0', '-s3.port.lance=0',
    '-master.electionTimeout=1s', ...flags.map((flag, index) => `-${flag}=${ports[index] ?? 0}`),
  ], () => keepsObjects(address).catch(() => false));
  return { ...server, ...address, objects: (prefix = randomBytes(4).toString('hex')) => openObjects({ ...address, prefix }) };
}

async function supervise(folder: string, binary: string, args: string[], ready: () => Promise<boolean>): Promise<Server> {
  const file = findBinary(binary);
  let current: { shell: ChildProcess; pid: number } | undefined;
  const restart = async (): Promise<void> => {
    current = await launch(file, args, folder);
    for (const end = Date.now() + 60_000; !await ready();) {
      if (Date.now() > end) throw new Error(`${binary} did not answer; its log is ${join(folder, 'log')}`);
      await sleep(30);
    }
  };
  const end = async (word: string): Promise<void> => {
    if (current === undefined) return;
    const { shell } = current;
    const ended = new Promise<void>((done) => shell.once('exit', () => done()));
    shell.ref();
    shell.stdin?.end(word);
    await ended;
    current = undefined;
  };
  await restart();
  return { kill: () => end('keep'), restart, stop: async () => { await end(''); await rm(folder, { recursive: true, force: true }); } };
}

/**
 * Runs a program behind a shell that kills it as soon as its own standard input
 * closes, and removes the folder unless it was told to keep it: so nothing
 * outlives this process, even when that is killed.
 */
async function launch(file: string, args: string[], folder: string): Promise<{ shell: ChildProcess; pid: number }> {
  const script = '"$@" >>log 2>&1 & echo $!; exec >&-; word=$(cat); kill -9 $!; wait $!; [ "$word" = keep ] || rm -rf "$PWD"';
  const shell = spawn('sh', ['-c', script, 'sh', file, ...args], { cwd: folder, stdio: ['pipe', 'pipe', 'ignore'] });
  const pid = await new Promise<number>((done, fail) => {
    shell.once('error', fail);
    shell.stdout.once('data', (data: Buffer) => done(Number(data.toString())));
  });
  shell.unref();
  (shell.stdin as unknown as { unref(): void }).unref();
  (shell.stdout as unknown as { unref(): void }).unref();
  return { shell, pid };
}

/** The program in Downline's own environment, or on the path. */
function findBinary(name: string): string {
  const home = resolve(process.env['DOWNLINE_HOME'] ?? '.downline');
  const folders = [join(home, 'env', 'serve', 'bin'), ...(process.env['PATH'] ?? '').split(delimiter)];
  const file = folders.map((folder) => join(folder, name)).find((candidate) => existsSync(candidate));
  if (file === undefined) throw new Error(`${name} is neither in ${folders[0] ?? ''} nor on the PATH; \`npm test\` installs it`);
  return file;
}

/** Ports that were free a moment ago, all different. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(Array.from({ length: count }, () => new Promise<ReturnType<typeof createServer>>((done, fail) => {
    const server = createServer().once('error', fail).listen(0, '127.0.0.1', () => done(server));
  })));
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((done) => server.close(done))));
  return ports;
}

/** True once NATS greets on its port. */
function answersNats(port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('data', () => { socket.destroy(); done(true); });
    socket.once('error', () => done(false));
  });
}
