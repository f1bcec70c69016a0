import type { Bus } from '../lib/clients/nats/mod.ts';
import { DownlineError } from '../lib/errors/mod.ts';
import type { Envelope, OperationsEvent, RotationChanged } from '../lib/events/mod.ts';
import { createNetwork, step } from '../lib/rotation/mod.ts';

export const REPLAY = 'bench';

/** Longest wait for answers, milliseconds. */
const PATIENCE = 60_000;

/** An event that was appended: the instant (`performance.now()`) at which the bus got it, and how many answers it must bring. */
export interface Appended { readonly sequence: number; readonly at: number; readonly answers: number }

/**
 * The recorded days as a replay: appends events to OPS as the conductor does
 * and knows, by the same reducer run beside, how many predictions each must
 * bring. The predictions are watched in their stream.
 */
export class Replay {
  /** The newest vector of each rotation. */
  readonly rotations = new Map<string, RotationChanged>();
  readonly #bus: Bus;
  readonly #events: readonly OperationsEvent[];
  readonly #network = createNetwork(REPLAY);
  readonly #stop = new AbortController();
  readonly #watching: Promise<void>;
  /** Predictions seen by OPS sequence, and the instant of the last of each. */
  readonly #seen = new Map<number, { count: number; at: number }>();
  readonly #waiting = new Set<() => void>();
  #next = 0;
  #last = 0;

  constructor(bus: Bus, events: readonly OperationsEvent[]) {
    this.#bus = bus;
    this.#events = events;
    this.#watching = this.#watch();
  }

  /** The event that is next; undefined at the end of the days. */
  get next(): OperationsEvent | undefined {
    return this.#events[this.#next];
  }

  /** Appends the next `count` events at once. Throws `UNAVAILABLE` when the days are over. */
  async append(count: number): Promise<Appended[]> {
    const events = this.#events.slice(this.#next, this.#next + count);
    if (events.length < count) throw new DownlineError('UNAVAILABLE', 'the recorded days are over; measure fewer rounds');
    this.#next += count;
    const first = this.#last + 1;
    const answers = events.map((event, index) => {
      const told = step(this.#network, event, first + index).flatMap((one) => (one.kind === 'rotation.changed' ? [one.data] : []));
      for (const vector of told) this.rotations.set(vector.rotation, vector);
      return told.length;
    });
    const envelopes = events.map((event, index) => envelopeOf(event, first + index));
    const at = performance.now();
    this.#last = await this.#bus.append('OPS', envelopes, this.#last);
    return answers.map((count, index) => ({ sequence: first + index, at, answers: count }));
  }

  /** Waits until every answer is in the stream; the instant (`performance.now()`) at which the last one was seen. */
  async answered(appended: readonly Appended[]): Promise<number> {
    const open = appended.filter(({ answers }) => answers > 0);
    const deadline = performance.now() + PATIENCE;
    while (!open.every(({ sequence, answers }) => (this.#seen.get(sequence)?.count ?? 0) >= answers)) {
      if (performance.now() > deadline) throw new DownlineError('UNAVAILABLE', `answers to ${open.length} events are missing after ${PATIENCE / 1000} s`);
      await new Promise<void>((resolve) => {
        const late = setTimeout(resolve, 1000);
        this.#waiting.add(() => {
          clearTimeout(late);
          resolve();
        });
      });
    }
    return Math.max(...open.map(({ sequence }) => this.#seen.get(sequence)!.at));
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#watching;
  }

  async #watch(): Promise<void> {
    for await (const event of this.#bus.follow('PREDICTIONS', { from: 1, subjects: [`prediction.${REPLAY}.production.event.>`], signal: this.#stop.signal })) {
      if (event.kind !== 'prediction.made') continue;
      const seen = this.#seen.get(event.data.sequence);
      this.#seen.set(event.data.sequence, { count: (seen?.count ?? 0) + 1, at: performance.now() });
      const waiting = [...this.#waiting];
      this.#waiting.clear();
      for (const wake of waiting) wake();
    }
  }
}

/** An event of the recorded days as it goes on the wire. */
export function envelopeOf(event: OperationsEvent, sequence: number): Envelope {
  return { kind: event.kind, id: `${REPLAY}.${sequence}`, source: '/bench', time: event.knownAt, replay: REPLAY, data: event.data };
}
