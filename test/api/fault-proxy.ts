/**
 * Stands between a client and the real API server and breaks what it is told to break.
 *
 *   const proxy = await startFaultProxy(api);
 *   proxy.fail((call) => (isWatch(call) ? { kind: 'answer', status: 500 } : undefined));
 */
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  createServer as createHttpsServer,
  Agent as HttpsAgent,
  request as httpsRequest,
} from 'node:https';
import { Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import type { ApiServer } from './server.ts';

export type ProxiedCall = {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
};

export type Fault =
  /** Answers instead of the server. */
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly retryAfterSeconds?: number;
      readonly body?: string;
    }
  /** Takes the request and never answers. */
  | { readonly kind: 'stall' }
  /** TCP reset before any answer. */
  | { readonly kind: 'reset' }
  /** Passes this many bytes of the answer's body, then resets. */
  | { readonly kind: 'cut'; readonly afterBytes: number }
  /** Passes the call on, waits for the server's whole answer, does this, and then resets. */
  | { readonly kind: 'lose-answer'; readonly action: () => void }
  /** Passes the answer's body no faster than this, asked again and again; the server feels it. */
  | { readonly kind: 'trickle'; readonly bytesPerSecond: () => number }
  /** Passes every piece of the answer's body this late: a watch that lags behind. */
  | { readonly kind: 'lag'; readonly delayMs: number }
  /** Passes the call on with another body. */
  | { readonly kind: 'rewrite'; readonly body: (text: string) => string }
  /** Passes the answer, then these bytes on top of it, and ends. */
  | { readonly kind: 'append'; readonly text: string }
  /** Passes on after a delay. */
  | { readonly kind: 'delay'; readonly delayMs: number };

export type FaultProxy = {
  readonly url: string;
  /** Every call so far, oldest first. */
  readonly calls: readonly (ProxiedCall & { readonly atMs: number })[];
  /** Connections accepted so far. */
  connections(): number;
  /** Asked at every call; undefined passes it on untouched. */
  fail(choose: (call: ProxiedCall) => Fault | undefined): void;
  /** Passes everything on again. */
  heal(): void;
  /** From now on nothing passes, in open watches neither; connections stay. */
  freeze(): void;
  /** Resets every open connection, in the middle of whatever it does. */
  resetAll(): void;
  stop(): Promise<void>;
};

/** True for a watch, false for a list of the same path. */
export function isWatch(call: ProxiedCall): boolean {
  return call.query.has('watch');
}

