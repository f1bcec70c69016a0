import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createClient } from './client.ts';
import { runLoad } from './load.ts';
import { loopback } from './loopback.ts';

const servers: Server[] = [];
async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});
const calls = [{ method: 'POST' as const, path: '/', body: '{}' }];

describe('load generator', () => {
  it('sends the promised number to each target and counts answers by status', async () => {
    const fine = await serve((request, response) => { request.resume(); response.end('{}'); });
    const bad = await serve((request, response) => { request.resume(); response.statusCode = 503; response.end(); });
    const [a, b] = await runLoad([{ name: 'a', url: fine, calls }, { name: 'b', url: bad, calls }], { rate: 200, seconds: 0.25 });
    expect(a).toMatchObject({ requests: 50, errors: 0, statuses: { 200: 50 } });
    expect(b).toMatchObject({ requests: 50, errors: 50, statuses: { 503: 50 } });
  });

  it('sees a stall: requests that fell due meanwhile are late too', async () => {
    let first = true;
    const stalled = await serve((request, response) => {
      request.resume();
      if (!first) { response.end(); return; }
      first = false;
      const until = Date.now() + 400;
      while (Date.now() < until) { /* the server's only thread is busy */ }
      response.end();
    });
    const [result] = await runLoad([{ name: 's', url: stalled, calls }], { rate: 100, seconds: 0.5 });
    // One slow request of 50 would leave the median untouched in a closed loop.
    expect(result!.p50).toBeGreaterThan(20);
  });

  it('counts what it could not send, what broke off and what never came', async () => {
    const silent = await serve((request) => { request.resume(); });
    const [result] = await runLoad([{ name: 's', url: silent, calls }], { rate: 100, seconds: 0.2, inFlight: 5, timeoutMs: 100 });
    expect(result!.errors).toBe(20);
    expect(result!.statuses['not sent']).toBeGreaterThan(0);
    const broken = await serve((request) => { request.socket.destroy(); });
    const [second] = await runLoad([{ name: 's', url: broken, calls }], { rate: 50, seconds: 0.1 });
    expect(second).toMatchObject({ errors: 5, statuses: { 'no answer': 5 } });
  });

  it('reads a huge answer up to a bound', async () => {
    const url = await serve((request, response) => { request.resume(); response.end(Buffer.alloc(9 * 1024 * 1024)); });
    const client = createClient(new URL(url));
    expect(await client.call({ method: 'GET', path: '/' })).toMatchObject({ status: 0, problem: expect.stringContaining('larger') as string });
    client.close();
  });

  it('goes nowhere but to loopback, and stays in its bounds', async () => {
    for (const address of ['http://example.com', 'https://127.0.0.1', 'http://127.0.0.1.evil.example', 'http://10.0.0.1', 'file:///etc/passwd', '', 'http://127.0.0.1@example.com']) {
      expect(() => loopback(address)).toThrow(/loopback|not an address/);
    }
    expect(loopback('http://127.0.0.1:80').hostname).toBe('127.0.0.1');
    const target = { name: 'x', url: 'http://127.0.0.1:1', calls };
    for (const options of [{ rate: 1e6, seconds: 10 }, { rate: 1, seconds: 301 }, { rate: 0, seconds: 1 }, { rate: NaN, seconds: 1 }]) {
      await expect(runLoad([target], options)).rejects.toMatchObject({ code: 'BAD_REQUEST' });
    }
    await expect(runLoad([{ ...target, calls: [] }], { rate: 1, seconds: 1 })).rejects.toMatchObject({ code: 'BAD_REQUEST' });
  });

  it('stops when it is told to', async () => {
    const url = await serve((request, response) => { request.resume(); response.end(); });
    const [result] = await runLoad([{ name: 'a', url, calls }], { rate: 20, seconds: 100, signal: AbortSignal.timeout(200) });
    expect(result!.requests).toBeLessThan(100);
  });
});
