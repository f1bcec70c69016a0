import { schedule, type ScheduledTask } from 'node-cron';
import { createHost, type Context, type FunctionDefinition, type Host } from '../../host/mod.ts';
import type { FunctionEntry } from '../inventory.ts';
import { Relays } from './relays.ts';

/** A function that runs in the platform's own process: its host, its relays, its schedule of real time. */
export class HostedFunction {
  readonly entry: FunctionEntry;
  readonly host: Host;
  readonly #definition: FunctionDefinition;
  readonly #context: Context;
  readonly #relays: Relays;
  #task: ScheduledTask | null = null;
  #polling: Promise<void> = Promise.resolve();

  constructor(entry: FunctionEntry, definition: FunctionDefinition, context: Context) {
    this.entry = entry;
    this.#definition = definition;
    this.#context = context;
    this.host = createHost(definition, context);
    this.#relays = new Relays({
      context,
      name: entry.name,
      triggers: entry.triggers,
      begin: 'first',
      tag: 'production',
      sink: (request) => this.host.fetch(request),
    });
  }

  /** Initialises the function; then events and polls come. */
  async start(): Promise<void> {
    await this.host.start();
    await this.#relays.start();
    const { schedule: expression } = this.entry;
    if (expression === null || this.#definition.poll === undefined) return;
    this.#task = schedule(expression, () => {
      this.#polling = this.#poll();
      return this.#polling;
    }, { name: this.entry.name, noOverlap: true, timezone: 'UTC', suppressMissedWarning: true, logger: quiet(this.#context) });
  }

  async stop(): Promise<void> {
    await this.#task?.destroy();
    await this.#relays.stop();
    await this.#polling;
    await this.host.stop();
    await this.#context.bus.close();
  }

  /** Null when ready, or what is missing. */
  async missing(): Promise<string | null> {
    const answer = await this.host.fetch(new Request('http://localhost/health/readiness'));
    return answer.ok ? null : `${this.entry.name}: ${(await answer.text()).slice(0, 300)}`;
  }

  async #poll(): Promise<void> {
    try {
      await this.#definition.poll?.(this.#context);
    } catch (error) {
      // The next poll finds the world as it is then.
      this.#context.log.warn({ error: error instanceof Error ? error.message : String(error) }, 'poll failed');
    }
  }
}

/** node-cron would write to the terminal that a poll was passed over, which is as it should be. */
function quiet({ log }: Context): { [level in 'info' | 'warn' | 'error' | 'debug']: (message: string | Error) => void } {
  const debug = (message: string | Error): void => log.debug({ message: String(message) }, 'schedule');
  return { info: debug, warn: debug, debug, error: (message) => log.warn({ message: String(message) }, 'schedule') };
}