/** Serves with the API server's own certificate on another port. */
export async function startFaultProxy(api: ApiServer): Promise<FaultProxy> {
  let choose: (call: ProxiedCall) => Fault | undefined = () => undefined;
  let isFrozen = false;
  const calls: (ProxiedCall & { atMs: number })[] = [];
  const sockets: RawSockets = new Map();
  const agent = new HttpsAgent({ ca: api.ca, keepAlive: false });
  const server = createHttpsServer(api.tls, (request, response) => {
    const url = new URL(request.url ?? '/', api.url);
    if (isFrozen) return;
    const { pathname: path, searchParams: query } = url;
    const call = { method: request.method ?? 'GET', path, query, atMs: performance.now() };
    calls.push(call);
    serve(
      { request, response, agent, target: url, sockets, isFrozen: () => isFrozen },
      choose(call),
    );
  });
  let connections = 0;
  server.on('connection', (socket) => {
    connections += 1;
    if (socket instanceof Socket) keep(sockets, socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const resetAll = (): void => {
    for (const socket of sockets.values()) socket.resetAndDestroy();
  };
  return {
    url: `https://127.0.0.1:${port}`,
    calls,
    connections: () => connections,
    fail: (chooser) => {
      choose = chooser;
    },
    heal: () => {
      choose = () => undefined;
    },
    freeze: () => {
      isFrozen = true;
    },
    resetAll,
    stop: async () => {
      resetAll();
      agent.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

type Exchange = {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly agent: HttpsAgent;
  readonly target: URL;
  readonly sockets: RawSockets;
  readonly isFrozen: () => boolean;
};

/** By the client's port: a TLS socket cannot be reset, only the TCP socket below it. */
type RawSockets = Map<number, Socket>;

function keep(sockets: RawSockets, socket: Socket): void {
  const port = socket.remotePort ?? 0;
  sockets.set(port, socket);
  socket.on('error', () => undefined).on('close', () => sockets.delete(port));
}

function serve(exchange: Exchange, fault: Fault | undefined): void {
  const { request, response } = exchange;
  if (fault?.kind === 'stall') return;
  if (fault?.kind === 'reset') {
    reset(exchange);
    return;
  }
  if (fault?.kind === 'answer') {
    const { status, retryAfterSeconds, body } = fault;
    request.resume();
    const headers =
      retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) };
    response.writeHead(status, headers).end(body ?? 'broken by the fault proxy');
    return;
  }
  if (fault?.kind === 'delay') setTimeout(() => pass(exchange, undefined), fault.delayMs);
  else pass(exchange, fault);
}

function pass(exchange: Exchange, fault: Fault | undefined): void {
  const { request, response, agent, target } = exchange;
  const { method, headers } = request;
  const isRewritten = fault?.kind === 'rewrite';
  const upstream = httpsRequest(target, {
    method: method ?? 'GET',
    headers: isRewritten ? without(headers, 'content-length') : headers,
    agent,
  });
  upstream.on('error', () => reset(exchange));
  response.on('close', () => upstream.destroy());
  upstream.on('response', (answer) => {
    answer.on('error', () => reset(exchange));
    if (fault?.kind === 'lose-answer') {
      answer.resume().on('end', () => {
        fault.action();
        reset(exchange);
      });
      return;
    }
    response.writeHead(answer.statusCode ?? 502, withoutLength(answer.headers, fault));
    // A watch's headers come before its first event.
    response.flushHeaders();
    if (fault?.kind === 'trickle') {
      // An answer that is cut has reset the exchange already.
      trickleBody(exchange, answer, fault.bytesPerSecond).catch(() => undefined);
    } else passBody(exchange, answer, fault);
  });
  if (isRewritten) void text(request).then((body) => upstream.end(fault.body(body)));
  else request.pipe(upstream);
}

function passBody(exchange: Exchange, answer: IncomingMessage, fault: Fault | undefined): void {
  const { response } = exchange;
  if (fault?.kind === 'lag') {
    const late = (action: () => void): void => void setTimeout(action, fault.delayMs);
    answer.on('data', (chunk: Buffer) => late(() => response.write(chunk)));
    answer.on('end', () => late(() => response.end()));
    return;
  }
  let leftBytes = fault?.kind === 'cut' ? fault.afterBytes : Number.POSITIVE_INFINITY;
  answer.on('data', (chunk: Buffer) => {
    if (exchange.isFrozen()) return;
    const isLast = chunk.length >= leftBytes;
    const passed = isLast ? chunk.subarray(0, leftBytes) : chunk;
    leftBytes -= passed.length;
    // Reset only once the bytes before the cut have left.
    response.write(passed, () => {
      if (isLast) reset(exchange);
    });
    if (fault?.kind === 'append') {
      answer.removeAllListeners('data');
      response.end(fault.text);
    }
  });
  answer.on('end', () => response.end());
}

/** Ten small portions a second; what is not passed yet is not read from the server either. */
async function trickleBody(
  { response }: Exchange,
  answer: IncomingMessage,
  bytesPerSecond: () => number,
): Promise<void> {
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    let passed = 0;
    while (passed < chunk.length && !response.destroyed) {
      await pause(100);
      const end = passed + Math.ceil(bytesPerSecond() / 10);
      response.write(chunk.subarray(passed, end));
      passed = end;
    }
  }
  response.end();
}

function withoutLength(
  headers: IncomingMessage['headers'],
  fault: Fault | undefined,
): IncomingMessage['headers'] {
  return fault?.kind === 'append' ? without(headers, 'content-length') : headers;
}

function without(headers: IncomingMessage['headers'], name: string): IncomingMessage['headers'] {
  return Object.fromEntries(Object.entries(headers).filter(([each]) => each !== name));
}

function reset(exchange: Exchange): void {
  exchange.sockets.get(exchange.request.socket.remotePort ?? 0)?.resetAndDestroy();
}
