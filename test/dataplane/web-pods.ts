// Stands for web pods: each answers a request with what it heard, in JSON. Given `tls` first, it
// speaks TLS with the certificate and key in files beside; `h2c` speaks HTTP/2 without TLS.
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttp2Server } from 'node:http2';
import { createServer as createTlsServer } from 'node:https';

const [kind = 'http', folder = '', ...ports] = process.argv.slice(2);

for (const port of ports) {
  const told = (request: { url?: string | undefined; headers: object; httpVersion: string }) =>
    JSON.stringify({
      ...{ port, url: request.url, version: request.httpVersion, headers: request.headers },
    });
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    request.resume();
    const text = request.url === '/long' ? told(request).repeat(200) : told(request);
    response.setHeader('content-type', 'application/json');
    response.end(text);
  };
  if (kind === 'h2c') {
    createHttp2Server((request, response) => void response.end(told(request))).listen(
      ...([Number(port), '10.99.0.1'] as const),
    );
    continue;
  }
  const files = { cert: `${folder}/pod.crt`, key: `${folder}/pod.key` };
  const server =
    kind === 'tls'
      ? createTlsServer({ cert: readFileSync(files.cert), key: readFileSync(files.key) }, answer)
      : createServer(answer);
  // A WebSocket as far as a load balancer sees it: an upgrade, then bytes in both directions.
  server.on('upgrade', (_, socket) => {
    socket.write(
      'HTTP/1.1 101 Switching Protocols\r\nupgrade: echo\r\nconnection: upgrade\r\n\r\n',
    );
    socket.pipe(socket);
  });
  server.keepAliveTimeout = 60_000;
  server.listen(Number(port), '10.99.0.1');
}
