import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { RotationChanged } from '../../lib/events/mod.ts';
import { openBundle, predictRotations, SERVING, type Bundle } from '../../lib/model/mod.ts';
import { createNetwork, step } from '../../lib/rotation/mod.ts';
import type { Benchmark } from '../benchmark.ts';
import { compare, type Figure } from '../comparison.ts';
import { rateOf } from '../rate.ts';
import type { World } from '../world.ts';

const BATCHES = [1, 8, 64];
const ROUNDS = 9;
/** Rotations of one measurement, whatever the batch. */
const ROTATIONS = 512;

type Graphs = NonNullable<Bundle['graphs']>;
type Name = keyof Graphs;
/** A run of a graph that the chain made. */
interface Run { readonly graph: Name; readonly feeds: Record<string, Tensor>; readonly outputs: readonly string[] }

/** The chain over batches of rotations. The peer is given the very runs that the chain made, their tensors ready. */
export const batch: Benchmark = {
  name: 'batch',
  product: '`predictRotations`: vectors encoded, the chain run leg by leg, distributions with quantiles made',
  peer: 'ONNX Runtime alone: the same runs of the same graphs on the same rows, tensors ready, answers left as they are',
  async run(world, until) {
    const bundle = await openBundle(world.bundle.digest, world.bundle, SERVING);
    const sessions = await openSessions(world, bundle);
    const messages = openRotations(world);
    const figures: Figure[] = [];
    try {
      const share = (until - performance.now()) / BATCHES.length;
      for (const size of BATCHES) {
        const batches = Array.from({ length: ROTATIONS / size }, (_, index) => messages.slice(index * size, (index + 1) * size));
        const runs = await recordRuns(bundle, batches);
        figures.push(...await compare({
          figures: { rate: { name: `batches of ${size}`, unit: 'rotations/s', better: 'higher' } },
          product: () => rateOf(ROTATIONS, async () => {
            for (const one of batches) await predictRotations(bundle, one);
          }),
          peer: () => rateOf(ROTATIONS, async () => {
            for (const { graph, feeds, outputs } of runs) await sessions[graph].run(feeds, [...outputs]);
          }),
          rounds: ROUNDS, until: performance.now() + share,
        }));
      }
    } finally {
      await Promise.all([bundle.close(), ...Object.values(sessions).map((session) => session.release())]);
    }
    return figures;
  },
};

/** Vectors as `track` tells them in the course of the days, of rotations with an open leg. */
function openRotations({ events }: World): RotationChanged[] {
  const network = createNetwork('bench');
  const told: RotationChanged[] = [];
  for (const [index, event] of events.entries()) {
    for (const { kind, data } of step(network, event, index + 1)) if (kind === 'rotation.changed' && data.legs.some(({ features }) => features !== null)) told.push(data);
    if (told.length >= 20 * ROTATIONS) break;
  }
  // Spread over the days: the first ones alone are schedules without any delay.
  const stride = Math.floor(told.length / ROTATIONS);
  return told.filter((_, index) => index % stride === 0).slice(0, ROTATIONS);
}

/** The runs that the chain makes for these batches, with their tensors. */
async function recordRuns(bundle: Bundle, batches: readonly (readonly RotationChanged[])[]): Promise<Run[]> {
  const runs: Run[] = [];
  const recording = (graph: Name): Graphs[Name] => ({
    async run(inputs, rows) {
      const feeds = Object.fromEntries(Object.entries(inputs).map(([name, { data, width }]) => [name, data instanceof BigInt64Array ? new Tensor('int64', data, [rows, width]) : new Tensor('float32', data, [rows, width])]));
      runs.push({ graph, feeds, outputs: graph === 'm1' ? ['pmf', 'cancel'] : ['pmf'] });
      return bundle.graphs![graph].run(inputs, rows);
    },
    close: () => Promise.resolve(),
  });
  for (const one of batches) await predictRotations({ ...bundle, graphs: { m1: recording('m1'), m2: recording('m2'), m3: recording('m3') } }, one);
  return runs;
}

async function openSessions({ bundle: { files } }: World, { manifest: { graphs } }: Bundle): Promise<Record<Name, InferenceSession>> {
  // As lib/model opens them: the difference to be seen is what is around them.
  const open = (name: Name): Promise<InferenceSession> => InferenceSession.create(files.get(graphs![name].file)!, {
    intraOpNumThreads: 1, interOpNumThreads: 1, executionMode: 'sequential', graphOptimizationLevel: 'all', executionProviders: ['cpu'],
  });
  return { m1: await open('m1'), m2: await open('m2'), m3: await open('m3') };
}
