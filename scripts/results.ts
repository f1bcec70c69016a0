/**
 * Writes what a running Downline measured of its first promoted model:
 * `docs/results/first-model.json`, the page made from it, and the block in the
 * README. `npm run results` after `npm start`; no number in the docs is typed.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { z } from 'zod';
import { modelList, runList } from '../lib/api/mod.ts';
import { renderBlock, renderPage, type Result } from './results/render.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const { values } = parseArgs({ options: { address: { type: 'string', default: 'http://127.0.0.1:8080' }, help: { type: 'boolean', default: false } } });
if (values.help) {
  console.log('node scripts/results.ts [--address http://127.0.0.1:8080]\nWrites docs/results/first-model.{json,md} and the README block from a running Downline.');
  process.exit(0);
}

const ask = async <S extends z.ZodType>(path: string, schema: S): Promise<z.output<S>> => schema.parse(await (await fetch(new URL(path, values.address))).json());
const { runs } = await ask('/v1/runs', runList);
const { models } = await ask('/v1/models', modelList);
const run = runs.findLast((one) => one.stage === 'production');
const model = models.find((one) => one.run === run?.id);
if (run === undefined || model === undefined) {
  console.error('NOT_FOUND: no run has reached production here\n  Wait for it: `npx downline runs`.');
  process.exit(1);
}

const result: Result = {
  machine: { cpu: cpus()[0]?.model ?? 'unknown', cores: cpus().length, memoryGiB: Math.round(totalmem() / 2 ** 30), node: process.version },
  run: { id: run.id, dataset: run.dataset, bundle: run.bundle, stages: run.stages.map(({ name, startedAt, endedAt }) => ({ name, seconds: endedAt === null ? null : (Date.parse(endedAt) - Date.parse(startedAt)) / 1000 })), gates: run.gates },
  report: model.report,
};
mkdirSync(`${root}docs/results`, { recursive: true });
writeFileSync(`${root}docs/results/first-model.json`, `${JSON.stringify(result, null, 1)}\n`);
writeFileSync(`${root}docs/results/first-model.md`, renderPage(result));
const readme = readFileSync(`${root}README.md`, 'utf8');
writeFileSync(`${root}README.md`, readme.replace(/<!-- results: [\s\S]*?<!-- \/results -->/, `<!-- results: written by \`npm run results\` -->\n${renderBlock(result)}\n<!-- /results -->`));
console.log(`docs/results/first-model.md tells of ${run.id}`);
