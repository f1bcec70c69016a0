import { request as http, type OutgoingHttpHeaders, type RequestOptions } from 'node:http';
import { request as https } from 'node:https';
import { z } from 'zod';
import { DownlineError } from '../../errors/mod.ts';

export interface HttpRequest {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Sent as it is. */
  readonly bytes?: Uint8Array;
}

export interface HttpAnswer { readonly status: number; readonly body: Uint8Array }

/** A backing service's HTTP interface: bounded in time and size, with every answer checked. */
export interface HttpClient {
  /** The answer whatever its status. Throws `SERVICE_DOWN` when there is none in time, or a too large one. */
  send(path: string, request?: HttpRequest): Promise<HttpAnswer>;
  /** The JSON body of a 2xx answer, checked; other answers as with `bytes`. */
  json<S extends z.ZodType>(path: string, schema: S, request?: HttpRequest): Promise<z.output<S>>;
  /** The body of a 2xx answer as it is; 5xx is `SERVICE_DOWN`, other statuses go to `refuse`. */
  bytes(path: string, request?: HttpRequest): Promise<Uint8Array>;
  /** A JSON text of this service, checked; `SERVICE_DOWN` when it is cut off, not JSON, or not of the schema. */
  parse<S extends z.ZodType>(path: string, schema: S, body: Uint8Array): z.output<S>;
}

/**
 * A client for one service. An answer that does not fit its schema (truncated,
 * HTML of a proxy, another service on that port) means that the service is not
 * what answers there: `SERVICE_DOWN`, worth a retry later.
 */
export function createHttpClient(options: {
  readonly service: string;
  readonly url: string;
  /** For connect, headers and body together. */
  readonly timeoutMs?: number;
  readonly maxBytes?: number;
  /** Turns an answer outside 2xx into the error to throw. */
  readonly refuse: (path: string, answer: HttpAnswer) => DownlineError;
}): HttpClient {
  const { service, refuse, timeoutMs = 30_000, maxBytes = 64 * 1024 * 1024 } = options;
  const base = options.url.replace(/\/+$/, '');
  const down = (path: string, why: string, cause?: unknown): DownlineError =>
    new DownlineError('SERVICE_DOWN', `${service} at ${base}: ${path}: ${why}`, { ids: { service }, cause });

  async function send(path: string, request: HttpRequest = {}): Promise<HttpAnswer> {
    const url = new URL(base + path);
    for (const [key, value] of Object.entries(request.query ?? {})) if (value !== undefined) url.searchParams.set(key, String(value));
    const body = request.json === undefined ? request.bytes : Buffer.from(JSON.stringify(request.json));
    const headers: OutgoingHttpHeaders = body === undefined ? {} : {
      'content-type': request.json === undefined ? 'application/octet-stream' : 'application/json',
      'content-length': body.byteLength,
    };
    try {
      return await exchange(url, { method: request.method ?? 'GET', headers, signal: AbortSignal.timeout(timeoutMs) }, body, maxBytes);
    } catch (error) {
      throw down(path, error instanceof Error ? error.message : String(error), error);
    }
  }

  function parse<S extends z.ZodType>(path: string, schema: S, body: Uint8Array): z.output<S> {
    const text = new TextDecoder().decode(body);
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (error) {
      throw down(path, `the answer is not JSON: ${JSON.stringify(text.slice(0, 200))}`, error);
    }
    const parsed = schema.safeParse(value);
    if (!parsed.success) throw down(path, `the answer is not what ${service} gives: ${z.prettifyError(parsed.error).slice(0, 500)}`);
    return parsed.data;
  }

  async function bytes(path: string, request?: HttpRequest): Promise<Uint8Array> {
    const answer = await send(path, request);
    if (answer.status >= 500) throw down(path, `HTTP ${answer.status}: ${new TextDecoder().decode(answer.body).slice(0, 500)}`);
    if (answer.status < 200 || answer.status >= 300) throw refuse(path, answer);
    return answer.body;
  }

  return { send, parse, bytes, json: async (path, schema, request) => parse(path, schema, await bytes(path, request)) };
}

/**
 * One request and its answer, of at most `maxBytes`. Not `fetch`: Node's sends
 * `Sec-Fetch-Mode`, which Ray takes for a browser's and refuses to be posted to.
 * Redirects are answers like any other.
 */
function exchange(url: URL, options: RequestOptions, body: Uint8Array | undefined, maxBytes: number): Promise<HttpAnswer> {
  return new Promise((done, fail) => {
    const request = (url.protocol === 'https:' ? https : http)(url, options, (response) => {
      const parts: Buffer[] = [];
      let size = 0;
      response.on('data', (part: Buffer) => {
        size += part.byteLength;
        if (size > maxBytes) request.destroy(new Error(`the answer is larger than ${maxBytes} bytes`));
        else parts.push(part);
      });
      response.once('end', () => done({ status: response.statusCode ?? 0, body: Buffer.concat(parts) }));
      response.once('error', fail);
    });
    request.once('error', fail);
    request.end(body);
  });
}
