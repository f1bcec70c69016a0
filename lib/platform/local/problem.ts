import type { ServerResponse } from 'node:http';
import { DownlineError, toProblem, type ErrorCode } from '../../errors/mod.ts';

/** Answers with problem+json, unless an answer has begun: then the connection is cut, so that half an answer is seen as such. */
export function answerProblem(response: ServerResponse, code: ErrorCode, message: string, headers: Record<string, string> = {}): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const problem = toProblem(new DownlineError(code, message));
  const body = JSON.stringify(problem);
  response.writeHead(problem.status, { 'content-type': 'application/problem+json', 'content-length': Buffer.byteLength(body), ...headers });
  response.end(body);
}
