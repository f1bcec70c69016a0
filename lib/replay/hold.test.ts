import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import type { Bus } from '../clients/nats/mod.ts';
import { run, STAGES, type Run, type Stage } from '../events/mod.ts';
import { startNats, type NatsServer } from '../host/testing.ts';
import { runsHoldClock } from './hold.ts';
import { putRecord } from './record.ts';

let nats: NatsServer;
let bus: Bus;
beforeAll(async () => {
  nats = await startNats();
  bus = await nats.connect();
});
afterAll(() => nats.stop());

function runAt(replay: string, stage: Stage): unknown {
  const record: Run = {
    id: 'run-1', replay, trigger: { kind: 'manual', by: 'test', reason: '' }, sabotage: { shuffleLabels: false, ignoreGates: false }, stage, requestedAt: 22_847_400,
    champion: 'rule', stages: [], dataset: null, job: null, mlflowRun: null, modelVersion: null, bundle: null, release: null, gates: [], reason: null, report: null,
  };
  return z.encode(run, record);
}

test('the clock is held from the request to the load test, by runs of this replay alone', async () => {
  const holds = runsHoldClock(bus, 'r1');
  expect(await holds()).toBe(false);
  const records = await bus.records('runs');
  await putRecord(records, 'other', runAt('r2', 'training'));
  expect(await holds()).toBe(false);
  for (const stage of STAGES) {
    await putRecord(records, 'mine', runAt('r1', stage));
    expect([stage, await holds()]).toEqual([stage, stage !== 'canary' && stage !== 'production']);
  }
});

test('a record that is no run does not stop the clock for ever', async () => {
  const records = await bus.records('runs');
  for (const [key, value] of Object.entries({ a: null, b: 'x', c: { replay: 'r3', stage: 'dreaming' }, d: [] })) await putRecord(records, key, value);
  expect(await runsHoldClock(bus, 'r3')()).toBe(false);
});
