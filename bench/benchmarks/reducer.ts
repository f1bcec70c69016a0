import { encodeEvent } from '../../lib/events/mod.ts';
import { createNetwork, step } from '../../lib/rotation/mod.ts';
import type { Benchmark } from '../benchmark.ts';
import { compare, type Figure } from '../comparison.ts';
import { rateOf } from '../rate.ts';
import { envelopeOf } from '../replay.ts';

const ROUNDS = 7;

/** The recorded days through the reducer: silently (as the history is) and with every vector projected (as the stream is). */
export const reducer: Benchmark = {
  name: 'reducer',
  product: '`step`: the state of the network brought forward by each event',
  peer: '`JSON.parse` of the same events as CloudEvents',
  async run({ events }, until) {
    const texts = events.map((event, index) => JSON.stringify(encodeEvent(envelopeOf(event, index + 1))));
    const begin = performance.now();
    const figures: Figure[] = [];
    for (const [quiet, name] of [[true, 'state alone'], [false, 'state and feature vectors']] as const) {
      figures.push(...await compare({
        figures: { rate: { name, unit: 'events/s', better: 'higher' } },
        product: () => rateOf(events.length, () => {
          const network = createNetwork('bench');
          let told = 0;
          for (const [index, event] of events.entries()) told += step(network, event, index + 1, { quiet }).length;
          if (!quiet && told === 0) throw new Error('the reducer told nothing');
        }),
        peer: () => rateOf(events.length, () => {
          let members = 0;
          for (const text of texts) members += Object.keys(JSON.parse(text) as object).length;
          if (members === 0) throw new Error('the events are empty');
        }),
        rounds: ROUNDS, until: quiet ? (begin + until) / 2 : until,
      }));
    }
    return figures;
  },
};
