import type { WebSocket } from 'undici';
import { type Clock, type Surroundings, systemClock } from './clock.ts';
import { type Connections, neverConnected, openConnections } from './connections.ts';
import { type ClusterAccess, CredentialSource, type TlsMaterial } from './credentials.ts';
import { bodyText, type HttpAnswer, type HttpBody } from './http.ts';
import { errorOfAnswer, KubeError } from './kube-error.ts';
import { ServerChoice } from './server-choice.ts';
import { timeLimit } from './time-limit.ts';
import { openWebSocket } from './web-socket.ts';

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
  /** The server's own time, as its `Date` header has it. */
  readonly date?: string;
};

export type KubeClientOptions = Pick<Surroundings, 'clock'> & {
  readonly access: ClusterAccess;
  /** API server addresses in order of preference; default: the one of `access`. */
  readonly servers?: readonly string[];
  /** Opens the connections; default: `openConnections`. */
  readonly open?: (tls: TlsMaterial) => Connections;
  readonly onCall?: (report: CallReport) => void;
};

/** Keeps connections, credentials and the choice of server: one per purpose, not per call. */
export type KubeClient = {
  /** The parsed JSON answer. Rejects with KubeError, and with nothing else. */
  readonly request: (request: KubeRequest) => Promise<unknown>;
  /** The answer's body as it comes, for as long as it comes. Rejects like `request`. */
  readonly stream: (request: KubeRequest) => Promise<AsyncIterable<Uint8Array>>;
  /** A WebSocket that speaks `protocol`, open. Rejects like `request`, but knows no status. */
  readonly webSocket: (request: KubeRequest, protocol: string) => Promise<WebSocket>;
  /** Cuts every connection but WebSockets, which are their openers'; nothing can be sent then. */
  readonly close: () => void;
};

const timeoutMsDefault = 15_000;
/** Until a watch's headers: the API server sends them before the first event. */
const streamHeadersTimeoutMs = 15_000;
/** A call that got nothing for this long tells on its server, a shorter one does not. */
const silentServerMs = 10_000;
/** A page of 500 large objects is about 16 MB; eight times that is no list of ours. */
const answerBytesMax = 128 * 1024 * 1024;

/** Opens no connection until the first call. */
export function createClient(options: KubeClientOptions): KubeClient {
  const client = new Client(options);
  return {
    request: (request) => client.request(request),
    stream: (request) => client.stream(request),
    webSocket: (request, protocol) => client.webSocket(request, protocol),
    close: () => client.close(),
  };
}

type Attempt = {
  readonly request: KubeRequest;
  readonly signal: AbortSignal;
  readonly kind: keyof Connections;
  /** The server asked last. */
  server: string;
};

/** An open watch: `cut` ends it as if its connection had been lost. */
type OpenStream = { readonly server: string; readonly cut: () => void };

class Client {
  readonly #servers: ServerChoice;
  readonly #streams = new Set<OpenStream>();
  readonly #credentials: CredentialSource;
  readonly #clock: Clock;
  readonly #open: (tls: TlsMaterial) => Connections;
  readonly #onCall: (report: CallReport) => void;
  #connections: Connections | undefined;
  #tlsKey = '';
  #isClosed = false;

  constructor(options: KubeClientOptions) {
    const configured = options.access.server;
    const servers = options.servers ?? (configured === undefined ? [] : [configured]);
    this.#servers = new ServerChoice(servers);
    this.#clock = options.clock ?? systemClock;
    this.#credentials = new CredentialSource(options.access, this.#clock);
    this.#open = options.open ?? openConnections;
    this.#onCall = options.onCall ?? (() => undefined);
  }

