import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { runUsers } from './crowd.ts';
import { USER_KINDS } from './users.ts';

let server: Server | undefined;
afterEach(() => { server?.closeAllConnections(); server?.close(); });

/** A server of canned answers: what the users do is looked at, not what Downline answers. */
async function serve(answer: (method: string, path: string, body: string) => [number, unknown]): Promise<{ url: string; seen: { method: string; path: string; body: string }[] }> {
  const seen: { method: string; path: string; body: string }[] = [];
  server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const call = { method: request.method!, path: request.url!, body: Buffer.concat(parts).toString() };
      seen.push(call);
      const [status, value] = answer(call.method, call.path, call.body);
      response.statusCode = status;
      response.end(typeof value === 'string' ? value : JSON.stringify(value));
    });
  });
  await new Promise<void>((done) => server!.listen(0, '127.0.0.1', done));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen };
}

const leg = { flight: '2013-06-10.UA.1.EWR.ORD.0515', departed: null, departure: { p30: 0.7, quantiles: Array.from({ length: 19 }, (_, index) => index) } };
const canned = (_method: string, path: string): [number, unknown] => {
  if (path === '/v1/alerts') return [200, { alerts: [{ id: 'r.f', tail: 'N1' }, { id: 'r.g', tail: null }] }];
  if (path === '/v1/predictions') return [200, { receipt: 'x.y', legs: [leg] }];
  if (path === '/v1/feedback') return [201, {}];
  return [404, {}];
};
const options = { seed: 1, seconds: 20, requests: 150, intensity: 40, tails: () => Promise.resolve(['N1', 'N2', 'N3']) };

describe('artificial users', () => {
  it('are at least four kinds of dispatcher and one API client, each described in the README too', () => {
    const readme = readFileSync(new URL('README.md', import.meta.url), 'utf8');
    expect(USER_KINDS.filter((kind) => kind.name !== 'api-client').length).toBeGreaterThanOrEqual(4);
    for (const kind of USER_KINDS) {
      expect(kind.description.length).toBeGreaterThan(60);
      expect(readme).toContain(`\`${kind.name}\``);
    }
  });

  it('come, ask, and give feedback within their bounds', async () => {
    const { url, seen } = await serve(canned);
    const tallies = await runUsers(url, options);
    const total = Object.values(tallies).reduce((sum, tally) => sum + tally.requests, 0);
    expect(total).toBe(seen.length);
    expect(total).toBeGreaterThanOrEqual(150);
    expect(total).toBeLessThan(260);
    expect(Object.keys(tallies).sort()).toEqual(USER_KINDS.map((kind) => kind.name).sort());
    const feedback = seen.filter((call) => call.path === '/v1/feedback' && !call.body.includes('no-such-receipt'));
    expect(feedback.length).toBeGreaterThan(0);
    for (const call of feedback) expect(JSON.parse(call.body)).toMatchObject({ verdict: expect.stringMatching(/^(useful|not-useful|wrong|acted)$/) as string });
    expect(seen.some((call) => call.body.includes('assume'))).toBe(true);
    expect(tallies['newcomer']!.refusals + tallies['newcomer']!.requests).toBeGreaterThan(0);
  });

  it('count answers that are not what the contract says, and go on', async () => {
    const { url } = await serve((_method, path) => path === '/v1/predictions' ? [200, '{"receipt": 7'] : [500, 'no']);
    const tallies = await runUsers(url, { ...options, requests: 400 });
    expect(tallies['api-client']!.surprises).toBeGreaterThan(0);
    expect(tallies['duty-manager']!.failures).toBeGreaterThan(0);
  });

  it('end at once when told to, and do not come while nothing flies', async () => {
    const { url, seen } = await serve(canned);
    await runUsers(url, { ...options, tails: () => Promise.resolve([]), signal: AbortSignal.timeout(150) });
    expect(seen).toHaveLength(0);
  });

  it('refuse other machines and wrong options', async () => {
    await expect(runUsers('http://example.com', options)).rejects.toMatchObject({ code: 'BAD_REQUEST' });
    await expect(runUsers('http://127.0.0.1:1', { ...options, intensity: 1e9 })).rejects.toMatchObject({ code: 'BAD_REQUEST' });
  });
});
