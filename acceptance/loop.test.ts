import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { withServers } from '../cli/connect.ts';
import type { modelList, runList} from '../lib/api/mod.ts';
import { evaluationReport, type rolloutView } from '../lib/api/mod.ts';
import { createMlflow } from '../lib/clients/mlflow/mod.ts';
import { createRay } from '../lib/clients/ray/mod.ts';
import { QUANTILE_LEVELS } from '../lib/events/mod.ts';
import { getManifest, lakeFeed, listManifests, queryParquet } from '../lib/lake/mod.ts';
import { REGISTERED_MODEL } from '../lib/pipeline/mod.ts';
import { archivedDays, dayOf, decodeArchived, readArchive } from '../lib/replay/mod.ts';
import { readSettings } from '../lib/settings/mod.ts';
import { openBrowser, openPage, shoot } from './browser.ts';
import { Downline } from './downline.ts';

// One life of the demo preset: the whole loop as an outsider sees it. The tests are in the order of that life.
type Rollout = z.input<typeof rolloutView>;
type Runs = z.input<typeof runList>['runs'];

const SCREENSHOTS = fileURLToPath(new URL('../.downline/results/screenshots', import.meta.url));
const downline = new Downline();
const rollout = (): Promise<Rollout> => downline.get<Rollout>('/v1/rollout');
const runs = async (): Promise<Runs> => (await downline.get<z.input<typeof runList>>('/v1/runs')).runs;
const ended = (stage: string): boolean => ['production', 'rejected', 'rolled-back', 'failed'].includes(stage);

/** Requests a run and waits for its end. One that the schedule has begun meanwhile is cancelled: it would be waited for. */
async function retrain(wanted: object): Promise<Runs[number]> {
  let id: unknown;
  await downline.until(5, async () => {
    const { status, body } = await downline.post('/v1/runs', wanted);
    if (status === 202) {
      ({ id } = body);
      return true;
    }
    expect([status, body.code]).toEqual([409, 'RUN_ACTIVE']);
    for (const run of (await runs()).filter((one) => !ended(one.stage))) await downline.post(`/v1/runs/${run.id}/cancel`, { reason: 'acceptance' });
    return false;
  });
  await downline.until(20, async () => (await runs()).some((run) => run.id === id && ended(run.stage)));
  return (await runs()).find((run) => run.id === id)!;
}

beforeAll(async () => {
  await downline.up('--speed', '0', '--to', '2013-07-28');
}, 6 * 60_000);
afterAll(async () => downline.remove(), 120_000);

