import { DownlineError, ERROR_CODES, type ErrorCode } from '../lib/errors/mod.ts';

/**
 * Asks the HTTP interface of a running Downline. A problem+json becomes the
 * `DownlineError` that it tells of; nobody there is `UNAVAILABLE`.
 */
export async function ask(address: string, path: string, init: { method?: string; body?: unknown; milliseconds?: number } = {}): Promise<unknown> {
  const url = new URL(path, address);
  let response: Response;
  try {
    response = await fetch(url, {
      method: init.method ?? (init.body === undefined ? 'GET' : 'POST'),
      headers: { accept: 'application/json', ...(init.body !== undefined && { 'content-type': 'application/json' }) },
      body: init.body === undefined ? undefined : JSON.stringify(init.body),
      signal: AbortSignal.timeout(init.milliseconds ?? 60_000),
    });
  } catch (error) {
    throw new DownlineError('UNAVAILABLE', `${url.origin} does not answer; is Downline running? \`npx downline up\` starts it`, { cause: error });
  }
  const text = await response.text();
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new DownlineError('UNAVAILABLE', `${url.href} answered ${response.status} with something that is no JSON: ${text.slice(0, 120)}`, { cause: error });
  }
  if (response.ok) return value;
  const { code, detail } = (value ?? {}) as { code?: unknown; detail?: unknown };
  const known: ErrorCode = typeof code === 'string' && code in ERROR_CODES ? (code as ErrorCode) : 'UNAVAILABLE';
  throw new DownlineError(known, typeof detail === 'string' ? detail : `${url.href} answered ${response.status}`);
}
