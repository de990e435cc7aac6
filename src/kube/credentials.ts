import type { Clock } from './clock.ts';

/** What a connection and a request need to be let in. */
export type Credentials = {
  readonly headers: Readonly<Record<string, string>>;
  readonly tls: TlsMaterial;
  /** Changes when, and only when, the TLS material does. */
  readonly tlsKey: string;
};

export type TlsMaterial = {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly servername?: string;
  readonly rejectUnauthorized?: boolean;
};

/** Where the API server is, and how to be let in. */
export type ClusterAccess = {
  /** Its URL; undefined where the credentials name none. */
  readonly server: string | undefined;
  /** Present credentials, read anew. */
  readonly read: () => Promise<Credentials>;
};

/** The kubelet rotates a token well before its hour is over; client-node would read it per call. */
const rereadMs = 60_000;
/** After a 401 the file is looked at again this soon, not at every refused call. */
const rereadAfterRefusalMs = 2_000;

/** Reads credentials at most once a minute, and keeps the last good ones. */
export class CredentialSource {
  readonly #access: ClusterAccess;
  readonly #clock: Clock;
  #last: Promise<Credentials> | undefined;
  #readMs = 0;

  constructor(access: ClusterAccess, clock: Clock) {
    this.#access = access;
    this.#clock = clock;
  }

  /** Present credentials. Rejects only when none could ever be read. */
  current(): Promise<Credentials> {
    const nowMs = this.#clock.nowMs();
    if (this.#last === undefined || nowMs - this.#readMs >= rereadMs) {
      this.#readMs = nowMs;
      this.#last = this.#readOr(this.#last);
    }
    return this.#last;
  }

  /** The server answered 401: the file may hold a newer token. */
  refused(): void {
    const soonestMs = this.#clock.nowMs() - rereadMs + rereadAfterRefusalMs;
    this.#readMs = Math.min(this.#readMs, soonestMs);
  }

  async #readOr(previous: Promise<Credentials> | undefined): Promise<Credentials> {
    try {
      return await this.#access.read();
    } catch (error) {
      // A file is missing for a moment while the kubelet swaps it: what we have still works.
      if (previous !== undefined) return previous;
      this.#last = undefined;
      throw error;
    }
  }
}
