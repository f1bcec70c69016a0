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
  /** The JSON body of a 2xx answer, checked; other statuses go to `refuse`, which throws. */
  json<S extends z.ZodType>(path: string, schema: S, request?: HttpRequest): Promise<z.output<S>>;
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
    const init: RequestInit = { method: request.method ?? 'GET', signal: AbortSignal.timeout(timeoutMs), redirect: 'manual' };
    if (request.json !== undefined) {
      init.body = JSON.stringify(request.json);
      init.headers = { 'content-type': 'application/json' };
    } else if (request.bytes !== undefined) {
      init.body = new Uint8Array(request.bytes);
      init.headers = { 'content-type': 'application/octet-stream' };
    }
    try {
      const response = await fetch(url, init);
      return { status: response.status, body: await readBounded(response, maxBytes) };
    } catch (error) {
      if (error instanceof RangeError) throw down(path, error.message, error);
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : '';
      throw down(path, `${error instanceof Error ? error.message : String(error)}${cause && `: ${cause}`}`, error);
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

  return {
    send,
    parse,
    async json(path, schema, request) {
      const answer = await send(path, request);
      if (answer.status >= 500) throw down(path, `HTTP ${answer.status}: ${new TextDecoder().decode(answer.body).slice(0, 500)}`);
      if (answer.status < 200 || answer.status >= 300) throw refuse(path, answer);
      return parse(path, schema, answer.body);
    },
  };
}

/** A body of at most `maxBytes`; throws `RangeError` beyond, without reading on. */
async function readBounded(response: Response, maxBytes: number): Promise<Uint8Array> {
  if (response.body === null) return new Uint8Array();
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of response.body as ReadableStream<Uint8Array>) {
    size += part.byteLength;
    if (size > maxBytes) throw new RangeError(`the answer is larger than ${maxBytes} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts);
}
