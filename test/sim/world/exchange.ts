import type { Dispatcher } from 'undici';
import { errors } from 'undici';

/** One request on its connection, from the client's side. */
export class Exchange {
  readonly options: Dispatcher.DispatchOptions;
  readonly #handler: Dispatcher.DispatchHandler;
  readonly #onDone: () => void;
  isOpen = true;
  readonly #controller: Dispatcher.DispatchController;

  constructor(
    options: Dispatcher.DispatchOptions,
    handler: Dispatcher.DispatchHandler,
    onDone: () => void,
  ) {
    this.options = options;
    this.#handler = handler;
    this.#onDone = onDone;
    this.#controller = {
      aborted: false,
      paused: false,
      reason: null,
      rawHeaders: null,
      rawTrailers: null,
      abort: (reason) => this.fail(reason ?? new errors.RequestAbortedError()),
      // Nobody sends faster than it is read: everything is read before the next delivery.
      pause: () => undefined,
      resume: () => undefined,
    };
  }

  start(): void {
    this.#handler.onRequestStart?.(this.#controller, null);
  }

  headers(status: number, headers: Record<string, string>): void {
    if (!this.isOpen) return;
    const all = { 'content-type': 'application/json', ...headers };
    this.#handler.onResponseStart?.(this.#controller, status, all, '');
  }

  chunk(bytes: Buffer): void {
    if (this.isOpen) this.#handler.onResponseData?.(this.#controller, bytes);
  }

  end(): void {
    if (!this.#close()) return;
    this.#handler.onResponseEnd?.(this.#controller, {});
  }

  /** The connection is lost, or the client does not want the answer any more. */
  fail(reason: Error): void {
    if (!this.#close()) return;
    this.#handler.onResponseError?.(this.#controller, reason);
  }

  #close(): boolean {
    if (!this.isOpen) return false;
    this.isOpen = false;
    this.#onDone();
    return true;
  }
}

/** What a lost connection looks like. */
export function socketError(): Error {
  return new errors.SocketError('other side closed');
}

/** What a closed port looks like. */
export function refusedError(): Error {
  return Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
}
