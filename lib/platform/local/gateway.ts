import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { DownlineError } from '../../errors/mod.ts';
import { answerProblem } from './problem.ts';

type Listener = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

/** What stands behind the gateway. */
export interface Backend {
  /** Path prefixes (whole segments) of functions, and how each is reached. */
  readonly routes: readonly { readonly prefix: string; readonly listener: Listener }[];
  openapi(): Promise<unknown>;
  metrics(): Promise<string>;
  /** What is not ready; empty when all is. */
  health(): Promise<readonly string[]>;
}

/** A listener of an in-process function. */
export function hosted(fetch: (request: Request) => Response | Promise<Response>): Listener {
  // The global Request must know the listener's own: a body of unknown length is read and wrapped anew by the limit.
  const listener = getRequestListener(fetch);
  return async (request, response) => listener(request, response);
}

/** The HTTP front door: one server, routes of the inventory, the documents of all functions. */
export class Gateway {
  readonly #server: Server;
  readonly #backend: Backend;
  readonly #routes: Backend['routes'];
  readonly #loopback: boolean;

  constructor(backend: Backend, host: string) {
    this.#backend = backend;
    this.#routes = [...backend.routes].sort((a, b) => b.prefix.length - a.prefix.length);
    this.#loopback = isLoopback(host);
    this.#server = createServer({ keepAliveTimeout: 60_000, requestTimeout: 60_000 }, (request, response) => {
      void this.#handle(request, response).catch((error: unknown) => answerProblem(response, 'INTERNAL', String(error)));
    });
    this.#server.on('clientError', refuse);
  }

  /** Listens; resolves with the address. Throws `SETTING_INVALID` when the port is taken. */
  async listen(host: string, port: number): Promise<string> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', (error) => reject(new DownlineError('SETTING_INVALID', `DOWNLINE_PORT is ${port}, and ${host}:${port} cannot be listened on (${(error as NodeJS.ErrnoException).code ?? error.message}): choose another with --port or DOWNLINE_PORT`)));
      this.#server.listen(port, host, resolve);
    });
    const address = this.#server.address();
    const bound = typeof address === 'object' && address !== null ? address.port : port;
    return `http://${host.includes(':') ? `[${host}]` : host === '0.0.0.0' ? '127.0.0.1' : host}:${bound}`;
  }

  async close(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeIdleConnections();
      // Live updates of the dashboard never end by themselves.
      setTimeout(() => this.#server.closeAllConnections(), 500).unref();
    });
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const refusal = this.#foreign(request);
    if (refusal !== null) {
      answerProblem(response, 'BAD_REQUEST', refusal);
      return;
    }
    const path = pathOf(request.url ?? '/');
    if (path === null) answerProblem(response, 'BAD_REQUEST', 'the path is not well formed');
    else if (path === '/openapi.json' || path === '/healthz' || path === '/metrics') await this.#own(path, request, response);
    else {
      const route = this.#routes.find(({ prefix }) => prefix === '/' || path === prefix || path.startsWith(`${prefix}/`));
      if (route === undefined) answerProblem(response, 'NOT_FOUND', `there is nothing at ${path.slice(0, 200)}`);
      else await route.listener(request, response);
    }
  }

  async #own(path: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      answerProblem(response, 'METHOD_NOT_ALLOWED', `${path} takes GET`, { allow: 'GET, HEAD' });
      return;
    }
    if (path === '/metrics') answer(response, 200, 'text/plain; version=0.0.4; charset=utf-8', await this.#backend.metrics());
    else if (path === '/openapi.json') answer(response, 200, 'application/json', JSON.stringify(await this.#backend.openapi()));
    else {
      const missing = await this.#backend.health();
      answer(response, missing.length === 0 ? 200 : 503, 'application/json', JSON.stringify({ status: missing.length === 0 ? 'ok' : 'starting', missing }));
    }
  }

  /**
   * Why a request is not taken from a browser of somebody else's page: a name
   * that merely resolves to the loopback (DNS rebinding), or a change that
   * another origin asks for.
   */
  #foreign(request: IncomingMessage): string | null {
    const host = request.headers.host ?? '';
    if (this.#loopback && host !== '' && !isLoopback(host.replace(/:\d+$/, ''))) return `this address is not called ${host.slice(0, 100)}`;
    const { origin } = request.headers;
    const safe = request.method === 'GET' || request.method === 'HEAD' || request.method === 'OPTIONS';
    if (!safe && origin !== undefined && origin !== `http://${host}` && origin !== `https://${host}`) return 'changes are not taken from other origins';
    return null;
  }
}

function isLoopback(host: string): boolean {
  return ['localhost', '::1', '[::1]'].includes(host) || /^127(\.\d{1,3}){3}$/.test(host);
}

function pathOf(url: string): string | null {
  try {
    return new URL(url, 'http://localhost').pathname;
  } catch {
    return null;
  }
}

function answer(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body) });
  response.end(response.req.method === 'HEAD' ? undefined : body);
}

/** What is no HTTP, or has headers that are too large, gets a problem too. */
function refuse(error: NodeJS.ErrnoException, socket: Socket): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const large = error.code === 'HPE_HEADER_OVERFLOW';
  const body = JSON.stringify({ type: 'https://downline.invalid/errors/BAD_REQUEST', title: 'The request is no HTTP that is understood.', status: 400, detail: large ? 'the headers are too large' : 'the request is malformed', code: 'BAD_REQUEST' });
  socket.end(`HTTP/1.1 400 Bad Request\r\ncontent-type: application/problem+json\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`);
}
