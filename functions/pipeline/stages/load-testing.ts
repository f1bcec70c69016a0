import { DownlineError } from '../../../lib/errors/mod.ts';
import { encodeEvent, type Gate } from '../../../lib/events/mod.ts';
import { runLoad, type Call, type LoadResult } from '../../../loadtests/mod.ts';
import { atMost, CANARY_MARGINS, fateOf, LIMITS, REGISTERED_MODEL, type Outcome } from '../../../lib/pipeline/mod.ts';
import { required, type StageAction, type Step } from '../step.ts';
import { loadRollout, requestCanary } from '../store.ts';
import { answeredVectors } from '../vectors.ts';
import { stagingRevision } from './revision.ts';

/** Requests a second to each of the two, and for how long: enough for a p99 that is not one outlier. */
const RATE = 60;
const SECONDS = 6;
const WARM_UP_SECONDS = 1;
const VECTORS = 200;
/** A machine that is busy with something else for a moment is not the candidate's fault. */
const MOST_ATTEMPTS = 3;

/**
 * The load test, candidate against production in one run with the same real
 * vectors; then the hand-over to the rollout. The stage ends when the canary
 * serves, so that the simulated clock, which stands still until then, goes on
 * with it in place.
 */
export const loadTesting: StageAction = async (step) => {
  const gates = step.run.gates.filter((gate) => gate.stage === 'load-testing');
  return gates.length > 0 && gates.every((gate) => gate.passed) ? handOver(step) : compare(step);
};

async function compare(step: Step): Promise<Outcome> {
  const { run, context: { bus, log }, attempt } = step;
  const rollout = await loadRollout(bus, run.replay);
  const { revisions } = await step.platform().observe();
  const production = revisions.find((one) => one.name === rollout?.production.revision);
  if (production === undefined) throw new DownlineError('UNAVAILABLE', 'waits for production to compare with');
  const vectors = await answeredVectors(bus, { replay: run.replay, revision: production.name, count: VECTORS });
  const candidate = await stagingRevision(step);
  const calls = (tag: string): Call[] => vectors.map((vector) => ({
    method: 'POST', path: '/', headers: { 'content-type': 'application/cloudevents+json', 'downline-tag': tag }, body: JSON.stringify(encodeEvent(vector)),
  }));
  const targets = [
    { name: 'production', url: production.url, calls: calls('production') },
    { name: 'candidate', url: candidate.url, calls: calls('staging') },
  ];
  await runLoad(targets, { rate: RATE, seconds: WARM_UP_SECONDS });
  const [before, after] = await runLoad(targets, { rate: RATE, seconds: SECONDS }) as [LoadResult, LoadResult];
  const gates = judge(before, after);
  log.info({ run: run.id, production: before, candidate: after }, 'load test');
  const detail = `p99 ${after.p99.toFixed(1)} ms against ${before.p99.toFixed(1)} ms, ${after.errors} errors in ${after.requests} requests`;
  if (!gates.every((gate) => gate.passed)) {
    if (attempt < MOST_ATTEMPTS) return { kind: 'waiting', retried: true, detail: `${detail}: measured once more`, gates };
    return { kind: 'done', detail, gates };
  }
  return { kind: 'waiting', detail: `${detail}; waits for the canary to serve`, progress: 0.7, gates };
}

function judge(production: LoadResult, candidate: LoadResult): Gate[] {
  const floor = Math.max(production.p99, LIMITS.latencyFloor);
  return [
    atMost({
      name: 'latency', stage: 'load-testing', unit: 'ratio', measured: candidate.p99 / floor, limit: LIMITS.latencyRatio,
      evidence: `p99 ${candidate.p99.toFixed(1)} ms, production ${production.p99.toFixed(1)} ms (at least ${LIMITS.latencyFloor} ms counts) in one run, ${candidate.requests} requests each at ${RATE} a second; median ${candidate.p50.toFixed(1)} and ${production.p50.toFixed(1)} ms`,
    }),
    atMost({
      name: 'load-errors', stage: 'load-testing', unit: 'requests', measured: candidate.errors, limit: 0,
      evidence: `answers by status: ${JSON.stringify(candidate.statuses)}`,
    }),
  ];
}

async function handOver(step: Step): Promise<Outcome> {
  const { run, context: { bus } } = step;
  const bundle = required(run, 'bundle');
  const rollout = await loadRollout(bus, run.replay);
  await requestCanary(bus, run.replay, {
    run: run.id, bundle, wanted: 'canary',
    margin: rollout?.production.run === null ? CANARY_MARGINS.first : CANARY_MARGINS.retrained,
    reason: `run ${run.id} passed its gates`,
  });
  const fate = rollout === null ? null : fateOf(rollout, bundle);
  const serving = (await step.platform().observe()).traffic.some((target) => target.tag === 'canary' && target.revision === rollout?.canary?.revision);
  if (fate === null || (fate.state === 'canary' && !serving)) return { kind: 'waiting', detail: 'waits for the canary to serve', progress: 0.9 };
  await step.mlflow().registry.setAlias(REGISTERED_MODEL, 'canary', required(run, 'modelVersion'));
  await step.platform().remove(`staging-${run.id}`);
  return { kind: 'done', detail: `${rollout?.canary?.revision ?? bundle} is the canary` };
}
