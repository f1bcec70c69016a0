import { HTTPException } from 'hono/http-exception';
import type { z } from 'zod';
import { DownlineError, toDownlineError, toProblem, type ErrorCode } from '../errors/mod.ts';

/** One field of a request that does not fit: `path` as `legs.0.flight`, `message` what is wrong with it. */
export interface FieldError {
  readonly path: string;
  readonly message: string;
}

/** Members of a problem beyond those of the error: the fields that do not fit, the index of the event at fault. */
export interface ProblemExtras {
  readonly errors?: readonly FieldError[];
  readonly index?: number;
}

/** Extras that ride on an error up to the place where it becomes an answer. */
const extras = new WeakMap<DownlineError, ProblemExtras>();

/** An error with extras for its problem. */
export function withExtras(error: DownlineError, more: ProblemExtras): DownlineError {
  extras.set(error, { ...extras.get(error), ...more });
  return error;
}

/** The `BAD_REQUEST` of a request that does not fit its schema. */
export function badRequest(where: string, error: z.core.$ZodError): DownlineError {
  const errors = error.issues.slice(0, 20).map((issue) => ({ path: [where, ...issue.path].map(String).join('.').slice(0, 200), message: issue.message.slice(0, 300) }));
  const detail = errors.map(({ path, message }) => `${path}: ${message}`).join('; ').slice(0, 500);
  return withExtras(new DownlineError('BAD_REQUEST', detail), { errors });
}

/** RFC 9457 answer to an error. */
export function problemResponse(error: unknown, trace?: string): Response {
  const known = fromHttp(error);
  const problem = { ...toProblem(known), ...extras.get(known), ...(trace !== undefined && { trace }) };
  const headers: Record<string, string> = { 'content-type': 'application/problem+json' };
  if (problem.status === 429 || problem.status === 503) headers['retry-after'] = '1';
  return new Response(JSON.stringify(problem), { status: problem.status, headers });
}

/** Hono's own exceptions in Downline's words. */
function fromHttp(error: unknown): DownlineError {
  if (!(error instanceof HTTPException)) return toDownlineError(error);
  const codes: Readonly<Record<number, ErrorCode>> = { 404: 'NOT_FOUND', 405: 'METHOD_NOT_ALLOWED', 413: 'TOO_LARGE', 415: 'UNSUPPORTED_MEDIA', 429: 'BUSY', 503: 'UNAVAILABLE' };
  const code = codes[error.status] ?? (error.status < 500 ? 'BAD_REQUEST' : 'INTERNAL');
  return new DownlineError(code, error.message === '' ? 'the request could not be read' : error.message, { cause: error });
}
