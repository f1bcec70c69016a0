import type { NatsConnection } from '@nats-io/transport-node';
import type { JetStreamClient, JetStreamManager } from '@nats-io/jetstream';
import { DownlineError } from '../../errors/mod.ts';

/** A connection that may be lost and come back: the client drops what is sent meanwhile, and its requests then wait for their timeouts. */
export interface Link {
  readonly connection: NatsConnection;
  readonly client: JetStreamClient;
  readonly manager: JetStreamManager;
  /** How long a call waits for the server, milliseconds. */
  readonly timeout: number;
  /** Counts losses and returns: what was under way at one is to be begun anew. */
  changes(): number;
  /** Calls back at each loss and return; gives the function that ends this. */
  readonly onChange: (listener: () => void) => () => void;
  /** Resolves when connected. Throws `SERVICE_DOWN` after `timeout`, or when the signal aborts. */
  readonly up: (signal?: AbortSignal, timeout?: number) => Promise<void>;
  /** Told of trouble that is got over. */
  onTrouble(error: unknown): void;
}

/** Watches a connection. */
export function createLink(base: Pick<Link, 'connection' | 'client' | 'manager' | 'timeout' | 'onTrouble'>): Link {
  const listeners = new Set<() => void>();
  let [changes, connected] = [0, true];
  const changed = (): void => {
    changes += 1;
    for (const listener of [...listeners]) listener();
  };
  void base.connection.closed().then(changed);
  void (async () => {
    for await (const status of base.connection.status()) {
      if (status.type === 'disconnect' || status.type === 'error') base.onTrouble(status);
      if (status.type !== 'disconnect' && status.type !== 'reconnect') continue;
      connected = status.type === 'reconnect';
      changed();
    }
  })();
  const onChange: Link['onChange'] = (listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  };
  return {
    ...base,
    changes: () => changes,
    onChange,
    up: async (signal, timeout = base.timeout) => {
      const gone = (): DownlineError => new DownlineError('SERVICE_DOWN', 'the connection to NATS was closed');
      if (base.connection.isClosed()) throw gone();
      if (connected) return;
      await new Promise<void>((resolve, reject) => {
        const end = (error?: DownlineError): void => {
          clearTimeout(timer);
          forget();
          signal?.removeEventListener('abort', abort);
          if (error === undefined) resolve();
          else reject(error);
        };
        const abort = (): void => end(new DownlineError('SERVICE_DOWN', 'NATS is away, and nobody waits any more'));
        const timer = setTimeout(() => end(new DownlineError('SERVICE_DOWN', `NATS has been away for ${timeout} ms`)), Math.min(timeout, 2 ** 31 - 1));
        const forget = onChange(() => {
          if (base.connection.isClosed()) end(gone());
          else if (connected) end();
        });
        signal?.addEventListener('abort', abort, { once: true });
        if (signal?.aborted === true) abort();
      });
    },
  };
}
