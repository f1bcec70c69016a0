import { Agent, request as send, type IncomingMessage, type ServerResponse } from 'node:http';
import { performance } from 'node:perf_hooks';
import { pipeline } from 'node:stream';
import type { TrafficTarget } from '../platform.ts';
import { answerProblem } from './problem.ts';
import type { Revision } from './revision.ts';
import { stickyKey } from './sticky.ts';
import type { Tag, Traffic } from './traffic.ts';

/** Largest body that is taken, bytes; it is kept until the answer begins, to be sent again. */
const BODY_LIMIT = 1024 * 1024;
/** Longest time to the answer's beginning, milliseconds. */
const PATIENCE_MS = 30_000;

/** Headers of one hop (RFC 9110, 7.6.1), and those that the proxy sets itself. */
const HOP = new Set(['connection', 'keep-alive', 'proxy-authenticate', 'proxy-authorization', 'te', 'trailer', 'transfer-encoding', 'upgrade', 'host', 'content-length', 'expect', 'downline-tag']);

/**
 * The weighted, tagged proxy before revisions: a rotation keeps its side, the
 * header `downline-tag` addresses one. When a revision dies before its answer
 * has begun, the request goes once to another one that is ready.
 */
export class Proxy {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 256, scheduling: 'lifo' });
  readonly #traffic: () => Traffic;
  readonly #revision: (name: string) => Revision | undefined;

  constructor(options: { traffic(): Traffic; revision(name: string): Revision | undefined }) {
    this.#traffic = () => options.traffic();
    this.#revision = (name) => options.revision(name);
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(request);
    if (body === null) {
      answerProblem(response, 'TOO_LARGE', `the body is larger than ${BODY_LIMIT} bytes`, { connection: 'close' });
      return;
    }
    const traffic = this.#traffic();
    const asked = request.headers['downline-tag'];
    if (asked !== undefined) {
      const target = traffic.tagged(String(asked));
      if (target === null) answerProblem(response, 'NOT_FOUND', `no revision has the tag ${JSON.stringify(String(asked).slice(0, 40))}`);
      else await this.#try([target], request, response, body);
      return;
    }
    const target = traffic.pick(stickyKey(request.url ?? '/', body, request.headers['content-type']));
    await this.#try(target === null ? [] : [target, ...traffic.others(target)], request, response, body);
  }

  close(): void {
    this.#agent.destroy();
  }

  async #try(targets: readonly TrafficTarget[], request: IncomingMessage, response: ServerResponse, body: Buffer): Promise<void> {
    let attempts = 0;
    for (const target of targets) {
      const revision = this.#revision(target.revision);
      if (revision === undefined || revision.port === null || attempts === 2) continue;
      attempts += 1;
      if (await this.#forward(revision, target.tag ?? 'production', request, response, body)) return;
    }
    answerProblem(response, 'UNAVAILABLE', attempts === 0 ? 'no revision is ready' : 'the revision went away before it answered', { 'retry-after': '1' });
  }

  /** True when the request is answered, or its sender gone; false when another revision may answer it. */
  #forward(revision: Revision, tag: Tag, request: IncomingMessage, response: ServerResponse, body: Buffer): Promise<boolean> {
    const began = performance.now();
    return new Promise((resolve) => {
      const headers: Record<string, string | string[] | number> = { 'downline-tag': tag, 'content-length': body.length };
      for (const [name, value] of Object.entries(request.headers)) if (value !== undefined && !HOP.has(name)) headers[name] = value;
      const upstream = send({ host: '127.0.0.1', port: revision.port, agent: this.#agent, method: request.method, path: request.url, headers });
      const gone = (): void => void upstream.destroy();
      response.once('close', gone);
      upstream.setTimeout(PATIENCE_MS, () => upstream.destroy(new Error('no answer in time')));
      upstream.once('error', (error: NodeJS.ErrnoException) => {
        response.off('close', gone);
        if (response.destroyed) resolve(true);
        else {
          revision.tally.add(503);
          // An answer that has begun cannot be begun again; one that took too long would take as long elsewhere.
          const final = response.headersSent || error.code === undefined;
          if (final) answerProblem(response, 'UNAVAILABLE', `${revision.spec.name}: ${error.message}`, { 'retry-after': '1' });
          resolve(final);
        }
      });
      upstream.once('response', (answer) => {
        const kept = Object.entries(answer.headers).filter(([name]) => !HOP.has(name) || name === 'content-length');
        response.writeHead(answer.statusCode ?? 502, { ...Object.fromEntries(kept), 'downline-revision': revision.spec.name });
        pipeline(answer, response, () => {
          response.off('close', gone);
          revision.tally.add(answer.statusCode ?? 502, performance.now() - began);
          resolve(true);
        });
      });
      upstream.end(body);
    });
  }
}

/** The body, or null when it is too large (the rest is not read) or its sender is gone. */
function readBody(request: IncomingMessage): Promise<Buffer | null> {
  if (Number(request.headers['content-length'] ?? 0) > BODY_LIMIT) return Promise.resolve(null);
  return new Promise((resolve) => {
    const parts: Buffer[] = [];
    let size = 0;
    const take = (part: Buffer): void => {
      size += part.length;
      parts.push(part);
      if (size <= BODY_LIMIT) return;
      // Not destroyed: its socket has the answer to carry.
      request.off('data', take).pause();
      resolve(null);
    };
    request.on('data', take);
    request.once('end', () => resolve(parts.length === 1 ? parts[0]! : Buffer.concat(parts)));
    request.once('close', () => resolve(null));
  });
}
