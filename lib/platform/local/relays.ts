import { createRelay, type Context, type Relay } from '../../host/mod.ts';
import type { Trigger } from '../inventory.ts';
import type { Tag } from './traffic.ts';

/** The relays of one consumer group: a durable consumer for each stream of a function's triggers. */
export class Relays {
  readonly #relays: readonly Relay[];
  readonly #context: Context;
  readonly #name: string;
  readonly #triggers: readonly Trigger[];

  /** `begin`: `first` = from the streams' beginning, `new` = what comes from now on (once the consumers exist, both go on where they were). */
  constructor(options: { context: Context; name: string; triggers: readonly Trigger[]; begin: 'first' | 'new'; tag: Tag; sink(request: Request): Promise<Response> }) {
    this.#context = options.context;
    this.#name = options.name;
    this.#triggers = options.triggers;
    this.#relays = options.triggers.map((trigger) => createRelay({
      bus: options.context.bus,
      name: options.name,
      trigger,
      begin: options.begin,
      tag: options.tag,
      log: options.context.log,
      sink: (request) => options.sink(request),
    }));
  }

  /** Resolves when the consumers exist: nothing that is stored from then on is missed. */
  async start(): Promise<void> {
    await Promise.all(this.#relays.map((relay) => relay.start()));
  }

  /** Stops after the batch under way. */
  async stop(): Promise<void> {
    await Promise.all(this.#relays.map((relay) => relay.stop()));
  }

  /** Stops and forgets how far it was. */
  async remove(): Promise<void> {
    await this.stop();
    for (const { stream } of this.#triggers) await this.#context.bus.forget(stream, `${this.#name}-${stream}`);
  }
}
