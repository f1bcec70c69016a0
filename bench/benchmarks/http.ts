import { DownlineError } from '../../lib/errors/mod.ts';
import type { RotationChanged } from '../../lib/events/mod.ts';
import type { Benchmark } from '../benchmark.ts';
import { compare, type Figure } from '../comparison.ts';
import { startEcho, startLoad } from '../load/processes.ts';
import type { World } from '../world.ts';

const PATH = '/v1/predictions';
const CONNECTIONS = [1, 8, 32];
const ROUNDS = 5;
const SECONDS = 0.4;
/** Rotations that are asked for in turn. */
const ASKED = 50;

/** Predictions over HTTP: questions that were answered before, new ones (models run, answer stored), and new ones through the gateway. */
export const http: Benchmark = {
  name: 'http',
  product: '`POST /v1/predictions`: checked, answered by the models, stored in JetStream with its receipt',
  peer: 'a bare `node:http` server that reads the same request and sends an answer of the same size',
  async run(world, until) {
    const rotations = askedRotations(world);
    const plain = rotations.map(({ rotation }) => JSON.stringify({ rotation }));
    // A departure delay that nobody has assumed before makes a question new; whole minutes repeat themselves.
    const fresh = rotations.map(({ rotation, legs }) => JSON.stringify({ rotation, assume: [{ flight: legs.find(({ features }) => features !== null)!.flight, departureDelay: '#' }] }).replace('"#"', '0.#1'));
    const answer = await fetch(`${world.revision}${PATH}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: plain[0] });
    if (!answer.ok) throw new DownlineError('UNAVAILABLE', `predict answered ${answer.status}: ${await answer.text()}`);
    const echo = await startEcho(await answer.text());
    const load = startLoad();
    const figures: Figure[] = [];
    try {
      const variants = [
        { name: 'new question', address: world.revision, bodies: fresh },
        { name: 'new question through the gateway', address: world.gateway, bodies: fresh },
        { name: 'question asked again', address: world.revision, bodies: plain },
      ];
      const share = (until - performance.now()) / (variants.length * CONNECTIONS.length);
      for (const { name, address, bodies } of variants) {
        for (const connections of CONNECTIONS) {
          const ask = (port: number) => async () => {
            const { rate, p50, p99 } = await load.load({ port, path: PATH, bodies, connections, seconds: SECONDS });
            return { rate, p50, p99 };
          };
          const about = `${name}, ${connections} connection${connections === 1 ? '' : 's'}`;
          figures.push(...await compare({
            figures: {
              rate: { name: about, unit: 'answers/s', better: 'higher' },
              p50: { name: `${about}: median latency`, unit: 'ms', better: 'lower' },
              p99: { name: `${about}: 99th percentile`, unit: 'ms', better: 'lower' },
            },
            product: ask(Number(new URL(address).port)), peer: ask(echo.port), rounds: ROUNDS, until: performance.now() + share,
          }));
        }
      }
    } finally {
      load.close();
      echo.close();
    }
    return figures;
  },
};

/** Rotations with two legs or more that the models have to answer, the same in every run. */
function askedRotations({ replay }: World): RotationChanged[] {
  const open = [...replay.rotations.values()].filter(({ legs }) => legs.filter(({ features }) => features !== null).length >= 2);
  if (open.length === 0) throw new DownlineError('UNAVAILABLE', 'no rotation has open legs');
  return open.sort((a, b) => (a.rotation < b.rotation ? -1 : 1)).slice(0, ASKED);
}
