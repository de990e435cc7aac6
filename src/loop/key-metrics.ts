import type { PoolOutcome } from '../apply/pool-data-plane.ts';
import type { Metrics } from '../observe/metrics.ts';
import { metrics as table } from '../tables/metrics.ts';
import type { ResolvedKey } from './key-ring.ts';

type Labels = Readonly<Record<string, string>>;

/**
 * The keys of one pool in numbers: when those that HAProxy has end, whatever has become of their
 * Secrets, and how many Secrets cannot be used. What is not wanted any more is not exported.
 */
export class KeyMetrics {
  readonly #metrics: Metrics;
  readonly #pool: string;
  #ends: readonly Labels[] = [];
  #unusable: readonly Labels[] = [];

  constructor(metrics: Metrics, pool: string) {
    this.#metrics = metrics;
    this.#pool = pool;
  }

  measure(
    keys: readonly ResolvedKey[],
    { keyEndsMs, keyRefusals }: Pick<PoolOutcome, 'keyEndsMs' | 'keyRefusals'>,
  ): void {
    this.#measureEnds(keys, keyEndsMs);
    this.#measureUnusable(keys, keyRefusals);
  }

  /** The pool has gone from this node. */
  forget(): void {
    this.measure([], { keyEndsMs: {}, keyRefusals: {} });
  }

  #measureEnds(keys: readonly ResolvedKey[], endsMs: PoolOutcome['keyEndsMs']): void {
    const ends = keys.flatMap(({ namespace, secret, file }) => {
      const endMs = endsMs[file];
      if (endMs === undefined) return [];
      return [{ labels: { pool: this.#pool, namespace, secret }, value: endMs / 1_000 }];
    });
    if (ends.length + this.#ends.length === 0) return;
    const gauge = this.#metrics.gauge(table.certificateExpiry);
    for (const labels of this.#ends) gauge.remove(labels);
    for (const { labels, value } of ends) gauge.set(labels, value);
    this.#ends = ends.map(({ labels }) => labels);
  }

  // A count, not a series for each: which Secrets a Service names is its owner's choice.
  #measureUnusable(keys: readonly ResolvedKey[], refusals: PoolOutcome['keyRefusals']): void {
    const counts = new Map<string, { labels: Labels; value: number }>();
    for (const { namespace, file, trouble } of keys) {
      const reason = trouble?.code ?? (file in refusals ? 'SecretInvalid' : undefined);
      if (reason === undefined) continue;
      const labels = { pool: this.#pool, namespace, reason };
      const value = counts.get(`${namespace} ${reason}`)?.value ?? 0;
      counts.set(`${namespace} ${reason}`, { labels, value: value + 1 });
    }
    if (counts.size + this.#unusable.length === 0) return;
    const gauge = this.#metrics.gauge(table.secretsUnusable);
    for (const labels of this.#unusable) gauge.remove(labels);
    for (const { labels, value } of counts.values()) gauge.set(labels, value);
    this.#unusable = [...counts.values()].map(({ labels }) => labels);
  }
}
