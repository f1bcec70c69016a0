import { z } from 'zod';
import { isDownlineError } from '../../errors/mod.ts';
import type { HttpClient } from '../http/mod.ts';
import { API, nothing, pairs, quote, toPairs } from './answer.ts';

const version = z.object({
  name: z.string(),
  version: z.coerce.string(),
  run_id: z.string().default(''),
  source: z.string().default(''),
  status: z.string().default('READY'),
  description: z.string().default(''),
  creation_timestamp: z.coerce.number().default(0),
  tags: pairs,
  aliases: z.array(z.string()).default([]),
}).transform(({ run_id, creation_timestamp, ...rest }) => ({ ...rest, run: run_id, createdAt: creation_timestamp }));

/** A version of a registered model; `run` is MLflow's run id, `createdAt` in milliseconds since 1970. `aliases` is complete only from `version` and `alias`. */
export type ModelVersion = z.output<typeof version>;

export interface ModelRegistry {
  /** Creates a registered model if it is not there. */
  ensure(name: string, description?: string): Promise<void>;
  /** A version of a model for a run, one each: repeating it gives the version there is. */
  createVersion(name: string, options: { run: string; source: string; description?: string; tags?: Readonly<Record<string, string>> }): Promise<ModelVersion>;
  version(name: string, version: string): Promise<ModelVersion | null>;
  /** All versions, newest first. */
  versions(name: string): Promise<ModelVersion[]>;
  tagVersion(name: string, version: string, key: string, value: string): Promise<void>;
  /** The version that an alias points to; null when there is none (MLflow answers 400 then, not 404). */
  alias(name: string, alias: string): Promise<ModelVersion | null>;
  setAlias(name: string, alias: string, version: string): Promise<void>;
  /** Removing what is not there is fine. */
  removeAlias(name: string, alias: string): Promise<void>;
}

export function modelRegistry(http: HttpClient): ModelRegistry {
  const oneVersion = z.object({ model_version: version });

  async function search(filter: string): Promise<ModelVersion[]> {
    const schema = z.object({ model_versions: z.array(version).default([]), next_page_token: z.string().optional() });
    const all: ModelVersion[] = [];
    let token: string | undefined;
    do {
      const page: z.output<typeof schema> = await http.json(`${API}/model-versions/search`, schema, { query: { filter, max_results: 200, page_token: token } });
      all.push(...page.model_versions);
      token = page.next_page_token === '' ? undefined : page.next_page_token;
    } while (token !== undefined);
    return all.sort((a, b) => Number(b.version) - Number(a.version));
  }

  async function orNull(request: Promise<{ model_version: ModelVersion }>): Promise<ModelVersion | null> {
    try {
      return (await request).model_version;
    } catch (error) {
      if (isDownlineError(error, 'NOT_FOUND') || isMissingAlias(error)) return null;
      throw error;
    }
  }

  return {
    async ensure(name, description = '') {
      try {
        await http.json(`${API}/registered-models/create`, nothing, { method: 'POST', json: { name, description } });
      } catch (error) {
        if (!isDownlineError(error, 'CONFLICT')) throw error;
      }
    },

    async createVersion(name, { run, source, description = '', tags }) {
      const there = (await search(`name = ${quote(name)}`)).find((one) => one.run === run);
      if (there !== undefined) return there;
      return (await http.json(`${API}/model-versions/create`, oneVersion, { method: 'POST', json: { name, source, run_id: run, description, tags: toPairs(tags) } })).model_version;
    },

    version: (name, number) => orNull(http.json(`${API}/model-versions/get`, oneVersion, { query: { name, version: number } })),
    versions: (name) => search(`name = ${quote(name)}`),

    async tagVersion(name, number, key, value) {
      await http.json(`${API}/model-versions/set-tag`, nothing, { method: 'POST', json: { name, version: number, key, value } });
    },

    alias: (name, alias) => orNull(http.json(`${API}/registered-models/alias`, oneVersion, { query: { name, alias } })),

    async setAlias(name, alias, number) {
      await http.json(`${API}/registered-models/alias`, nothing, { method: 'POST', json: { name, alias, version: number } });
    },

    async removeAlias(name, alias) {
      try {
        await http.json(`${API}/registered-models/alias`, nothing, { method: 'DELETE', json: { name, alias } });
      } catch (error) {
        if (!isDownlineError(error, 'NOT_FOUND') && !isMissingAlias(error)) throw error;
      }
    },
  };
}

/** `INVALID_PARAMETER_VALUE: Registered model alias … not found.` */
function isMissingAlias(error: unknown): boolean {
  return isDownlineError(error, 'BAD_REQUEST') && /alias .*not found/i.test(error.message);
}
