import { createServer } from 'node:http';

// A process of its own, the peer: a bare `node:http` server that reads the request and answers with what it was told to.

process.once('message', (answer) => {
  const body = Buffer.from(answer as string);
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length });
      response.end(body);
    });
  });
  server.listen(0, '127.0.0.1', () => process.send?.((server.address() as { port: number }).port));
});
