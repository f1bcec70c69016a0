import { createServer, type Server, type ServerResponse } from 'node:http';
import { afterEach, expect, it } from 'vitest';
import { Connection } from './connection.ts';

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** A connection to a real server, and the bodies that it received. */
async function connected(answer: (response: ServerResponse, body: string) => void): Promise<{ connection: Connection; bodies: string[]; sockets: Set<unknown> }> {
  const bodies: string[] = [];
  const sockets = new Set<unknown>();
  server = createServer((request, response) => {
    sockets.add(request.socket);
    let body = '';
    request.on('data', (piece: Buffer) => { body += piece.toString(); });
    request.on('end', () => {
      bodies.push(body);
      answer(response, body);
    });
  });
  await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve));
  return { connection: await Connection.open((server.address() as { port: number }).port), bodies, sockets };
}

it.each([
  ['with its length', (response: ServerResponse) => { response.setHeader('content-length', 200_000).end('x'.repeat(200_000)); }],
  ['in chunks', (response: ServerResponse) => {
    response.write('first');
    setTimeout(() => response.end('x'.repeat(200_000)), 5);
  }],
])('waits for an answer %s, and asks again on the same connection', async (_, answer) => {
  const { connection, bodies, sockets } = await connected(answer);
  expect(await connection.post('/', '{"a":"é"}')).toBe(200);
  expect(await connection.post('/', '{}')).toBe(200);
  expect(bodies).toEqual(['{"a":"é"}', '{}']);
  expect(sockets.size).toBe(1);
  connection.close();
});

it('tells another status, and a connection that is cut', async () => {
  const { connection } = await connected((response, body) => {
    if (body === 'cut') response.destroy();
    else response.writeHead(503).end();
  });
  expect(await connection.post('/', '')).toBe(503);
  await expect(connection.post('/', 'cut')).rejects.toThrow();
});
