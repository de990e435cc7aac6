// The keys that a node's frontends want, from the Secrets of their namespaces.
//
//   wanted keys ──▶ a watch for each namespace (kubernetes.io/tls) and each CA ──▶ Secret
//                                    text, or trouble ◀── inspected ◀──────────────────┘
// What cannot be read now is said and changes nothing: HAProxy keeps the key it has.

import { type InspectedKey, inspectAuthority, inspectCertificate } from '../apply/inspect-key.ts';
import { apiPath, resources } from '../kube/api-path.ts';
import type { KubeClient } from '../kube/client.ts';
import type { Surroundings } from '../kube/clock.ts';
import type { KubeErrorCode } from '../kube/kube-error.ts';
import { type Reflector, startReflector } from '../kube/watch-list.ts';
import type { Result } from '../lib/result.ts';
import { parseSecret, type Secret } from '../model/parse-secret.ts';
import type { Logger } from '../observe/log.ts';
import type { WantedKey } from '../render/wanted-keys.ts';
import { secretWatchesMax } from '../tables/limits.ts';

/** Why a key has no text. */
export type KeyTrouble = {
  readonly code: 'SecretPending' | 'SecretMissing' | 'SecretForbidden' | 'SecretInvalid';
  readonly why: string;
};

/** A wanted key with what its Secret holds now. */
export type ResolvedKey = WantedKey &
  (
    | { readonly inspected: InspectedKey; readonly trouble?: undefined }
    | { readonly inspected?: undefined; readonly trouble: KeyTrouble }
  );

export type KeyRingOptions = Surroundings & {
  readonly client: KubeClient;
  readonly wake: () => void;
  readonly log: Logger;
};

type Watch = { readonly reflector: Reflector<Secret>; failure: KubeErrorCode | undefined };
type Inspection = { readonly secret: Secret; readonly result: Result<InspectedKey, string> };

/** Watches the Secrets that are wanted, and only those. */
export class KeyRing {
  readonly #options: KeyRingOptions;
  readonly #watches = new Map<string, Watch>();
  readonly #inspected = new Map<string, Inspection>();

  constructor(options: KeyRingOptions) {
    this.#options = options;
  }

  /** Starts the watches that these keys need, and ends those that none needs any more. */
  want(keys: readonly WantedKey[]): void {
    const paths = new Set(keys.map(pathOf));
    for (const [path, { reflector }] of this.#watches) {
      if (paths.has(path)) continue;
      void reflector.stop();
      this.#watches.delete(path);
    }
    for (const key of keys) {
      const path = pathOf(key);
      if (!this.#watches.has(path) && this.#watches.size < secretWatchesMax) this.#start(key, path);
    }
    const files = new Set(keys.map(({ file }) => file));
    for (const file of this.#inspected.keys()) {
      if (!files.has(file)) this.#inspected.delete(file);
    }
  }

  /** What a wanted key is now. */
  resolve(key: WantedKey): ResolvedKey {
    const watch = this.#watches.get(pathOf(key));
    if (watch === undefined) {
      const why = `${secretWatchesMax} watches of Secrets are open, which is the most`;
      return { ...key, trouble: { code: 'SecretForbidden', why } };
    }
    if (watch.failure === 'Forbidden') {
      return { ...key, trouble: { code: 'SecretForbidden', why: '' } };
    }
    if (!watch.reflector.isSynced()) return { ...key, trouble: { code: 'SecretPending', why: '' } };
    const secret = watch.reflector.values.get(`${key.namespace}/${key.secret}`);
    if (secret === undefined) return { ...key, trouble: { code: 'SecretMissing', why: '' } };
    const result = this.#inspect(key, secret);
    if (result.ok) return { ...key, inspected: result.value };
    return { ...key, trouble: { code: 'SecretInvalid', why: result.problem } };
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#watches.values()].map(({ reflector }) => reflector.stop()));
    this.#watches.clear();
  }

  #start(key: WantedKey, path: string): void {
    const { client, wake, log, clock, random } = this.#options;
    const query = queryOf(key);
    const reflector = startReflector<Secret>({
      ...{ client, clock, random, query },
      path: apiPath(resources.secrets, { namespace: key.namespace }),
      project: parseSecret,
      onChange: wake,
      onReport: (report) => {
        if (report.kind === 'listed') watch.failure = undefined;
        if (report.kind !== 'failed') return;
        const { error } = report;
        const isNew = watch.failure !== error.code;
        watch.failure = error.code;
        log.warn('secrets-unreadable', { namespace: key.namespace, error: error.message });
        if (isNew) wake();
      },
    });
    const watch: Watch = { reflector, failure: undefined };
    this.#watches.set(path, watch);
    void reflector.synced.then(wake);
  }

  // Parsing a key takes a millisecond, and every run asks for all of them.
  #inspect(key: WantedKey, secret: Secret): Result<InspectedKey, string> {
    const known = this.#inspected.get(key.file);
    if (known?.secret === secret) return known.result;
    const inspect = key.kind === 'certificate' ? inspectCertificate : inspectAuthority;
    const result = inspect(secret);
    this.#inspected.set(key.file, { secret, result });
    return result;
  }
}

/** CAs may lie in Secrets of any type: each has a watch of its own. */
function queryOf({ kind, secret }: WantedKey): { readonly fieldSelector: string } {
  const fieldSelector =
    kind === 'certificate' ? 'type=kubernetes.io/tls' : `metadata.name=${secret}`;
  return { fieldSelector };
}

function pathOf(key: WantedKey): string {
  return `${key.namespace}?${queryOf(key).fieldSelector}`;
}
