import { z } from 'zod';
import { DownlineError } from '../../errors/mod.ts';
import type { HttpClient } from '../http/mod.ts';
import { API } from './answer.ts';
import type { MlflowRuns } from './runs.ts';

/** Files of a run; paths are relative to the run, `bundle/m1.onnx`. */
export interface MlflowArtifacts {
  /** Files and folders directly below a path, sorted. */
  list(run: string, path?: string): Promise<{ path: string; folder: boolean; bytes: number }[]>;
  download(run: string, path: string): Promise<Uint8Array>;
  /** Through the server's artifact proxy; throws `BAD_REQUEST` for a server that has none. */
  upload(run: string, path: string, body: Uint8Array): Promise<void>;
}

const listing = z.object({
  files: z.array(z.object({ path: z.string(), is_dir: z.boolean().default(false), file_size: z.coerce.number().default(0) })).default([]),
  next_page_token: z.string().optional(),
});

export function mlflowArtifacts(http: HttpClient, runs: MlflowRuns): MlflowArtifacts {
  /** The proxy's route of a run's file. */
  async function route(run: string, path: string): Promise<string> {
    const parts = path.split('/');
    if (parts.some((part) => part === '' || part === '.' || part === '..')) {
      throw new DownlineError('BAD_REQUEST', `${JSON.stringify(path)} is not the path of an artifact`, { ids: { mlflowRun: run } });
    }
    const found = await runs.get(run);
    if (found === null) throw new DownlineError('NOT_FOUND', `MLflow has no run ${run}`, { ids: { mlflowRun: run } });
    const proxied = /^mlflow-artifacts:(?:\/\/[^/]*)?\/(.+)$/.exec(found.artifactUri)?.[1];
    if (proxied === undefined) {
      throw new DownlineError('BAD_REQUEST', `MLflow keeps the artifacts of ${run} at ${found.artifactUri}, not behind its proxy (--serve-artifacts)`, { ids: { mlflowRun: run } });
    }
    return `/api/2.0/mlflow-artifacts/artifacts/${[...proxied.split('/'), ...parts].map(encodeURIComponent).join('/')}`;
  }

  return {
    async list(run, path) {
      const files: { path: string; folder: boolean; bytes: number }[] = [];
      let token: string | undefined;
      do {
        const page: z.output<typeof listing> = await http.json(`${API}/artifacts/list`, listing, { query: { run_id: run, path, page_token: token } });
        files.push(...page.files.map((file) => ({ path: file.path, folder: file.is_dir, bytes: file.file_size })));
        token = page.next_page_token === '' ? undefined : page.next_page_token;
      } while (token !== undefined);
      return files.sort((a, b) => (a.path < b.path ? -1 : 1));
    },

    async download(run, path) {
      const where = await route(run, path);
      const answer = await http.send(where);
      if (answer.status === 200) return answer.body;
      // A file store answers 404, an object store behind the proxy 500 for what is not there: the listing says which.
      const folder = path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : undefined;
      const listed = await this.list(run, folder);
      if (!listed.some((file) => file.path === path)) throw new DownlineError('NOT_FOUND', `MLflow: run ${run} has no artifact ${path}`, { ids: { mlflowRun: run } });
      throw new DownlineError('SERVICE_DOWN', `MLflow: ${where}: HTTP ${answer.status}`, { ids: { mlflowRun: run } });
    },

    async upload(run, path, body) {
      await http.bytes(await route(run, path), { method: 'PUT', bytes: body });
    },
  };
}
