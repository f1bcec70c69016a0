import { createServer, type Server } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import { setTimeout as sleep } from 'node:timers/promises';
import { toDownlineError } from '../../errors/mod.ts';
import { createHost, type Context, type Host } from '../../host/mod.ts';
import { readSettings } from '../../settings/mod.ts';
import { childOrder, jobOrder, revisionOrder, type ChildMessage, type ChildOrder } from './child-protocol.ts';
import { loadFunction, loadJob } from './code.ts';
import { openContext } from './context.ts';

// A child process of the local platform: a revision of a function behind HTTP (DOWNLINE_REVISION), or a job (DOWNLINE_JOB).

// The parent is gone, however it went: nobody wants the answer.
process.once('disconnect', () => process.exit(0));

try {
  const order = childOrder.parse(JSON.parse(process.env.DOWNLINE_CHILD ?? ''));
  await (process.env.DOWNLINE_JOB === undefined ? serve(order) : work(order, jobOrder.parse(JSON.parse(process.env.DOWNLINE_JOB))));
} catch (error) {
  const known = toDownlineError(error);
  console.error(error);
  await tell({ type: 'failed', reason: `${known.code}: ${known.message}` });
  process.exit(1);
}

async function serve(order: ChildOrder): Promise<void> {
  const { environment } = revisionOrder.parse(JSON.parse(process.env.DOWNLINE_REVISION ?? ''));
  const context = await contextOf(order, environment);
  const definition = await loadFunction({ name: order.function, folder: order.folder, job: false });
  const host = createHost(definition!, context);
  await host.start();
  const listener = getRequestListener((request) => host.fetch(request));
  const server = createServer((request, response) => void listener(request, response));
  // Idle connections are the gateway's to end: a server that ends them first answers some request with a reset.
  server.keepAliveTimeout = 120_000;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  process.once('SIGTERM', () => void drain(server, host, context));
  while (!(await isReady(host))) await sleep(50);
  const address = server.address();
  await tell({ type: 'ready', port: typeof address === 'object' && address !== null ? address.port : 0 });
}

async function isReady(host: Host): Promise<boolean> {
  const answer = await host.fetch(new Request('http://localhost/health/readiness'));
  if (!answer.ok) console.error(`not ready: ${(await answer.text()).slice(0, 500)}`);
  return answer.ok;
}

async function drain(server: Server, host: Host, context: Context): Promise<void> {
  server.closeIdleConnections();
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    setTimeout(() => server.closeAllConnections(), 3_000).unref();
  });
  await host.stop();
  await context.bus.close();
  process.exit(0);
}

async function work(order: ChildOrder, { input }: { input?: unknown }): Promise<void> {
  const context = await contextOf(order, 'production');
  const abort = new AbortController();
  process.once('SIGTERM', () => abort.abort(new Error('the platform stops')));
  const job = await loadJob(order.function, order.folder);
  const output = await job(input, {
    context,
    signal: abort.signal,
    progress: (share, detail) => void tell({ type: 'progress', share, detail }),
  });
  await tell({ type: 'done', output: output ?? null });
  process.exit(0);
}

async function contextOf(order: ChildOrder, environment: 'production' | 'staging'): Promise<Context> {
  const settings = readSettings(process.env);
  return openContext({
    name: order.function,
    settings,
    environment,
    access: {
      nats: { servers: settings.nats ?? '', password: settings.natsPassword },
      s3: { endpoint: settings.s3 ?? '', bucket: settings.s3Bucket, key: settings.s3Key ?? '', secret: settings.s3Secret ?? '' },
    },
    release: order,
    platform: null,
    mlflowUrl: () => settings.mlflow ?? null,
    rayUrl: () => settings.ray ?? null,
  });
}

/** Resolves when the parent has the message. */
function tell(message: ChildMessage): Promise<void> {
  return new Promise((resolve) => {
    if (process.send === undefined || !process.connected) resolve();
    else process.send(message, undefined, {}, () => resolve());
  });
}
