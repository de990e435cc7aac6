import type { KubeConfig } from '@kubernetes/client-node';
import { type Dispatcher, request as send } from 'undici';
import { assert } from '../lib/assert.ts';
import { type Clock, systemClock } from './clock.ts';
import {
  type Connections,
  destroyConnections,
  openConnections,
  retireConnections,
} from './connections.ts';
import { CredentialSource } from './credentials.ts';
import { errorOfAnswer, KubeError } from './kube-error.ts';
import { timeLimit } from './time-limit.ts';

export type KubeRequest = {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Starts with `/api`; see `apiPath`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  /** Anything JSON. */
  readonly body?: unknown;
  readonly contentType?: string;
  /** For the whole call, all server addresses included; default 15 s. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal | undefined;
};

/** One finished call, for metrics: `code` is the HTTP status or a KubeErrorCode. */
export type CallReport = {
  readonly method: string;
  readonly path: string;
  readonly code: string;
  readonly durationMs: number;
  readonly server: string;
};

export type KubeClientOptions = {
  readonly config: KubeConfig;
  /** API server addresses in order of preference; default: the KubeConfig's one. */
  readonly servers?: readonly string[];
  readonly clock?: Clock;
  readonly onCall?: (report: CallReport) => void;
};

/** Keeps connections, credentials and the choice of server; create one per purpose, not per call. */
export type KubeClient = {
  /** The parsed JSON answer. Rejects with KubeError, and with nothing else. */
  readonly request: (request: KubeRequest) => Promise<unknown>;
  /** The answer's body as it comes, for as long as it comes. Rejects like `request`. */
  readonly stream: (request: KubeRequest) => Promise<AsyncIterable<Uint8Array>>;
  /** Cuts every connection. */
  readonly close: () => Promise<void>;
};

const timeoutMsDefault = 15_000;
/** Until a watch's headers: the API server sends them before the first event. */
const streamHeadersTimeoutMs = 15_000;

/** Opens no connection until the first call. */
export function createClient(options: KubeClientOptions): KubeClient {
  const client = new Client(options);
  return {
    request: (request) => client.request(request),
    stream: (request) => client.stream(request),
    close: () => client.close(),
  };
}

type Attempt = {
  readonly request: KubeRequest;
  readonly signal: AbortSignal;
  readonly kind: keyof Connections;
};

class Client {
  readonly #servers: readonly string[];
  readonly #credentials: CredentialSource;
  readonly #clock: Clock;
  readonly #onCall: (report: CallReport) => void;
  #serverIndex = 0;
  #connections: Connections | undefined;
  #tlsKey = '';
  #isClosed = false;

  constructor(options: KubeClientOptions) {
    const configured = options.config.getCurrentCluster()?.server;
    const servers = options.servers ?? (configured === undefined ? [] : [configured]);
    assert(servers.length > 0, 'a client needs at least one API server address');
    this.#servers = servers.map((server) => server.replace(/\/+$/, ''));
    this.#clock = options.clock ?? systemClock;
    this.#credentials = new CredentialSource(options.config, this.#clock);
    this.#onCall = options.onCall ?? (() => undefined);
  }

  async request(request: KubeRequest): Promise<unknown> {
    const limit = timeLimit(this.#clock, request.timeoutMs ?? timeoutMsDefault, request.signal);
    try {
      const answer = await this.#send({ request, signal: limit.signal, kind: 'calls' });
      const text = await answer.body.text();
      return text === '' ? undefined : parseJson(request, text);
    } catch (error) {
      throw this.#failed(error, { request, isExpired: limit.expired() });
    } finally {
      limit.release();
    }
  }

  async stream(request: KubeRequest): Promise<AsyncIterable<Uint8Array>> {
    const limit = timeLimit(this.#clock, streamHeadersTimeoutMs, request.signal);
    try {
      // The signal that ends the stream later must be the caller's own: the limit's is released.
      const answer = await this.#send({ request, signal: limit.signal, kind: 'watches' });
      return this.#bytes(request, answer.body);
    } catch (error) {
      throw this.#failed(error, { request, isExpired: limit.expired() });
    } finally {
      limit.release();
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    if (this.#connections !== undefined) await destroyConnections(this.#connections);
  }

  async *#bytes(request: KubeRequest, body: Dispatcher.ResponseData['body']) {
    const cut = (): void => {
      body.destroy();
    };
    request.signal?.addEventListener('abort', cut);
    try {
      if (request.signal?.aborted) return;
      for await (const chunk of body) yield chunk as Uint8Array;
    } catch (error) {
      throw this.#failed(error, { request, isExpired: false });
    } finally {
      request.signal?.removeEventListener('abort', cut);
      body.destroy();
    }
  }

  /** Tries each server once; moves on only where nothing can have reached the one before. */
  async #send(attempt: Attempt): Promise<Dispatcher.ResponseData> {
    for (let tried = 1; ; tried += 1) {
      try {
        return await this.#sendTo(this.#server(), attempt);
      } catch (error) {
        if (error instanceof KubeError) throw error;
        const isLast = tried === this.#servers.length;
        if (isLast || !neverConnected(error) || attempt.signal.aborted) throw error;
        this.#nextServer();
      }
    }
  }

  async #sendTo(server: string, attempt: Attempt): Promise<Dispatcher.ResponseData> {
    const { request, signal } = attempt;
    const startMs = this.#clock.nowMs();
    const report = (code: string): void =>
      this.#onCall({
        method: request.method ?? 'GET',
        path: request.path,
        code,
        durationMs: this.#clock.nowMs() - startMs,
        server,
      });
    try {
      const credentials = await this.#credentials.current();
      const connections = this.#connectionsFor(credentials.tlsKey, credentials.tls);
      const answer = await send(`${server}${request.path}${queryText(request.query)}`, {
        dispatcher: connections[attempt.kind],
        method: request.method ?? 'GET',
        headers: headersOf(request, credentials.headers),
        ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
        signal,
        // Bounded by the signal; the default of 300 s would end quiet watches.
        headersTimeout: 0,
        bodyTimeout: 0,
      });
      report(String(answer.statusCode));
      if (answer.statusCode < 300) return answer;
      throw await this.#refused(request, answer);
    } catch (error) {
      if (!(error instanceof KubeError)) report('Network');
      throw error;
    }
  }

  async #refused(request: KubeRequest, answer: Dispatcher.ResponseData): Promise<KubeError> {
    if (answer.statusCode === 401) this.#credentials.refused();
    const retryAfter = answer.headers['retry-after'];
    return errorOfAnswer({
      call: callText(request),
      status: answer.statusCode,
      body: await answer.body.text(),
      retryAfter: Array.isArray(retryAfter) ? retryAfter[0] : retryAfter,
    });
  }

  #connectionsFor(tlsKey: string, tls: Parameters<typeof openConnections>[0]): Connections {
    if (this.#isClosed) throw new KubeError({ code: 'Aborted', message: 'the client is closed' });
    if (this.#connections !== undefined && this.#tlsKey === tlsKey) return this.#connections;
    if (this.#connections !== undefined) retireConnections(this.#connections);
    this.#tlsKey = tlsKey;
    this.#connections = openConnections(tls);
    return this.#connections;
  }

  #server(): string {
    return this.#servers[this.#serverIndex] ?? '';
  }

  #nextServer(): void {
    this.#serverIndex = (this.#serverIndex + 1) % this.#servers.length;
  }

  #failed(error: unknown, of: { request: KubeRequest; isExpired: boolean }): KubeError {
    if (error instanceof KubeError) return error;
    const call = callText(of.request);
    if (of.request.signal?.aborted) {
      return new KubeError({ code: 'Aborted', message: `${call}: aborted`, cause: error });
    }
    this.#nextServer();
    if (of.isExpired) {
      return new KubeError({
        code: 'Timeout',
        message: `${call}: no answer in time`,
        cause: error,
      });
    }
    return new KubeError({ code: 'Network', message: `${call}: ${reasonOf(error)}`, cause: error });
  }
}

function parseJson(request: KubeRequest, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const message = `${callText(request)}: the answer is not JSON: ${text.slice(0, 100)}`;
    throw new KubeError({ code: 'Server', message, cause });
  }
}

function headersOf(
  request: KubeRequest,
  credentials: Readonly<Record<string, string>>,
): Record<string, string> {
  const headers = { accept: 'application/json', 'user-agent': 'fairlead', ...credentials };
  if (request.body === undefined) return headers;
  return { ...headers, 'content-type': request.contentType ?? 'application/json' };
}

function queryText(query: KubeRequest['query']): string {
  const entries = Object.entries(query ?? {}).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)] as [string, string]],
  );
  return entries.length === 0 ? '' : `?${new URLSearchParams(entries)}`;
}

function callText(request: KubeRequest): string {
  return `${request.method ?? 'GET'} ${request.path}`;
}

const connectFailures = new Set([
  'UND_ERR_CONNECT_TIMEOUT',
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
]);

/** True where not one byte of the request left: any method may be sent again, elsewhere. */
function neverConnected(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && connectFailures.has(code);
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message || error.name : String(error);
}
