import { z } from 'zod';
import { DownlineError, type ErrorCode } from '../../errors/mod.ts';
import { createHttpClient, type HttpAnswer, type HttpClient } from '../http/mod.ts';

const refusal = z.object({ error_code: z.string(), message: z.string().default('') });

/** MLflow's error codes that have a meaning of their own here; any other 4xx is `BAD_REQUEST`. */
const CODES: Readonly<Record<string, ErrorCode>> = {
  RESOURCE_DOES_NOT_EXIST: 'NOT_FOUND',
  RESOURCE_ALREADY_EXISTS: 'CONFLICT',
  TEMPORARILY_UNAVAILABLE: 'SERVICE_DOWN',
  REQUEST_LIMIT_EXCEEDED: 'BUSY',
};

/** The prefix of MLflow's REST interface. */
export const API = '/api/2.0/mlflow';

/** Answers that hold nothing of interest. */
export const nothing = z.unknown();

/** `[{key, value}]`, as MLflow writes tags and params, as a record. */
export const pairs = z.array(z.object({ key: z.string(), value: z.string().default('') })).default([])
  .transform((list) => Object.fromEntries(list.map(({ key, value }) => [key, value])) as Readonly<Record<string, string>>);

/** A record as MLflow wants tags and params. */
export function toPairs(record: Readonly<Record<string, string>> = {}): { key: string; value: string }[] {
  return Object.entries(record).map(([key, value]) => ({ key, value }));
}

/** A string in a filter of MLflow's search language. Throws `BAD_REQUEST` for what it cannot quote. */
export function quote(text: string): string {
  if (/['"\\`]/.test(text)) throw new DownlineError('BAD_REQUEST', `MLflow cannot search for ${JSON.stringify(text)}: quotes and backslashes do not go into a filter`);
  return `'${text}'`;
}

/** The HTTP client with MLflow's refusals as Downline's errors. */
export function mlflowHttp(url: string, timeoutMs?: number): HttpClient {
  const http: HttpClient = createHttpClient({ service: 'MLflow', url, timeoutMs, refuse });
  function refuse(path: string, answer: HttpAnswer): DownlineError {
    let said: z.output<typeof refusal>;
    try {
      said = http.parse(path, refusal, answer.body);
    } catch (error) {
      // Artifact routes and proxies refuse without MLflow's envelope.
      if (answer.status === 404) return new DownlineError('NOT_FOUND', `MLflow: ${path}: HTTP 404`, { cause: error });
      return new DownlineError('SERVICE_DOWN', `MLflow: ${path}: HTTP ${answer.status} that is not an answer of MLflow`, { cause: error });
    }
    const code = CODES[said.error_code] ?? (answer.status === 404 ? 'NOT_FOUND' : 'BAD_REQUEST');
    return new DownlineError(code, `MLflow: ${path}: ${said.error_code}: ${said.message.slice(0, 500)}`, { ids: { errorCode: said.error_code, status: answer.status } });
  }
  return http;
}
