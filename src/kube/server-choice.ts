import { assert } from '../lib/assert.ts';

/** One of several API server addresses: the first that works, until it fails. */
export class ServerChoice {
  readonly #servers: readonly string[];
  #index = 0;

  constructor(servers: readonly string[]) {
    assert(servers.length > 0, 'a client needs at least one API server address');
    this.#servers = servers.map((server) => server.replace(/\/+$/, ''));
  }

  get count(): number {
    return this.#servers.length;
  }

  get current(): string {
    return this.#servers[this.#index] ?? '';
  }

  /** Moves on, unless another call's failure did: two failures must not come full circle. */
  failed(server: string): void {
    if (server === this.current) this.#index = (this.#index + 1) % this.#servers.length;
  }
}
