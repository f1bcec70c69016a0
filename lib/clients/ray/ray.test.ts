import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DownlineError, isDownlineError } from '../../errors/mod.ts';
import { createHttpClient } from '../http/mod.ts';
import { answering, HOSTILE, launch, trainingProgram, type Launched } from '../testing.ts';
import { createRay, type Ray, type RayStatus } from './mod.ts';

/** Ray puts the machine's outward address in the place of 127.0.0.1, but not of another one of the loopback. */
const NODE = process.platform === 'darwin' ? '127.0.0.1' : '127.0.0.2';

let folder: string;
let server: Launched;
let ray: Ray;

async function freePorts(count: number): Promise<number[]> {
  const listeners = Array.from({ length: count }, () => createServer());
  await Promise.all(listeners.map((one) => new Promise<void>((done) => one.listen(0, '127.0.0.1', done))));
  const ports = listeners.map((one) => (one.address() as { port: number }).port);
  await Promise.all(listeners.map((one) => new Promise((done) => one.close(done))));
  return ports;
}

beforeAll(async () => {
  // On a crowded machine Ray's own processes give up on each other after 30 s; then it begins anew, as it does when supervised.
  for (let attempt = 1; !await start(); attempt += 1) {
    const said = await server.said();
    await stop();
    if (attempt === 4) throw new Error(said);
  }
}, 400_000);

/** Starts Ray; false when it gave up. */
async function start(): Promise<boolean> {
  // Sockets below Ray's folder must stay shorter than 107 bytes.
  folder = await mkdtemp('/tmp/ray-');
  const [gcs, dashboard, agent, client] = await freePorts(4);
  server = launch(trainingProgram('ray'), [
    'start', '--head', '--block', '--disable-usage-stats', '--include-dashboard=true', '--dashboard-host=127.0.0.1', `--node-ip-address=${NODE}`,
    '--num-cpus=1', '--num-gpus=0', '--object-store-memory=80000000', `--temp-dir=${folder}`, `--port=${gcs}`, `--dashboard-port=${dashboard}`,
    `--dashboard-agent-listen-port=${agent}`, `--ray-client-server-port=${client}`, '--min-worker-port=0', '--max-worker-port=0',
  ], { cwd: folder });
  ray = createRay(`http://127.0.0.1:${dashboard}`);
  for (const end = Date.now() + 150_000; Date.now() < end; await sleep(300)) {
    // Jobs are started by an agent that comes up after the dashboard.
    if (await ray.healthy() && await answers(`http://${NODE}:${agent}`)) return true;
    if ((await server.said()).includes('Remaining processes will be killed')) return false;
  }
  return false;
}

async function stop(): Promise<void> {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
}

afterAll(stop);

/** The agent answers nobody who looks like a browser, as Node's `fetch` does. */
async function answers(url: string): Promise<boolean> {
  const http = createHttpClient({ service: 'the agent', url, timeoutMs: 3000, refuse: (path) => new DownlineError('SERVICE_DOWN', path) });
  return http.bytes('/api/local_raylet_healthz').then(() => true, () => false);
}

async function ended(id: string): Promise<RayStatus> {
  for (;;) {
    const job = await ray.get(id);
    if (job !== null && job.status !== 'PENDING' && job.status !== 'RUNNING') return job.status;
    await sleep(200);
  }
}

describe('jobs', () => {
  test('run once under their id, with their environment, and say how far they are', async () => {
    const options = { entrypoint: `echo '{"progress": 0.5, "detail": "half"}'; echo "{\\"result\\": {\\"word\\": \\"$WORD\\"}}"`, env: { WORD: 'there' }, metadata: { run: 'run-1' } };
    await ray.submit('downline-run-1', options);
    const again = await ray.submit('downline-run-1', { entrypoint: 'false' });
    expect(again.entrypoint).toBe(options.entrypoint);
    expect(await ended('downline-run-1')).toBe('SUCCEEDED');
    expect(await ray.progress('downline-run-1')).toEqual({ progress: 0.5, detail: 'half', result: { word: 'there' }, error: null });
    expect((await ray.log('downline-run-1', 10)).length).toBe(10);
    expect((await ray.list()).filter((job) => job.id === 'downline-run-1')).toMatchObject([{ status: 'SUCCEEDED', metadata: { run: 'run-1' } }]);
  });

  test('submitted by several at once are one', async () => {
    const all = await Promise.all([1, 2, 3].map(() => ray.submit('downline-race', { entrypoint: 'echo once' })));
    expect(new Set(all.map((job) => job.id))).toEqual(new Set(['downline-race']));
    expect(await ended('downline-race')).toBe('SUCCEEDED');
    expect((await ray.log('downline-race')).match(/^once$/gm)).toHaveLength(1);
  });

  test('that fail say so, with the error they printed', async () => {
    await ray.submit('downline-bad', { entrypoint: `echo '{"error": {"code": "DATASET_INVALID", "message": "no rows"}}'; exit 1` });
    expect(await ended('downline-bad')).toBe('FAILED');
    expect((await ray.progress('downline-bad')).error).toEqual({ code: 'DATASET_INVALID', message: 'no rows' });
    expect((await ray.get('downline-bad'))?.message).toContain('1');
  });

  test('can be stopped', async () => {
    await ray.submit('downline-long', { entrypoint: 'sleep 600' });
    while ((await ray.get('downline-long'))?.status === 'PENDING') await sleep(200);
    expect(await ray.stop('downline-long')).toBe(true);
    expect(await ended('downline-long')).toBe('STOPPED');
  });

  test('that nobody submitted are null', async () => {
    expect(await ray.get('downline-none')).toBeNull();
    await expect(ray.log('downline-none')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(ray.stop('downline-none')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});

describe('a server that is not Ray', () => {
  for (const [name, listener] of Object.entries(HOSTILE)) {
    test(name, async () => {
      const hostile = await answering(listener);
      const client = createRay(hostile.url, { timeoutMs: 400 });
      try {
        for (const call of [() => client.get('a'), () => client.list(), () => client.log('a'), () => client.stop('a'), () => client.submit('a', { entrypoint: 'true' })]) {
          const caught: unknown = await call().then(() => 'answered', (error: unknown) => error);
          expect(isDownlineError(caught, 'SERVICE_DOWN'), String(caught)).toBe(true);
        }
        expect(await client.healthy()).toBe(false);
      } finally {
        await hostile.stop();
      }
    });
  }
});
