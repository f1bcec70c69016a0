import { DownlineError, toProblem } from '../../errors/mod.ts';
import type { TrafficTarget } from '../platform.ts';
import type { Revision } from './revision.ts';

/** Longest time of one batch of events, milliseconds. */
const PATIENCE_MS = 120_000;

/** Sends a relay's batch to the revision with a tag; 503 when it is not ready or goes away: the relay tries again. */
export async function deliver(request: Request, target: TrafficTarget | null, revision: Revision | undefined): Promise<Response> {
  if (target === null || revision === undefined || revision.port === null) return unavailable('no revision is ready');
  try {
    const answer = await fetch(revision.url, { method: 'POST', headers: request.headers, body: await request.arrayBuffer(), signal: AbortSignal.timeout(PATIENCE_MS) });
    revision.tally.add(answer.status);
    return answer;
  } catch (error) {
    revision.tally.add(503);
    return unavailable(error instanceof Error ? error.message : String(error));
  }
}

function unavailable(why: string): Response {
  const problem = toProblem(new DownlineError('UNAVAILABLE', why));
  return Response.json(problem, { status: problem.status, headers: { 'content-type': 'application/problem+json' } });
}
