import { Agent, request as send } from 'node:http';

/** One HTTP request of a generator. */
export interface Call {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** An answer, or why there was none (`status` 0). */
export interface Answer {
  readonly status: number;
  readonly body: string;
  readonly problem: string | null;
}

export interface Client {
  /** Never throws: a failure is an answer with status 0. */
  call(call: Call): Promise<Answer>;
  close(): void;
}

/** An answer is read up to here; what is longer counts as a failure. */
const MOST_BYTES = 8 * 1024 * 1024;

/** A client of one server with connections kept open. `timeoutMs` bounds each request, from asking to the last byte. */
export function createClient(base: URL, options: { readonly connections?: number; readonly timeoutMs?: number } = {}): Client {
  const { connections = 64, timeoutMs = 10_000 } = options;
  const agent = new Agent({ keepAlive: true, maxSockets: connections, maxFreeSockets: connections });
  return {
    call({ method, path, headers = {}, body }) {
      return new Promise((done) => {
        const fail = (problem: string): void => done({ status: 0, body: '', problem });
        const outgoing = send({
          agent, method, path, host: base.hostname, port: base.port, signal: AbortSignal.timeout(timeoutMs),
          headers: { ...headers, ...(body !== undefined && { 'content-type': headers['content-type'] ?? 'application/json', 'content-length': Buffer.byteLength(body) }) },
        }, (answer) => {
          const parts: Buffer[] = [];
          let size = 0;
          answer.on('data', (part: Buffer) => {
            size += part.length;
            if (size > MOST_BYTES) answer.destroy(new Error(`the answer is larger than ${MOST_BYTES} bytes`));
            else parts.push(part);
          });
          answer.once('end', () => done({ status: answer.statusCode ?? 0, body: Buffer.concat(parts).toString(), problem: null }));
          answer.once('error', (error) => fail(error.message));
        });
        outgoing.once('error', (error) => fail(error.message));
        outgoing.end(body);
      });
    },
    close: () => agent.destroy(),
  };
}
