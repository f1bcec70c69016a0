import { createHost, type Context, type FunctionDefinition, type Host } from '../../host/mod.ts';
import type { FunctionEntry } from '../inventory.ts';
import { deliver } from './deliver.ts';
import { Proxy } from './proxy.ts';
import { Relays } from './relays.ts';
import type { Revision } from './revision.ts';
import { Traffic, type Tag } from './traffic.ts';

/**
 * The function that is rolled out by revisions: HTTP through the proxy, events
 * to the revision with the tag `production`; while there is a canary, it gets
 * the same events by a consumer of its own, so that both answer the same vectors.
 */
export class RevisionedFunction {
  readonly entry: FunctionEntry;
  readonly proxy: Proxy;
  /** Knows the function's routes for `/openapi.json`; never started. */
  readonly document: Host;
  readonly #context: Context;
  readonly #revision: (name: string) => Revision | undefined;
  readonly #production: Relays;
  #canary: Relays | null = null;
  #traffic = new Traffic([]);
  #started = false;

  constructor(entry: FunctionEntry, definition: FunctionDefinition, context: Context, revision: (name: string) => Revision | undefined) {
    this.entry = entry;
    this.#context = context;
    this.#revision = revision;
    this.document = createHost(definition, context);
    this.proxy = new Proxy({ traffic: () => this.#traffic, revision });
    this.#production = this.#relays('production', 'first');
  }

  get traffic(): Traffic {
    return this.#traffic;
  }

  /** Begins to deliver events. */
  async start(): Promise<void> {
    this.#started = true;
    // Left by a crash in the middle of a rollback, it would never be digested, and the simulated clock would wait for it for ever.
    if (this.#canary === null) await this.#relays('canary', 'new').remove();
    await Promise.all([this.#production.start(), this.#canary?.start()]);
  }

  /** Requests go by this traffic from now on; the canary's consumer comes and goes with its tag. */
  async route(traffic: Traffic): Promise<void> {
    const before = this.#traffic.tagged('canary')?.revision;
    const after = traffic.tagged('canary')?.revision;
    this.#traffic = traffic;
    if (before === after) return;
    const old = this.#canary;
    this.#canary = null;
    await old?.remove();
    if (after === undefined) return;
    // Another canary begins with what comes from now on; one that is restored goes on where it was.
    this.#canary = this.#relays('canary', 'new');
    if (this.#started) await this.#canary.start();
  }

  async stop(): Promise<void> {
    await Promise.all([this.#production.stop(), this.#canary?.stop()]);
    this.proxy.close();
    await this.#context.bus.close();
  }

  #relays(tag: Tag, begin: 'first' | 'new'): Relays {
    return new Relays({
      context: this.#context,
      name: tag === 'production' ? this.entry.name : `${this.entry.name}-${tag}`,
      triggers: this.entry.triggers,
      begin,
      tag,
      sink: (request) => {
        const target = this.#traffic.tagged(tag) ?? (tag === 'production' ? this.#traffic.pick('') : null);
        return deliver(request, target, target === null ? undefined : this.#revision(target.revision));
      },
    });
  }
}
