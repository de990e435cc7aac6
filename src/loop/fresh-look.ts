import { apiPath, type Resource } from '../kube/api-path.ts';
import type { KubeClient } from '../kube/client.ts';
import { type Clock, systemClock } from '../kube/clock.ts';
import { listPages } from '../kube/list-pages.ts';
import { ownResources } from '../kube/own-resources.ts';
import type { OwnWrites } from './own-writes.ts';

/** As for any other call: addresses wait for it. */
const lookTimeoutMs = 15_000;

/**
 * Vips and VrrpInstances as the API server has them, read before a decision that the watches alone
 * could mislead (k8s-requirements.md R37, R89): the first one of a new leader, whose watches may
 * not show yet what its predecessor wrote, and the first one after a write that got no answer and
 * may have been done all the same. They are read whole: a picture in which one Vip is newer than
 * the others can look as if somebody had half of a pair, or an address too many, and what somebody
 * has would be taken away.
 */
export class FreshLook {
  readonly #client: KubeClient;
  readonly #written: OwnWrites;
  readonly #clock: Clock;
  #isNeeded = true;

  constructor(client: KubeClient, written: OwnWrites, clock: Clock = systemClock) {
    this.#client = client;
    this.#written = written;
    this.#clock = clock;
  }

  /** Nobody knows what became of a write. */
  need(): void {
    this.#isNeeded = true;
  }

  /**
   * To be called before a decision: looks if need be. Throws when it cannot, and is then to be
   * called again.
   */
  async take(): Promise<void> {
    if (!this.#isNeeded) return;
    // Instances first: one that is newer than the Vips would seem to carry none of them, and go.
    await this.#readAll(ownResources.vrrpInstances);
    await this.#readAll(ownResources.vips);
    this.#isNeeded = false;
  }

  /** In one answer, and without a version: that is never a stale one. */
  async #readAll(resource: Resource): Promise<void> {
    const all: unknown[] = [];
    const version = await listPages(
      {
        ...{ client: this.#client, path: apiPath(resource), query: {}, limit: undefined },
        timeoutMs: lookTimeoutMs,
        ...{ signal: new AbortController().signal, clock: this.#clock },
      },
      (items) => all.push(...items),
    );
    this.#written.looked(resource.kind, all, version);
  }
}
