import type { Metrics } from '../observe/metrics.ts';
import { metrics as table } from '../tables/metrics.ts';
import type { ResolvedKey } from './key-ring.ts';

/** When the certificates of one pool end; what is not wanted any more is not exported. */
export class KeyMetrics {
  readonly #metrics: Metrics;
  readonly #pool: string;
  #measured: readonly ResolvedKey[] = [];

  constructor(metrics: Metrics, pool: string) {
    this.#metrics = metrics;
    this.#pool = pool;
  }

  measure(keys: readonly ResolvedKey[]): void {
    if (keys.length + this.#measured.length === 0) return;
    const gauge = this.#metrics.gauge(table.certificateExpiry);
    for (const key of this.#measured) gauge.remove(this.#labels(key));
    this.#measured = keys.filter(({ inspected }) => inspected !== undefined);
    for (const key of this.#measured) {
      gauge.set(this.#labels(key), (key.inspected?.notAfterMs ?? 0) / 1_000);
    }
  }

  #labels({ namespace, secret }: ResolvedKey) {
    return { pool: this.#pool, namespace, secret };
  }
}
