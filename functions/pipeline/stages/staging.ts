import { z } from 'zod';
import { DownlineError } from '../../../lib/errors/mod.ts';
import { encodeEvent, type Envelope, type Gate } from '../../../lib/events/mod.ts';
import { receiptId } from '../../../lib/model/mod.ts';
import { atLeast, atMost, REGISTERED_MODEL } from '../../../lib/pipeline/mod.ts';
import { required, type StageAction, type Step } from '../step.ts';
import { loadRollout } from '../store.ts';
import { answeredVectors } from '../vectors.ts';
import { stagingRevision } from './revision.ts';

const VECTORS = 20;
const TIMEOUT_MS = 20_000;

const receipt = z.looseObject({ prediction: z.looseObject({ bundle: z.string(), role: z.string(), degraded: z.string().nullable(), legs: z.array(z.unknown()).min(1) }) });

/**
 * The integration test: the candidate as a revision of the staging environment
 * is sent real rotation messages as CloudEvents; its answers must resolve by
 * receipt, name this bundle, and not be degraded; bad input must be refused
 * without a 5xx; and not one production event may come of all this.
 */
export const staging: StageAction = async (step) => {
  const { run, context: { bus, log } } = step;
  const bundle = required(run, 'bundle');
  const rollout = await loadRollout(bus, run.replay);
  if (rollout === null) throw new DownlineError('UNAVAILABLE', 'waits for the rollout to begin');
  const vectors = await answeredVectors(bus, { replay: run.replay, revision: rollout.production.revision, count: VECTORS });
  await step.mlflow().registry.setAlias(REGISTERED_MODEL, 'staging', required(run, 'modelVersion'));
  const revision = await stagingRevision(step);
  const before = (await bus.bounds('PREDICTIONS')).last;

  const sent = await post(revision.url, 'application/cloudevents-batch+json', JSON.stringify(vectors.map((vector) => encodeEvent(vector))));
  const answered = await Promise.all(vectors.map((vector) => answer(revision.url, revision.name, bundle, vector)));
  const faults = answered.filter((fault) => fault !== null);
  const refusals = await Promise.all([
    post(revision.url, 'application/cloudevents+json', '{"specversion": "1.0", '),
    post(revision.url, 'application/cloudevents+json', JSON.stringify({ ...encodeEvent(vectors[0]!), data: { replay: 7 } })),
    post(`${revision.url}/v1/predictions`, 'application/json', JSON.stringify({ tail: '../../etc/passwd' })),
  ]);
  const leaked = await leaks(step, before, revision.name);
  log.info({ run: run.id, sent, faults: faults.length, refusals, leaked }, 'integration test');

  const gates: Gate[] = [
    atLeast({
      name: 'staging-answers', stage: 'staging', unit: 'share', measured: (vectors.length - faults.length) / vectors.length, limit: 1,
      evidence: `${vectors.length} real rotation messages sent to ${revision.name}, answered ${sent}; ${faults[0] ?? 'every receipt resolves to this bundle'}`,
    }),
    atMost({
      name: 'staging-refuses', stage: 'staging', unit: 'answers', measured: refusals.filter((status) => status < 400 || status >= 500).length, limit: 0,
      evidence: `truncated, invalid and hostile requests were answered ${refusals.join(', ')}`,
    }),
    atMost({
      name: 'staging-isolated', stage: 'staging', unit: 'events', measured: leaked, limit: 0,
      evidence: `production's PREDICTIONS was read from sequence ${before + 1}: events of ${revision.name} or with the role staging`,
    }),
  ];
  return { kind: 'done', detail: `${revision.name} answered ${vectors.length - faults.length} of ${vectors.length} messages`, gates };
};

/** What is wrong with the answer to one vector, or null. */
async function answer(url: string, revision: string, bundle: string, vector: Envelope<'rotation.changed'>): Promise<string | null> {
  const id = receiptId({ replay: vector.replay, rotation: vector.data.rotation, vectorSequence: vector.sequence ?? 0, bundle, revision, role: 'staging', assumed: [] });
  const response = await fetch(`${url}/v1/receipts/${encodeURIComponent(id)}`, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  const text = await response.text();
  if (response.status !== 200) return `receipt ${id}: HTTP ${response.status}`;
  const parsed = receipt.safeParse(JSON.parse(text));
  if (!parsed.success) return `receipt ${id} is not what the contract says`;
  const { prediction } = parsed.data;
  if (prediction.bundle !== bundle || prediction.role !== 'staging') return `receipt ${id} names ${prediction.bundle} as ${prediction.role}`;
  // A stale vector is answered by the rule whatever the model: that is no fault of the candidate.
  return prediction.degraded === null || vector.data.stale.length > 0 ? null : `receipt ${id} is degraded: ${prediction.degraded}`;
}

/** Events in production's stream that came from staging. */
async function leaks(step: Step, before: number, revision: string): Promise<number> {
  let count = 0;
  for await (const event of step.context.bus.read('PREDICTIONS', { from: before + 1 })) {
    if (event.kind === 'prediction.made' && (event.data.role === 'staging' || event.data.revision === revision)) count += 1;
  }
  return count;
}

/** The status of a POST. */
async function post(url: string, type: string, body: string): Promise<number> {
  try {
    const response = await fetch(url, { method: 'POST', headers: { 'content-type': type, 'downline-tag': 'staging' }, body, signal: AbortSignal.timeout(TIMEOUT_MS) });
    await response.arrayBuffer();
    return response.status;
  } catch (error) {
    throw new DownlineError('SERVICE_DOWN', `staging does not answer: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}