  async request(request: KubeRequest): Promise<unknown> {
    const limitMs = request.timeoutMs ?? timeoutMsDefault;
    return this.#attempt({ request, kind: 'calls', limitMs }, async (answer) => {
      const text = await bodyText(answer.body, answerBytesMax);
      return text === '' ? undefined : parseJson(request, text);
    });
  }

  async stream(request: KubeRequest): Promise<AsyncIterable<Uint8Array>> {
    const limitMs = streamHeadersTimeoutMs;
    // Once the headers are there, the caller's signal alone ends the stream.
    return this.#attempt({ request, kind: 'watches', limitMs }, async (answer, server) =>
      this.#bytes({ request, body: answer.body, server }),
    );
  }

  async webSocket(request: KubeRequest, protocol: string): Promise<WebSocket> {
    const limit = timeLimit(this.#clock, streamHeadersTimeoutMs, request.signal);
    const server = this.#servers.current;
    try {
      this.#assertOpen();
      const { headers, tls } = await this.#credentials.current();
      const url = `${server}${request.path}${queryText(request.query)}`;
      return await openWebSocket({ url, headers, tls, protocol, signal: limit.signal });
    } catch (error) {
      throw this.#failed(error, { request, server, isExpired: limit.expired() });
    } finally {
      limit.release();
    }
  }

  async #attempt<T>(
    call: { request: KubeRequest; kind: keyof Connections; limitMs: number },
    read: (answer: HttpAnswer, server: string) => Promise<T>,
  ): Promise<T> {
    const { request, kind, limitMs } = call;
    const limit = timeLimit(this.#clock, limitMs, request.signal);
    const attempt = { request, kind, signal: limit.signal, server: this.#servers.current };
    try {
      return await read(await this.#send(attempt), attempt.server);
    } catch (error) {
      if (limit.expired() && limitMs >= silentServerMs) this.#cutStreams(attempt.server);
      throw this.#failed(error, { request, server: attempt.server, isExpired: limit.expired() });
    } finally {
      limit.release();
    }
  }

  close(): void {
    this.#isClosed = true;
    this.#connections?.calls.destroy();
    this.#connections?.watches.destroy();
  }

  async *#bytes(of: { request: KubeRequest; body: HttpBody; server: string }) {
    const { request, body, server } = of;
    const stream = { server, cut: () => body.destroy() };
    this.#streams.add(stream);
    request.signal?.addEventListener('abort', stream.cut);
    try {
      if (request.signal?.aborted) return;
      for await (const chunk of body) yield chunk;
    } catch (error) {
      throw this.#failed(error, { request, server, isExpired: false });
    } finally {
      request.signal?.removeEventListener('abort', stream.cut);
      this.#streams.delete(stream);
      body.destroy();
    }
  }

  /** A server that went silent in a call is silent in its watches too, which would not notice. */
  #cutStreams(server: string): void {
    for (const stream of this.#streams) if (stream.server === server) stream.cut();
  }

  /** Tries each server once; moves on only where nothing can have reached the one before. */
  async #send(attempt: Attempt): Promise<HttpAnswer> {
    for (let tried = 1; ; tried += 1) {
      try {
        attempt.server = this.#servers.current;
        return await this.#sendTo(attempt.server, attempt);
      } catch (error) {
        if (error instanceof KubeError) throw error;
        const isLast = tried === this.#servers.count;
        if (isLast || !neverConnected(error) || attempt.signal.aborted) throw error;
        this.#servers.failed(attempt.server);
      }
    }
  }

  async #sendTo(server: string, attempt: Attempt): Promise<HttpAnswer> {
    const { request, signal } = attempt;
    const startMs = this.#clock.nowMs();
    const report = (code: string, date?: HttpAnswer['headers'][string]): void =>
      this.#onCall({
        ...(typeof date === 'string' && { date }),
        method: request.method ?? 'GET',
        path: request.path,
        code,
        durationMs: this.#clock.nowMs() - startMs,
        server,
      });
    try {
      const credentials = await this.#credentials.current();
      const connections = this.#connectionsFor(credentials.tlsKey, credentials.tls);
      const answer = await connections[attempt.kind].send({
        url: new URL(`${server}${request.path}${queryText(request.query)}`),
        method: request.method ?? 'GET',
        headers: headersOf(request, credentials.headers),
        ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
        signal,
      });
      report(String(answer.status), answer.headers['date']);
      if (answer.status < 300) return answer;
      throw await this.#refused(request, answer);
    } catch (error) {
      if (!(error instanceof KubeError)) report('Network');
      throw error;
    }
  }

  async #refused(request: KubeRequest, answer: HttpAnswer): Promise<KubeError> {
    if (answer.status === 401) this.#credentials.refused();
    const retryAfter = answer.headers['retry-after'];
    return errorOfAnswer({
      call: callText(request),
      status: answer.status,
      body: await bodyText(answer.body, answerBytesMax),
      retryAfter: typeof retryAfter === 'string' ? retryAfter : undefined,
    });
  }

  #connectionsFor(tlsKey: string, tls: TlsMaterial): Connections {
    this.#assertOpen();
    if (this.#connections !== undefined && this.#tlsKey === tlsKey) return this.#connections;
    this.#connections?.calls.retire();
    this.#connections?.watches.retire();
    this.#tlsKey = tlsKey;
    this.#connections = this.#open(tls);
    return this.#connections;
  }

  #assertOpen(): void {
    if (this.#isClosed) throw new KubeError({ code: 'Aborted', message: 'the client is closed' });
  }

  #failed(error: unknown, of: Failure): KubeError {
    const call = callText(of.request);
    if (of.request.signal?.aborted) {
      return new KubeError({ code: 'Aborted', message: `${call}: aborted`, cause: error });
    }
    const isServers = !(error instanceof KubeError) || (error.status ?? 0) >= 500;
    if (isServers) this.#servers.failed(of.server);
    if (error instanceof KubeError) return error;
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

type Failure = {
  readonly request: KubeRequest;
  readonly server: string;
  readonly isExpired: boolean;
};

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

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message || error.name : String(error);
}
