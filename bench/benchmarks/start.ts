import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { DownlineError } from '../../lib/errors/mod.ts';
import type { Benchmark } from '../benchmark.ts';
import { compare } from '../comparison.ts';
import type { World } from '../world.ts';

const ROUNDS = 7;

/** A cold start: the platform applies a revision, which spawns a process, loads and checks the bundle; then the first question. */
export const start: Benchmark = {
  name: 'start',
  product: 'a revision of `predict`, from the start of its process to ready and to its first answer (readiness is looked for every 20 ms)',
  peer: '`node -e 0`, from its start to its end',
  async run(world, until) {
    const rotation = [...world.replay.rotations.keys()][0];
    let number = 100;
    return compare({
      figures: {
        ready: { name: 'ready', unit: 'ms', better: 'lower' },
        answer: { name: 'first answer', unit: 'ms', better: 'lower' },
      },
      product: () => coldStart(world, `predict-${String(number++).padStart(5, '0')}`, JSON.stringify({ rotation })),
      peer: bareStart, rounds: ROUNDS, until,
    });
  },
};

async function coldStart({ platform, bundle }: World, name: string, body: string): Promise<{ ready: number; answer: number }> {
  const begin = performance.now();
  const { url } = await platform.apply({ name, environment: 'production', bundle: bundle.digest });
  const ready = performance.now() - begin;
  try {
    const response = await fetch(`${url}/v1/predictions`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    const text = await response.text();
    if (!response.ok) throw new DownlineError('UNAVAILABLE', `${name} answered ${response.status}: ${text}`);
    return { ready, answer: performance.now() - begin };
  } finally {
    await platform.remove(name);
  }
}

async function bareStart(): Promise<{ ready: number; answer: number }> {
  const begin = performance.now();
  await once(spawn(process.execPath, ['-e', '0'], { stdio: 'ignore' }), 'exit');
  const elapsed = performance.now() - begin;
  return { ready: elapsed, answer: elapsed };
}
