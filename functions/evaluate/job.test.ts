import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Objects } from '../../lib/clients/s3/mod.ts';
import { gate } from '../../lib/events/mod.ts';
import type { Context } from '../../lib/host/mod.ts';
import { startS3 } from '../../lib/host/testing.ts';
import { queryParquet, readParquet } from '../../lib/lake/mod.ts';
import { SERVING } from '../../lib/model/mod.ts';
import { tinyFiles } from '../../lib/model/testing/tiny.ts';
import { readSettings } from '../../lib/settings/mod.ts';
import evaluate from './job.ts';
import { makeWorld, putWorld } from './testing.ts';

const DATASET = 'dataset-0123456789abcdef';
let objects: Objects;
let home: string;
let digest: string;
let output: Awaited<ReturnType<typeof evaluate>>;
const told: string[] = [];

function job(signal = new AbortController().signal): Parameters<typeof evaluate>[1] {
  const unused = () => { throw new Error('an evaluation has no business here'); };
  const context: Context = {
    settings: { ...readSettings({}), home }, log: pino({ level: 'silent' }), environment: 'production', objects, platform: null,
    bus: new Proxy({} as Context['bus'], { get: unused }), mlflowUrl: () => null, rayUrl: () => null, image: 'sha256:x', commit: 'c',
  };
  return { context, signal, progress: (_share, detail) => void told.push(detail) };
}
const input = (change: Record<string, unknown> = {}) => ({ run: 'r-0001', replay: 'r', dataset: DATASET, bundle: digest, champion: 'rule', mlflowRun: null, seed: 13, alertBudget: 0.1, ...change });

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'downline-evaluate-'));
  objects = (await startS3()).objects();
  const files = tinyFiles(SERVING);
  digest = files.digest;
  for (const [name, body] of files.files) await objects.put(`bundles/${digest.slice(7)}/${name}`, body);
  await putWorld(objects, DATASET, makeWorld());
  output = await evaluate(input(), job());
});
afterAll(async () => {
  await rm(home, { recursive: true, force: true });
  await (await startS3()).stop();
});

describe('offline evaluation', () => {
  it('rejects a model that has learned nothing, with a gate that says what was measured', () => {
    const gates = z.array(gate).parse(output.gates);
    const failed = gates.filter((one) => !one.passed).map((one) => one.name);
    expect(failed).toEqual(expect.arrayContaining(['discriminates']));
    expect(gates.map((one) => one.name)).not.toContain('not-worse-than-champion');
    for (const name of ['template-flight-number-invariant', 'template-tails-ordered', 'template-boundaries-answered', 'template-known-becomes-actual', 'answers']) {
      expect(gates.find((one) => one.name === name)).toMatchObject({ passed: true });
    }
    expect(gates.find((one) => one.name === 'beats-rule')!.evidence).toMatch(/\d+ predictions, 4 days/);
  });

  it('archives predictions from which an outsider computes the measures to 1e-9, in SQL', async () => {
    const report = JSON.parse(new TextDecoder().decode(await objects.get('evaluations/r-0001.json'))) as { overall: Record<string, number>; differences: { rule: { mean: number } } };
    const levels = Array.from({ length: 19 }, (_, index) => ({ level: (index + 1) * 5 / 100, column: `candidate_departure_q${String((index + 1) * 5).padStart(2, '0')}` }));
    const loss = (q: string, level: number): string => `(CASE WHEN y_departure >= ${q} THEN (y_departure - ${q}) * ${level} ELSE (${q} - y_departure) * ${1 - level} END)`;
    const sql = `SELECT avg((${levels.map(({ level, column }) => loss(column, level)).join(' + ')}) / 19) AS pinball,
      avg(abs(y_departure - rule_departure) / 2) AS rule, count(*)::DOUBLE AS rows,
      avg((candidate_p30 - (CASE WHEN y_departure >= 30 THEN 1 ELSE 0 END)) ^ 2) AS brier30,
      avg(CASE WHEN y_departure BETWEEN candidate_departure_q10 AND candidate_departure_q90 THEN 1.0 ELSE 0.0 END) AS coverage80
      FROM archive WHERE split = 'test' AND departed IS NULL AND y_departure IS NOT NULL`;
    const [again] = await queryParquet(objects, { archive: 'evaluations/r-0001.parquet' }, sql, z.record(z.string(), z.number()));
    expect(again!.rows).toBe(report.overall.rows);
    expect(Math.abs(again!.pinball! - report.overall.pinball!)).toBeLessThan(1e-9);
    expect(Math.abs(again!.rule! - report.overall.pinballRule!)).toBeLessThan(1e-9);
    expect(Math.abs(again!.brier30! - report.overall.brier30!)).toBeLessThan(1e-9);
    expect(Math.abs(again!.coverage80! - report.overall.coverage80!)).toBeLessThan(1e-9);
    expect(Math.abs(again!.pinball! - again!.rule! - report.differences.rule.mean)).toBeLessThan(1e-9);
  });

  it('gives the same numbers again, and against itself as champion compares with the rule', async () => {
    const again = await evaluate(input({ run: 'r-0002', champion: digest }), job());
    const numbers = ({ report }: typeof output) => ({ overall: report.overall, flagging: report.flagging, templates: report.templates, chain: report.chainAgainstDirect });
    expect(numbers(again)).toEqual(numbers(output));
    expect((await readParquet(objects, 'evaluations/r-0002.parquet', z.looseObject({ flight: z.string() }))).length).toBeGreaterThan(100);
  });

  it('stops when it is told to', async () => {
    await expect(evaluate(input(), job(AbortSignal.abort(new Error('enough'))))).rejects.toThrow('enough');
  });

  it.each([
    ['no object', 7, /input of the evaluate job/],
    ['a path as a run', { run: '../../x' }, /run/],
    ['a champion that is no digest', { champion: 'sha256:zz' }, /champion/],
    ['a budget above all', { alertBudget: 4 }, /alertBudget/],
  ])('refuses %s', async (_name, change, message) => {
    const bad = typeof change === 'object' ? input({ ...change }) : change;
    await expect(evaluate(bad, job())).rejects.toThrow(message);
  });

  it('names a dataset that is not there, is damaged, or is empty', async () => {
    await expect(evaluate(input({ dataset: 'dataset-ffffffffffffffff' }), job())).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await objects.put('datasets/dataset-aaaaaaaaaaaaaaaa/messages.parquet', 'PAR1 not really');
    await expect(evaluate(input({ dataset: 'dataset-aaaaaaaaaaaaaaaa' }), job())).rejects.toMatchObject({ code: 'DATASET_INVALID' });
    const world = makeWorld();
    await putWorld(objects, 'dataset-bbbbbbbbbbbbbbbb', { ...world, messages: world.messages.filter((one) => one.split === 'valid') });
    await expect(evaluate(input({ dataset: 'dataset-bbbbbbbbbbbbbbbb' }), job())).rejects.toThrow(/no test messages/);
  });

  it('refuses a bundle that is not what its digest says', async () => {
    const hex = 'b'.repeat(64);
    await objects.put(`bundles/${hex}/bundle.json`, '{}');
    await expect(evaluate(input({ bundle: `sha256:${hex}` }), job())).rejects.toMatchObject({ code: 'BUNDLE_INVALID' });
  });
});
