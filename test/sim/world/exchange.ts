import type { HttpAnswer, HttpRequest } from '../../../src/kube/http.ts';

/** One request on its connection, from the client's side. */
export class Exchange {
  readonly request: HttpRequest;
  /** The client's, once the headers are there. */
  readonly answer: Promise<HttpAnswer>;
  isOpen = true;
  readonly #resolve: (answer: HttpAnswer) => void;
  readonly #reject: (reason: Error) => void;
  readonly #body: Body;
  readonly #onDone: () => void;

  constructor(request: HttpRequest, onDone: () => void) {
    this.request = request;
    this.#onDone = onDone;
    const { promise, resolve, reject } = Promise.withResolvers<HttpAnswer>();
    this.answer = promise;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#body = new Body(() => this.fail(socketError()));
    const abort = (): void => this.fail(new Error('aborted'));
    request.signal.addEventListener('abort', abort, { once: true });
  }

  /** Its path and query. */
  get target(): string {
    return `${this.request.url.pathname}${this.request.url.search}`;
  }

  headers(status: number, headers: Record<string, string>): void {
    if (this.isOpen) this.#resolve({ status, headers, body: this.#body });
  }

  chunk(bytes: Uint8Array): void {
    if (this.isOpen) this.#body.push(bytes);
  }

  end(): void {
    if (this.#close()) this.#body.end(undefined);
  }

  /** The connection is lost, or the client does not want the answer any more. */
  fail(reason: Error): void {
    if (!this.#close()) return;
    this.#reject(reason);
    this.#body.end(reason);
  }

  #close(): boolean {
    if (!this.isOpen) return false;
    this.isOpen = false;
    this.#onDone();
    return true;
  }
}

/** An answer's body: what came, in order, then its end or what cut it. */
class Body implements AsyncIterable<Uint8Array> {
  readonly destroy: () => void;
  readonly #chunks: Uint8Array[] = [];
  #end: { readonly reason: Error | undefined } | undefined;
  #wake: () => void = () => undefined;

  constructor(destroy: () => void) {
    this.destroy = destroy;
  }

  push(bytes: Uint8Array): void {
    this.#chunks.push(bytes);
    this.#wake();
  }

  end(reason: Error | undefined): void {
    this.#end = { reason };
    this.#wake();
  }

  async *[Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    try {
      for (;;) {
        const chunk = this.#chunks.shift();
        if (chunk !== undefined) yield chunk;
        else if (this.#end === undefined) await this.#more();
        else if (this.#end.reason !== undefined) throw this.#end.reason;
        else return;
      }
    } finally {
      this.destroy();
    }
  }

  #more(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    return promise;
  }
}

/** What a lost connection looks like. */
export function socketError(): Error {
  return Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
}

/** What a closed port looks like. */
export function refusedError(): Error {
  return Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
}
