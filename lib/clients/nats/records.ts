import type { JetStreamManager } from '@nats-io/jetstream';
import type { KV, KvWatchEntry } from '@nats-io/kv';
import { DownlineError } from '../../errors/mod.ts';
import type { Records } from './bus.ts';
import { isConflict, natsError } from './errors.ts';

/** A KV bucket as records; values are JSON. */
export function recordsOf(bucket: KV, manager: JetStreamManager, name: string, up: () => Promise<void>): Records {
  const conflict = (key: string, cause: unknown): DownlineError => new DownlineError('CONFLICT', `${name}/${key} was changed in between`, { ids: { bucket: name, key }, cause });
  return {
    async get(key) {
      await up();
      const entry = await bucket.get(checked(key)).catch((error: unknown) => { throw natsError(error, `read ${name}/${key}`); });
      return entry === null || entry.operation !== 'PUT' ? null : { value: parsed(name, key, entry.string()), revision: entry.revision };
    },
    async create(key, value) {
      await up();
      try {
        return await bucket.create(checked(key), JSON.stringify(value));
      } catch (error) {
        throw isConflict(error) ? conflict(key, error) : natsError(error, `create ${name}/${key}`);
      }
    },
    async update(key, value, revision) {
      await up();
      try {
        return await bucket.update(checked(key), JSON.stringify(value), revision);
      } catch (error) {
        throw isConflict(error) ? conflict(key, error) : natsError(error, `update ${name}/${key}`);
      }
    },
    async keys() {
      await up();
      try {
        // `bucket.keys()` would make a consumer that stays for five minutes: asked often, they reach the server's limit.
        const prefix = `$KV.${name}.`;
        const { state } = await manager.streams.info(`KV_${name}`, { subjects_filter: `${prefix}>` });
        return Object.keys(state.subjects ?? {}).map((subject) => subject.slice(prefix.length)).sort();
      } catch (error) {
        throw natsError(error, `list ${name}`);
      }
    },
    async* watch(signal) {
      if (signal.aborted) return;
      const entries = await bucket.watch().catch((error: unknown) => { throw natsError(error, `watch ${name}`); });
      const stop = (): void => entries.stop();
      signal.addEventListener('abort', stop, { once: true });
      // An abort while the watch was being opened was heard by nobody.
      if (signal.aborted as boolean) stop();
      try {
        for await (const entry of entries as AsyncIterable<KvWatchEntry>) {
          if (entry.operation === 'PUT') yield { key: entry.key, value: parsed(name, entry.key, entry.string()), revision: entry.revision };
        }
      } finally {
        signal.removeEventListener('abort', stop);
        entries.stop();
      }
    },
  };
}

function checked(key: string): string {
  if (!/^[-/_=.a-zA-Z0-9]{1,200}$/.test(key) || key.startsWith('.') || key.endsWith('.')) {
    throw new DownlineError('BAD_REQUEST', `${JSON.stringify(key.slice(0, 200))} is not a key: letters, digits, - / _ = . only`);
  }
  return key;
}

function parsed(bucket: string, key: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new DownlineError('EVENT_INVALID', `the record ${bucket}/${key} is not JSON`, { ids: { bucket, key }, cause: error });
  }
}
