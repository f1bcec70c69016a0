import { z } from 'zod';
import { DownlineError, isDownlineError } from '../../errors/mod.ts';
import type { HttpClient } from '../http/mod.ts';
import { API, nothing, pairs, quote, toPairs } from './answer.ts';

const status = z.enum(['RUNNING', 'SCHEDULED', 'FINISHED', 'FAILED', 'KILLED']);
export type RunStatus = z.output<typeof status>;

const metricValue = z.union([z.number(), z.enum(['NaN', 'Infinity', '-Infinity']).transform(Number)]);
const run = z.object({
  info: z.object({
    run_id: z.string().min(1),
    run_name: z.string().default(''),
    experiment_id: z.string(),
    status,
    /** Milliseconds since 1970. */
    start_time: z.coerce.number(),
    end_time: z.coerce.number().optional(),
    artifact_uri: z.string().default(''),
  }),
  data: z.object({
    metrics: z.array(z.object({ key: z.string(), value: metricValue })).default([])
      .transform((list) => Object.fromEntries(list.map(({ key, value }) => [key, value])) as Readonly<Record<string, number>>),
    params: pairs,
    tags: pairs,
  }).default({ metrics: {}, params: {}, tags: {} }),
}).transform(({ info, data }) => ({
  id: info.run_id, name: info.run_name, experiment: info.experiment_id, status: info.status,
  startedAt: info.start_time, endedAt: info.end_time ?? null, artifactUri: info.artifact_uri, ...data,
}));

/** A run; times in milliseconds since 1970. */
export type MlflowRun = z.output<typeof run>;

export interface MlflowRuns {
  /** The id of an experiment, created if it is not there. */
  experiment(name: string): Promise<string>;
  create(experiment: string, options: { name: string; tags?: Readonly<Record<string, string>>; startedAt: number }): Promise<MlflowRun>;
  get(id: string): Promise<MlflowRun | null>;
  /** The newest run of an experiment that has this tag. */
  find(experiment: string, tag: string, value: string): Promise<MlflowRun | null>;
  /** Logs in as many requests as MLflow's limits ask for. Metrics want finite numbers. */
  log(id: string, entries: { metrics?: readonly { key: string; value: number; at: number; step?: number }[]; params?: Readonly<Record<string, string>>; tags?: Readonly<Record<string, string>> }): Promise<void>;
  /** Every logged value of a metric, in order of its steps. */
  history(id: string, metric: string): Promise<{ value: number; step: number }[]>;
  end(id: string, status: RunStatus, endedAt: number): Promise<void>;
}

/** Most entries of a kind in one `runs/log-batch`. */
const MOST = { metrics: 1000, params: 100, tags: 100 } as const;

export function mlflowRuns(http: HttpClient): MlflowRuns {
  const oneRun = z.object({ run });
  const experimentByName = async (name: string): Promise<string> =>
    (await http.json(`${API}/experiments/get-by-name`, z.object({ experiment: z.object({ experiment_id: z.string() }) }), { query: { experiment_name: name } })).experiment.experiment_id;

  return {
    async experiment(name) {
      try {
        return await experimentByName(name);
      } catch (error) {
        if (!isDownlineError(error, 'NOT_FOUND')) throw error;
      }
      try {
        return (await http.json(`${API}/experiments/create`, z.object({ experiment_id: z.string() }), { method: 'POST', json: { name } })).experiment_id;
      } catch (error) {
        // Somebody else made it in between.
        if (isDownlineError(error, 'CONFLICT')) return experimentByName(name);
        throw error;
      }
    },

    async create(experiment, { name, tags, startedAt }) {
      return (await http.json(`${API}/runs/create`, oneRun, { method: 'POST', json: { experiment_id: experiment, run_name: name, start_time: startedAt, tags: toPairs(tags) } })).run;
    },

    async get(id) {
      try {
        return (await http.json(`${API}/runs/get`, oneRun, { query: { run_id: id } })).run;
      } catch (error) {
        if (isDownlineError(error, 'NOT_FOUND')) return null;
        throw error;
      }
    },

    async find(experiment, tag, value) {
      const filter = `tags.${tag.includes('.') ? `\`${tag}\`` : tag} = ${quote(value)}`;
      const { runs } = await http.json(`${API}/runs/search`, z.object({ runs: z.array(run).default([]) }), {
        method: 'POST', json: { experiment_ids: [experiment], filter, max_results: 1, order_by: ['attributes.start_time DESC'] },
      });
      return runs[0] ?? null;
    },

    async log(id, { metrics = [], params = {}, tags = {} }) {
      for (const { key, value } of metrics) {
        if (!Number.isFinite(value)) throw new DownlineError('BAD_REQUEST', `metric ${key} is ${value}: MLflow's JSON has only finite numbers`, { ids: { mlflowRun: id } });
      }
      const rows = {
        metrics: metrics.map(({ key, value, at, step = 0 }) => ({ key, value, timestamp: Math.round(at), step })),
        params: toPairs(params),
        tags: toPairs(tags),
      };
      // One kind a request: the total may not pass 1000 either.
      for (const kind of ['params', 'tags', 'metrics'] as const) {
        for (let from = 0; from < rows[kind].length; from += MOST[kind]) {
          await http.json(`${API}/runs/log-batch`, nothing, { method: 'POST', json: { run_id: id, [kind]: rows[kind].slice(from, from + MOST[kind]) } });
        }
      }
    },

    async history(id, metric) {
      const schema = z.object({ metrics: z.array(z.object({ value: metricValue, step: z.coerce.number().default(0) })).default([]), next_page_token: z.string().optional() });
      const points: { value: number; step: number }[] = [];
      let token: string | undefined;
      do {
        const page: z.output<typeof schema> = await http.json(`${API}/metrics/get-history`, schema, { query: { run_id: id, metric_key: metric, max_results: 1000, page_token: token } });
        points.push(...page.metrics);
        token = page.next_page_token === '' ? undefined : page.next_page_token;
      } while (token !== undefined);
      return points.sort((a, b) => a.step - b.step);
    },

    async end(id, state, endedAt) {
      await http.json(`${API}/runs/update`, nothing, { method: 'POST', json: { run_id: id, status: state, end_time: Math.round(endedAt) } });
    },
  };
}
