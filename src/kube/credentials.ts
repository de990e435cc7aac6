import { readFile } from 'node:fs/promises';
import type { RequestOptions } from 'node:https';
// The package's index would load its whole generated API, which nobody here calls.
import { KubeConfig } from '@kubernetes/client-node/dist/config.js';
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

/** The kubelet rotates a token well before its hour is over; client-node would read it per call. */
const rereadMs = 60_000;
/** After a 401 the file is looked at again this soon, not at every refused call. */
const rereadAfterRefusalMs = 2_000;

/**
 * A kubeconfig file; without a path what kubectl would use ($KUBECONFIG, ~/.kube/config), or inside
 * a pod the ServiceAccount's token and CA. Throws when a given file cannot be read.
 */
export function loadKubeConfig(path?: string): KubeConfig {
  const config = new KubeConfig();
  if (path === undefined) config.loadFromDefault();
  else config.loadFromFile(path);
  return config;
}

/** Reads credentials through a KubeConfig, at most once a minute, and keeps the last good ones. */
export class CredentialSource {
  readonly #config: KubeConfig;
  readonly #clock: Clock;
  #last: Promise<Credentials> | undefined;
  #readMs = 0;

  constructor(config: KubeConfig, clock: Clock) {
    this.#config = config;
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
      return await this.#read();
    } catch (error) {
      // A file is missing for a moment while the kubelet swaps it: what we have still works.
      if (previous !== undefined) return previous;
      this.#last = undefined;
      throw error;
    }
  }

  async #read(): Promise<Credentials> {
    const options: RequestOptions = {};
    await this.#config.applyToHTTPSOptions(options);
    const headers: Record<string, string> = {};
    for (const [name, value] of Object.entries(options.headers ?? {})) {
      if (value !== undefined) headers[name.toLowerCase()] = String(value);
    }
    // client-node keeps a token file's content for a minute of its own: read it past that.
    const tokenFile = this.#config.getCurrentUser()?.authProvider?.config?.['tokenFile'];
    if (typeof tokenFile === 'string') {
      headers['authorization'] = `Bearer ${(await readFile(tokenFile, 'utf8')).trim()}`;
    }
    if (typeof options.auth === 'string') {
      headers['authorization'] = `Basic ${Buffer.from(options.auth).toString('base64')}`;
    }
    const tls = tlsMaterial(options);
    return { headers, tls, tlsKey: JSON.stringify(tls) };
  }
}

function tlsMaterial(options: RequestOptions): TlsMaterial {
  const { ca, cert, key, servername, rejectUnauthorized } = options;
  return {
    ...(ca ? { ca: String(ca) } : {}),
    ...(cert ? { cert: String(cert) } : {}),
    ...(key ? { key: String(key) } : {}),
    ...(servername === undefined ? {} : { servername }),
    ...(rejectUnauthorized === undefined ? {} : { rejectUnauthorized }),
  };
}
