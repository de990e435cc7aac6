import type { Agent as HttpAgent, IncomingMessage } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Socket } from 'node:net';
import type { TlsMaterial } from './credentials.ts';
import type { HttpAnswer, HttpConnections, HttpRequest } from './http.ts';

// Not imported, for that would load undici as well (ADR 0023).
const http = process.getBuiltinModule('node:http');

/** One address that takes no SYN must not eat a whole request's time: the next one is tried. */
const connectTimeoutMs = 3_000;
/** Below the API server's own 90 s, so that we close idle connections first. */
const idleConnectionMs = 60_000;
/** Linux then probes every second, ten times: a peer that vanished is noticed after about 20 s. */
const tcpKeepAliveMs = 10_000;
/** Calls beyond this wait for a free connection; watches have a connection each. */
const connectionsForCalls = 4;

/** Two sets of kept connections, so that open watches never take a call's place. */
export type Connections = {
  readonly calls: HttpConnections;
  readonly watches: HttpConnections;
};

/**
 * HTTP/1.1: one watch, one connection, one failure; a lost stream concerns nobody else. Node's own
 * client, because it is in the process already (ADR 0023).
 */
export function openConnections(tls: TlsMaterial): Connections {
  return {
    calls: new KeptConnections(tls, connectionsForCalls),
    watches: new KeptConnections(tls, Number.POSITIVE_INFINITY),
  };
}

class KeptConnections implements HttpConnections {
  readonly #https: HttpsAgent;
  /** For `kubectl proxy` and its like. */
  readonly #http: HttpAgent;
  #isRetired = false;

  constructor(tls: TlsMaterial, maxSockets: number) {
    const kept = { keepAlive: true, keepAliveMsecs: tcpKeepAliveMs, timeout: idleConnectionMs };
    this.#https = new HttpsAgent({ ...kept, ...tls, maxSockets });
    this.#http = new http.Agent({ ...kept, maxSockets });
    for (const agent of [this.#https, this.#http]) {
      const keep = agent.keepSocketAlive.bind(agent);
      agent.keepSocketAlive = (socket) => !this.#isRetired && keep(socket);
    }
  }

  send(request: HttpRequest): Promise<HttpAnswer> {
    const { url, method, body, signal } = request;
    const headers = { ...request.headers, ...lengthOf(body) };
    const isSecure = url.protocol === 'https:';
    // Whether there is TLS is the agent's own matter.
    const agent = isSecure ? this.#https : this.#http;
    const sent = http.request(url, { method, headers, agent });
    const { promise, resolve, reject } = Promise.withResolvers<HttpAnswer>();
    const abort = (): void => {
      sent.destroy();
      // One that waits for a connection would say so only once it had one.
      reject(new Error('aborted'));
    };
    sent.on('socket', (socket) => boundConnect(socket, isSecure ? 'secureConnect' : 'connect'));
    sent.on('response', (answer) => resolve(answerOf(answer)));
    sent.on('error', reject);
    sent.on('close', () => signal.removeEventListener('abort', abort));
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort);
    sent.end(body);
    return promise;
  }

  retire(): void {
    this.#isRetired = true;
    for (const agent of [this.#https, this.#http]) {
      const idle = Object.values(agent.freeSockets).flatMap((sockets) => sockets ?? []);
      for (const socket of idle) socket.destroy();
    }
  }

  destroy(): void {
    this.#isRetired = true;
    this.#https.destroy();
    this.#http.destroy();
  }
}

/** Node leaves it out where a method usually has no body, DELETE for one (RFC 9110, 8.6). */
function lengthOf(body: string | undefined): Record<string, string> {
  return body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
}

/** A new connection has to be open in time, and then says when its peer has vanished. */
function boundConnect(socket: Socket, opened: 'connect' | 'secureConnect'): void {
  if (!socket.connecting) return;
  const expire = (): void => void socket.destroy(new ConnectTimeout());
  const timer = setTimeout(expire, connectTimeoutMs);
  socket.once('close', () => clearTimeout(timer));
  socket.once(opened, () => {
    clearTimeout(timer);
    socket.setKeepAlive(true, tcpKeepAliveMs);
  });
}

const connectTimeoutCode = 'CONNECT_TIMEOUT';

/** No connection in time; not one byte of a request has left. */
class ConnectTimeout extends Error {
  readonly code = connectTimeoutCode;

  constructor() {
    super(`no connection within ${connectTimeoutMs} ms`);
  }
}

function answerOf(answer: IncomingMessage): HttpAnswer {
  return { status: answer.statusCode ?? 0, headers: answer.headers, body: answer };
}

const connectFailures = new Set([
  connectTimeoutCode,
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
]);

/** True where not one byte of the request left: any method may be sent again, elsewhere. */
export function neverConnected(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && connectFailures.has(code);
}