describe('the living system', () => {
  it('serves the rule first, and a learned model wins its place from it', async () => {
    await downline.until(2, async () => (await rollout().catch(() => null))?.production !== undefined);
    await downline.until(25, async () => (await runs())[0] !== undefined && ended((await runs())[0]!.stage));
    const [first] = await runs();
    expect(first!.stage, `${first!.reason ?? ''} ${JSON.stringify(first!.gates.filter((gate) => !gate.passed))}`).toBe('production');
    expect((await rollout()).production.bundle).toBe(first!.bundle);
    expect((await rollout()).history.map((entry) => entry.change)).toEqual(['started', 'canary', 'promoted']);
  }, 30 * 60_000);

  it('Ray, MLflow, the rollout and the receipt of a fresh prediction agree', async () => {
    const [first] = await runs();
    const ray = createRay(`http://127.0.0.1:${downline.port('ray-dashboard')}`);
    expect((await ray.list()).find((job) => job.id === first!.job)?.status).toBe('SUCCEEDED');
    const mlflow = createMlflow(`http://127.0.0.1:${downline.port('mlflow')}`);
    await downline.until(1, async () => (await mlflow.registry.alias(REGISTERED_MODEL, 'production')) !== null);
    const version = await mlflow.registry.alias(REGISTERED_MODEL, 'production');
    const { rotations } = await downline.get<{ rotations: { tail: string | null }[] }>('/v1/board');
    const { status, body } = await downline.post('/v1/predictions', { tail: rotations.find((one) => one.tail !== null)!.tail });
    expect(status).toBe(200);
    const receipt = await downline.get<Record<string, unknown>>(`/v1/receipts/${String(body.receipt)}`);
    const { bundle } = (await rollout()).production;
    expect(version?.tags['downline.bundle']).toBe(bundle);
    expect(JSON.stringify(receipt)).toContain(bundle);
  });

  it('an answer can be recomputed to the bit from its receipt', async () => {
    const { rotations } = await downline.get<{ rotations: { receipt: string | null; degraded: string | null }[] }>('/v1/board');
    const receipt = rotations.find((one) => one.receipt !== null && one.degraded === null)!.receipt!;
    const { code, stdout } = await downline.run('explain', receipt, '--json');
    expect([code, (JSON.parse(stdout) as { explanation: { same: boolean } }).explanation.same]).toEqual([0, true]);
  });

  it('beats the rule on held-out days, and the metrics in MLflow are those of the archived predictions', async () => {
    const [first] = await runs();
    const { models } = await downline.get<z.input<typeof modelList>>('/v1/models');
    const report = evaluationReport.parse(models.find((model) => model.run === first!.id)!.report);
    expect(report.differences.rule.upper).toBeLessThan(0);
    const level = (index: number): string => `departure_q${String(Math.round(QUANTILE_LEVELS[index]! * 100)).padStart(2, '0')}`;
    const loss = QUANTILE_LEVELS.map((tau, index) => `greatest(${tau} * (y_departure - candidate_${level(index)}), (${tau} - 1) * (y_departure - candidate_${level(index)}))`).join(' + ');
    const [row] = await withServers(readSettings({ DOWNLINE_HOME: downline.home }), ({ objects }) => queryParquet(
      objects, { archive: `evaluations/${first!.id}.parquet` },
      `select avg((${loss}) / ${QUANTILE_LEVELS.length}) as pinball from archive where split = 'test' and departed is null and y_departure is not null`,
      z.object({ pinball: z.number() }),
    ));
    const logged = (await createMlflow(`http://127.0.0.1:${downline.port('mlflow')}`).runs.get(first!.mlflowRun!))!.metrics.test_pinball;
    expect(Math.abs(row!.pinball - logged!)).toBeLessThan(1e-9);
    expect(Math.abs(row!.pinball - report.overall.pinball)).toBeLessThan(1e-9);
  });

  it('logged vectors are what the archived stream gives, bit for bit', async () => {
    const { code, stdout } = await downline.run('audit', 'parity', '--json');
    expect(code, stdout).toBe(0);
  }, 10 * 60_000);

  it('labels by state, counted in the archive, are those of the record', async () => {
    const [first] = await runs();
    await withServers(readSettings({ DOWNLINE_HOME: downline.home }), async ({ objects }) => {
      const archived = (await archivedDays(objects, first!.replay)).map(dayOf);
      // A flight that was never heard of again is labelled a day and a half later.
      const days = archived.filter((day) => day >= '2013-06-10').slice(0, -3);
      expect(days.length).toBeGreaterThan(2);
      const labelled: Record<string, number> = {};
      const count = (into: Record<string, number>, key: string): void => { into[key] = (into[key] ?? 0) + 1; };
      for await (const row of readArchive(objects, { replay: first!.replay, stream: 'OUTCOMES' })) {
        const event = decodeArchived(row);
        if (event.kind === 'label.resolved' && days.includes(event.data.day)) count(labelled, `${event.data.day} ${event.data.state}`);
      }
      const recorded: Record<string, number> = {};
      const lake = lakeFeed(objects, (await listManifests(objects, 'clean')).at(-1)!.version);
      for (const day of days) for (const flight of await lake.flights(day)) count(recorded, `${day} ${flight.state}`);
      expect(labelled).toEqual(recorded);
    });
  }, 5 * 60_000);

  it('alerts keep to the budget, feedback is kept once', async () => {
    const { alerts } = await downline.get<{ alerts: { id: string; rotation: string; day: string; change: string }[] }>('/v1/alerts?status=all');
    expect(alerts.length).toBeGreaterThan(0);
    const alert = alerts[0]!.id;
    expect((await downline.post('/v1/feedback', { id: 'acceptance-1', by: 'test', alert, verdict: 'useful' })).status).toBe(201);
    expect((await downline.post('/v1/feedback', { id: 'acceptance-1', by: 'test', alert, verdict: 'useful' })).status).toBe(200);
    expect((await downline.post('/v1/feedback', { by: 'test', alert: 'none.such', verdict: 'useful' })).status).toBe(404);
  });

  it.each([
    ['/v1/predictions', '{'],
    ['/v1/predictions', '{"tail": 3}'],
    ['/v1/predictions', '[]'],
    ['/v1/predictions', JSON.stringify({ tail: 'A'.repeat(100_000) })],
    ['/v1/predictions', JSON.stringify({ tail: '../../etc' })],
    ['/v1/feedback', '{"verdict": "useful"}'],
    ['/v1/runs', '{"reason": 7}'],
    ['/v1/rollout/rollback', 'null'],
  ])('a hostile POST %s is a problem with a code, and no defect of ours', async (path, body) => {
    const answer = await downline.post(path, body);
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.status).toBeLessThan(500);
    expect(answer.body.code).toMatch(/^[A-Z_]+$/);
  });

  it.each(['PUT', 'DELETE', 'PATCH'])('%s is refused where it is not answered, with a body of unknown length and without one', async (method) => {
    for (const body of [undefined, new Blob(['{}']).stream()]) {
      const answer = await fetch(`${downline.address}/v1/runs`, { method, ...(body !== undefined && { body, duplex: 'half' }) });
      expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([405, 'METHOD_NOT_ALLOWED']);
    }
  });

  it.skipIf(process.env.CHROMIUM === undefined)('the pages show it, on a desk and on a phone, and ask nobody else', async () => {
    const browser = (await openBrowser())!;
    try {
      for (const [device, size] of [['desk', { width: 1400, height: 900 }], ['phone', { width: 390, height: 844 }]] as const) {
        const { page, problems } = await openPage(browser, downline.address!, size);
        for (const [tab, shows] of [['board', 'rotations'], ['alerts', 'verdicts given'], ['rollout', 'promoted'], ['runs', 'gates passed'], ['models', 'Models against the rule'], ['quality', 'Realised quality']] as const) {
          await page.click(`#tab-${tab}`);
          await page.getByText(shows).first().waitFor({ timeout: 60_000 });
          await shoot(page, SCREENSHOTS, `${device}-${tab}`);
          expect(await page.evaluate<boolean>('document.documentElement.scrollWidth <= window.innerWidth'), `${tab} on a ${device} scrolls sideways`).toBe(true);
        }
        if (device === 'desk') {
          const button = page.locator('[data-verdict=useful]').first();
          await page.click('#tab-alerts');
          await page.getByText('open only').click();
          await page.getByText('open and cleared').waitFor({ timeout: 60_000 });
          await button.waitFor({ timeout: 60_000 });
          const alert = await button.locator('xpath=ancestor::article').getAttribute('data-alert');
          await button.click();
          await page.locator(`[data-alert="${alert!}"]`).getByText('board: useful').waitFor({ timeout: 60_000 });
        }
        expect(problems).toEqual([]);
        await page.close();
      }
    } finally {
      await browser.close();
    }
  }, 10 * 60_000);

  it('a model trained on shuffled labels is rejected offline', async () => {
    const run = await retrain({ reason: 'acceptance: shuffled labels', shuffleLabels: true });
    expect(run.stage).toBe('rejected');
    expect(run.gates.some((gate) => !gate.passed)).toBe(true);
    const why = await downline.run('why', run.id);
    expect(why.stdout).toMatch(/beats-rule|beats-climate|discriminates/);
    // This run was trained after a promotion: what production did is among the parents of its data.
    const dataset = await withServers(readSettings({ DOWNLINE_HOME: downline.home }), ({ objects }) => getManifest(objects, run.dataset!));
    expect(dataset.parents.some((parent) => parent.startsWith('production-'))).toBe(true);
  }, 25 * 60_000);

  it('forced past the gates, the canary rolls it back, and no user of production saw it', async () => {
    const before = (await rollout()).production;
    const run = await retrain({ reason: 'acceptance: shuffled labels, forced', shuffleLabels: true, ignoreGates: true });
    expect(run.stage).toBe('rolled-back');
    expect((await rollout()).production).toEqual(before);
    const seen = await withServers(readSettings({ DOWNLINE_HOME: downline.home }), async ({ bus }) => {
      const bundles = new Set<string>();
      for await (const event of bus.read('PREDICTIONS', { from: 1, subjects: ['prediction.*.production.>'] })) {
        if (event.kind === 'prediction.made') bundles.add(event.data.bundle);
      }
      return bundles;
    });
    expect(seen.has(run.bundle!)).toBe(false);
  }, 25 * 60_000);

  it('goes back to the previous revision on demand', async () => {
    const { previous } = await rollout();
    const { status } = await downline.post('/v1/rollout/rollback', { reason: 'acceptance' });
    expect(status).toBe(200);
    expect((await rollout()).production.bundle).toBe(previous!.bundle);
  });

  it('stops cleanly on Ctrl-C', async () => {
    expect(await downline.end('SIGINT')).toBe(130);
  }, 120_000);
});
