import type { IncomingMessage, Server, ServerResponse } from 'node:http';

// Not imported, for that would load undici as well (ADR 0023).
const http = process.getBuiltinModule('node:http');

/** What the process answers about itself. */
export type HealthSource = {
  /** The process works at all; never depends on the API server (k8s-requirements.md P22). */
  alive(): boolean;
  /** It has synced and may be relied on; `why` is printed when not. */
  ready(): { readonly ready: boolean; readonly why: string };
  /** Prometheus text format. */
  metrics(): Promise<string>;
  /** The same of what there may be thousands of: `query` says which of them. */
  servers?(query: URLSearchParams): Promise<string>;
};

/** Address to listen on: `host:port`, host may be empty for every address. */
export type HttpAddress = { readonly host: string | undefined; readonly port: number };

/**
 * Reads `host:port`, `[host]:port` or `:port`; brackets may stand around any address, so that a
 * chart need not know its family. Throws with the flag's name and an example otherwise.
 */
export function parseHttpAddress(text: string): HttpAddress {
  const match = /^(\[[0-9a-fA-F:.]+\]|[^:[\]]*):(\d{1,5})$/.exec(text);
  const port = Number(match?.[2] ?? Number.NaN);
  if (match === null || !(port <= 65535)) {
    throw new Error(`--http-address is "${text}"; write HOST:PORT, for example :8080`);
  }
  const host = (match[1] ?? '').replace(/^\[|\]$/g, '');
  return { host: host === '' ? undefined : host, port };
}

/** Serves /livez, /readyz, /metrics, of an agent /metrics/servers; resolves when it listens. */
export function serveHttp(address: HttpAddress, source: HealthSource): Promise<Server> {
  const server = http.createServer((request, response) => {
    answer(request, response, source).catch((error: unknown) => {
      end(response, 500, `${String(error)}\n`);
    });
  });
  server.headersTimeout = 5_000;
  server.requestTimeout = 10_000;
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port: address.port, ...(address.host && { host: address.host }) }, () =>
      resolve(server),
    );
  });
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  source: HealthSource,
): Promise<void> {
  if (request.method !== 'GET') return end(response, 405, 'only GET\n');
  const [path, query] = (request.url ?? '/').split('?');
  if (path === '/livez') return verdict(response, source.alive(), 'not alive');
  if (path === '/readyz') {
    const { ready, why } = source.ready();
    return verdict(response, ready, why);
  }
  if (path === '/metrics') return end(response, 200, await source.metrics());
  if (path === '/metrics/servers' && source.servers !== undefined) {
    return end(response, 200, await source.servers(new URLSearchParams(query)));
  }
  return end(response, 404, 'try /livez, /readyz or /metrics\n');
}

function verdict(response: ServerResponse, good: boolean, why: string): void {
  end(response, good ? 200 : 503, good ? 'ok\n' : `${why}\n`);
}

function end(response: ServerResponse, status: number, body: string): void {
  if (response.headersSent) return;
  // With its length: whoever asks through a tunnel hears no end.
  const length = { 'content-length': Buffer.byteLength(body) };
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', ...length });
  response.end(body);
}
