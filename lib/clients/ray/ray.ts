import { z } from 'zod';
import { DownlineError, isDownlineError } from '../../errors/mod.ts';
import { createHttpClient, type HttpAnswer } from '../http/mod.ts';
import { readProgress, type JobProgress } from './progress.ts';

const status = z.enum(['PENDING', 'RUNNING', 'STOPPED', 'SUCCEEDED', 'FAILED']);
export type RayStatus = z.output<typeof status>;

const job = z.object({
  submission_id: z.string().nullish(),
  entrypoint: z.string().default(''),
  status,
  message: z.string().nullish(),
  error_type: z.string().nullish(),
  /** Milliseconds since 1970. */
  start_time: z.number().nullish(),
  end_time: z.number().nullish(),
  metadata: z.record(z.string(), z.string()).nullish(),
}).transform((one) => ({
  id: one.submission_id ?? '', entrypoint: one.entrypoint, status: one.status, message: one.message ?? '',
  startedAt: one.start_time ?? null, endedAt: one.end_time === 0 ? null : one.end_time ?? null, metadata: one.metadata ?? {},
}));

/** A job of Ray's; times in milliseconds since 1970. */
export type RayJob = z.output<typeof job>;

/** Ray's jobs interface. Errors: `SERVICE_DOWN` (no answer, 5xx, or not an answer of Ray), `NOT_FOUND`, `BAD_REQUEST`. */
export interface Ray {
  /** True when a dashboard with the jobs interface answers. */
  healthy(): Promise<boolean>;
  /** Submits under a chosen id. A job that is there already under this id is left alone, whatever became of it. */
  submit(id: string, options: { entrypoint: string; env?: Readonly<Record<string, string>>; metadata?: Readonly<Record<string, string>>; cpus?: number }): Promise<RayJob>;
  get(id: string): Promise<RayJob | null>;
  list(): Promise<RayJob[]>;
  /** The end of a job's log, of at most so many characters (default 20,000); empty for a job that has not begun to write. */
  log(id: string, characters?: number): Promise<string>;
  /** What the job has said of its progress, from its whole log. */
  progress(id: string): Promise<JobProgress>;
  /** Asks a job to end; true when it was running. An unknown job is `NOT_FOUND`. */
  stop(id: string): Promise<boolean>;
}

/** A client of the dashboard at `dashboardUrl`. `timeoutMs` bounds each request. */
export function createRay(dashboardUrl: string, options: { timeoutMs?: number } = {}): Ray {
  const http = createHttpClient({ service: 'Ray', url: dashboardUrl, timeoutMs: options.timeoutMs, refuse });
  const path = (id: string, rest = ''): string => `/api/jobs/${encodeURIComponent(id)}${rest}`;

  async function get(id: string): Promise<RayJob | null> {
    try {
      return await http.json(path(id), job);
    } catch (error) {
      if (isDownlineError(error, 'NOT_FOUND')) return null;
      throw error;
    }
  }

  async function wholeLog(id: string): Promise<string> {
    return (await http.json(path(id, '/logs'), z.object({ logs: z.string().nullish() }))).logs ?? '';
  }

  return {
    get,

    async healthy() {
      try {
        await http.json('/api/version', z.object({ ray_version: z.string() }));
        return true;
      } catch {
        return false;
      }
    },

    async submit(id, { entrypoint, env = {}, metadata = {}, cpus }) {
      const there = await get(id);
      if (there !== null) return there;
      try {
        await http.json('/api/jobs/', z.object({ submission_id: z.string() }), {
          method: 'POST',
          json: { submission_id: id, entrypoint, metadata, runtime_env: { env_vars: env }, ...(cpus !== undefined && { entrypoint_num_cpus: cpus }) },
        });
      } catch (error) {
        // It may have got through, or somebody else was first: what is there decides.
        const now = await get(id).catch(() => null);
        if (now !== null) return now;
        throw error;
      }
      const submitted = await get(id);
      if (submitted === null) throw new DownlineError('SERVICE_DOWN', `Ray took job ${id} and does not know it`, { ids: { job: id } });
      return submitted;
    },

    list: async () => http.json('/api/jobs/', z.array(job)),
    log: async (id, characters = 20_000) => (await wholeLog(id)).slice(-characters),
    progress: async (id) => readProgress(await wholeLog(id)),
    stop: async (id) => (await http.json(path(id, '/stop'), z.object({ stopped: z.boolean() }), { method: 'POST' })).stopped,
  };
}

/** Ray refuses in plain text. */
function refuse(path: string, answer: HttpAnswer): DownlineError {
  const text = new TextDecoder().decode(answer.body).slice(-500);
  if (/<html|<!doctype/i.test(text)) return new DownlineError('SERVICE_DOWN', `Ray: ${path}: HTTP ${answer.status} that is not an answer of Ray`);
  return new DownlineError(answer.status === 404 ? 'NOT_FOUND' : 'BAD_REQUEST', `Ray: ${path}: HTTP ${answer.status}: ${text}`, { ids: { status: answer.status } });
}
