/** Kept connections, against servers of Node's own. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { neverConnected, openConnections } from './connections.ts';
import { bodyText, type HttpConnections, type HttpRequest } from './http.ts';

const bytesMax = 1_000;

/** Answers with the request's method, length and body; `/stall` only begins to. */
async function startServer(): Promise<{ server: Server; url: string; sockets: Set<Socket> }> {
  const sockets = new Set<Socket>();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method, headers, url } = request;
      response.write(`${method} ${headers['content-length']} ${Buffer.concat(chunks)}`);
      if (url !== '/stall') response.end();
    });
  });
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, url: urlOf(server), sockets };
}

function urlOf(server: { address(): unknown }): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const requestTo = (url: string, more: Partial<HttpRequest> = {}): HttpRequest => {
  const { signal } = new AbortController();
  return { url: new URL(url), method: 'GET', headers: {}, signal, ...more };
};

const textOf = async (connections: HttpConnections, request: HttpRequest): Promise<string> =>
  bodyText((await connections.send(request)).body, bytesMax);

test('a DELETE has a body, and its length', async () => {
  const { server, url } = await startServer();
  const { calls } = openConnections({});
  const request = requestTo(url, { method: 'DELETE', body: '{"é":1}' });
  assert.equal(await textOf(calls, request), 'DELETE 8 {"é":1}');
  calls.destroy();
  server.close();
});

test('one that waits for a connection ends when its caller wants it to', async () => {
  const { server, url, sockets } = await startServer();
  const { calls } = openConnections({});
  const stalled = await Promise.all(
    Array.from({ length: 4 }, () => calls.send(requestTo(`${url}/stall`))),
  );
  assert.deepEqual([stalled.length, sockets.size], [4, 4]);
  const abort = new AbortController();
  const waiting = calls.send(requestTo(url, { signal: abort.signal }));
  abort.abort();
  await assert.rejects(waiting, /aborted/);
  calls.destroy();
  server.close();
});

test('retired connections end what runs and are then closed; idle ones at once', async () => {
  const { server, url, sockets } = await startServer();
  const { calls } = openConnections({});
  await Promise.all([textOf(calls, requestTo(url)), textOf(calls, requestTo(url))]);
  const running = await calls.send(requestTo(`${url}/stall`));
  assert.equal(sockets.size, 2);
  calls.retire();
  const [socket] = sockets;
  await until(() => sockets.size === 1);
  const text = bodyText(running.body, bytesMax);
  const [left = socket] = sockets;
  // The end of an answer in chunks (RFC 9112, 7.1).
  left?.write('0\r\n\r\n');
  assert.equal(await text, 'GET undefined ');
  await until(() => sockets.size === 0);
  server.close();
});

test('an answer that is too large is refused, and its connection cut', async () => {
  const { server, url, sockets } = await startServer();
  const { calls } = openConnections({});
  const request = requestTo(url, { method: 'POST', body: 'x'.repeat(bytesMax + 1) });
  await assert.rejects(textOf(calls, request), /more than 1000 bytes/);
  await until(() => sockets.size === 0);
  calls.destroy();
  server.close();
});

test('a server that is silent before TLS is left after three seconds', async () => {
  const sockets = new Set<Socket>();
  const server = createTcpServer((socket) => sockets.add(socket)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { calls } = openConnections({});
  const request = requestTo(urlOf(server).replace('http:', 'https:'));
  await assert.rejects(calls.send(request), (error) => {
    assert.deepEqual(
      [(error as { code?: unknown }).code, neverConnected(error)],
      ['CONNECT_TIMEOUT', true],
    );
    return true;
  });
  calls.destroy();
  for (const socket of sockets) socket.destroy();
  server.close();
});

/** Polls; a test that hangs here is ended by the runner. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) {
    await new Promise((resolve) => {
      setTimeout(resolve, 5);
    });
  }
}
