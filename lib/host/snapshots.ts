import { createHash } from 'node:crypto';
import type { Logger } from 'pino';
import { z } from 'zod';
import type { Objects } from '../clients/s3/mod.ts';
import { isDownlineError } from '../errors/mod.ts';
import type { StreamName } from '../events/mod.ts';

/** A state as of the last sequence applied of each input stream. */
export interface Snapshot<State> {
  readonly state: State;
  readonly applied: readonly (readonly [StreamName, number])[];
  /** Last sequence of the replay in the output stream. */
  readonly output: number;
}

export interface Snapshots {
  /** The newest snapshot that can be read, or null: a damaged one is passed over, and without S3 there is none. */
  newest<State>(replay: string, decode: (text: string) => State): Promise<Snapshot<State> | null>;
  /** Stores one and removes all but the last two. Throws `SERVICE_DOWN`. */
  store(replay: string, snapshot: { applied: readonly (readonly [StreamName, number])[]; output: number; text: string }): Promise<void>;
}

const KEEP = 2;

const head = z.object({
  schema: z.literal(1),
  applied: z.array(z.tuple([z.string().transform((name) => name as StreamName), z.number().int().min(0)])),
  output: z.number().int().min(0),
  hash: z.string(),
});

/**
 * Snapshots under a prefix, `<replay>/<sum of the sequences>`: a line of JSON
 * that says what it is (and the hash of the rest), then the state.
 */
export function createSnapshots(objects: Objects, prefix: string, log: Logger): Snapshots {
  const folder = (replay: string): string => `${prefix}/${encodeURIComponent(replay)}/`;
  return {
    async newest(replay, decode) {
      let keys: string[];
      try {
        keys = (await objects.list(folder(replay))).map(({ key }) => key).reverse();
      } catch (error) {
        log.warn({ err: error, replay }, 'snapshots cannot be listed; building the state from the streams');
        return null;
      }
      for (const key of keys) {
        try {
          const text = new TextDecoder('utf-8', { fatal: true }).decode(await objects.get(key));
          const line = text.indexOf('\n');
          const { applied, output, hash } = head.parse(JSON.parse(text.slice(0, line)));
          const body = text.slice(line + 1);
          if (hashOf(body) !== hash) throw new Error('its hash is not that of its state');
          return { state: decode(body), applied, output };
        } catch (error) {
          log.warn({ err: error, key }, 'a snapshot cannot be read; trying an older one');
        }
      }
      return null;
    },
    async store(replay, { applied, output, text }) {
      const order = applied.reduce((sum, [, sequence]) => sum + sequence, 0);
      const line = JSON.stringify({ schema: 1, applied, output, hash: hashOf(text) });
      await objects.put(`${folder(replay)}${String(order).padStart(15, '0')}`, `${line}\n${text}`, 'application/json');
      const keys = (await objects.list(folder(replay))).map(({ key }) => key);
      for (const key of keys.slice(0, -KEEP)) {
        await objects.remove(key).catch((error: unknown) => {
          if (!isDownlineError(error)) throw error;
          log.warn({ err: error, key }, 'an old snapshot stays');
        });
      }
    },
  };
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
