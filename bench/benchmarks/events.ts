import { setTimeout as sleep } from 'node:timers/promises';
import { toBinary, type OperationsEvent } from '../../lib/events/mod.ts';
import { quantileOf } from '../../lib/statistics/mod.ts';
import type { Benchmark } from '../benchmark.ts';
import { compare } from '../comparison.ts';
import { messageOf, openBareStream, type BareStream, type Message } from '../jetstream.ts';
import { envelopeOf, type Replay } from '../replay.ts';
import type { World } from '../world.ts';

const ROUNDS = 5;
/** Latencies of a round, and the pause before each event, milliseconds. */
const SAMPLES = 100;
const PAUSE = 10;
/** Events of a round flat out. */
const FLOOD = 1000;

/** An event in, a prediction out: OPS, `track`, ROTATIONS, `predict` (a process of its own, over HTTP), PREDICTIONS; three streams, two relays. */
export const events: Benchmark = {
  name: 'events',
  product: 'from the append to OPS until the prediction is read from PREDICTIONS',
  peer: 'bare JetStream: one publish, acknowledged, and one consumer that gets it',
  async run(world, until) {
    const bare = await openBareStream(world.connections);
    try {
      const begin = performance.now();
      const texts = wireTexts(world);
      const gentle = await compare({
        figures: {
          p50: { name: 'one at a time: median latency', unit: 'ms', better: 'lower' },
          p99: { name: 'one at a time: 99th percentile', unit: 'ms', better: 'lower' },
        },
        product: () => latencies(world.replay), peer: () => bareLatencies(bare, texts), rounds: ROUNDS, until: begin + (until - begin) * 0.6,
      });
      const flatOut = await compare({
        figures: {
          events: { name: 'flat out: events in', unit: 'messages/s', better: 'higher' },
          predictions: { name: 'flat out: predictions out', unit: 'messages/s', better: 'higher' },
        },
        product: () => flood(world.replay), peer: () => bareFlood(bare, texts), rounds: ROUNDS, until,
      });
      return [...gentle, ...flatOut];
    } finally {
      await bare.close();
    }
  },
};

async function latencies(replay: Replay): Promise<{ p50: number; p99: number }> {
  const found: number[] = [];
  while (found.length < SAMPLES) {
    // A tick brings the answers of many rotations at once: a flood, and no latency of an event.
    const isTick = replay.next?.kind === 'clock.ticked';
    const appended = await replay.append(1);
    if (appended[0]!.answers === 0) continue;
    const after = await replay.answered(appended);
    if (!isTick) found.push(after - appended[0]!.at);
    await sleep(PAUSE);
  }
  return quantiles(found);
}

async function bareLatencies(bare: BareStream, texts: readonly Message[]): Promise<{ p50: number; p99: number }> {
  const found: number[] = [];
  for (const text of texts.slice(0, SAMPLES)) {
    const before = performance.now();
    found.push(await bare.roundTrip(text) - before);
    await sleep(PAUSE);
  }
  return quantiles(found);
}

function quantiles(found: readonly number[]): { p50: number; p99: number } {
  return { p50: quantileOf(found, 0.5), p99: quantileOf(found, 0.99) };
}

async function flood(replay: Replay): Promise<{ events: number; predictions: number }> {
  const appended = await replay.append(FLOOD);
  const seconds = (await replay.answered(appended) - appended[0]!.at) / 1000;
  return { events: FLOOD / seconds, predictions: appended.reduce((sum, { answers }) => sum + answers, 0) / seconds };
}

async function bareFlood(bare: BareStream, texts: readonly Message[]): Promise<{ events: number; predictions: number }> {
  const before = performance.now();
  const rate = FLOOD / ((await bare.flood(texts.slice(0, FLOOD)) - before) / 1000);
  return { events: rate, predictions: rate };
}

/** Messages of the peer: the recorded events as they go on the wire. */
function wireTexts({ events: all }: World): Message[] {
  return all.slice(0, FLOOD).map((event: OperationsEvent, index) => {
    const { headers, body } = toBinary(envelopeOf(event, index + 1));
    return messageOf(headers, body);
  });
}
