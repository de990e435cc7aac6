import { apiPath, type Resource } from '../kube/api-path.ts';
import type { KubeClient } from '../kube/client.ts';
import type { Clock } from '../kube/clock.ts';
import { listPages, pageObjectsDefault } from '../kube/list-pages.ts';
import { ownResources } from '../kube/own-resources.ts';
import { isRawObject, type RawObject } from '../kube/raw-object.ts';
import { indexed } from '../lib/order.ts';
import { parseInstance, parseVip } from '../model/parse-vip.ts';
import type { ControllerKinds } from './controller-kinds.ts';
import type { OwnWrites } from './own-writes.ts';
import type { Watches } from './watches.ts';
import type { Versioned, Written } from './written.ts';

/** As for any other call: addresses wait for it. */
const lookTimeoutMs = 15_000;

export type FreshLookOptions = {
  readonly client: KubeClient;
  readonly written: Pick<OwnWrites, 'vips' | 'instances'>;
  readonly watches: Pick<Watches<ControllerKinds>, 'values'>;
  readonly clock: Clock;
};

/**
 * Vips and VrrpInstances as the API server has them, read before a decision that the watches alone
 * could mislead (k8s-requirements.md R37, R89): the first one of a new leader, whose watches may
 * not show yet what its predecessor wrote, and the first one after a write that got no answer and
 * may have been done all the same. They are read whole: a picture in which one Vip is newer than
 * the others can look as if somebody had half of a pair, or an address too many, and what somebody
 * has would be taken away.
 */
export class FreshLook {
  readonly #options: FreshLookOptions;
  #isNeeded = true;

  constructor(options: FreshLookOptions) {
    this.#options = options;
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
    const { written, watches } = this.#options;
    // Instances first: one that is newer than the Vips would seem to carry none of them, and go.
    const ofInstances = knownOr(watches.values('instances'), parseInstance);
    await this.#readAll(ownResources.vrrpInstances, written.instances, ofInstances);
    const ofVips = knownOr(watches.values('vips'), parseVip);
    await this.#readAll(ownResources.vips, written.vips, ofVips);
    this.#isNeeded = false;
  }

  /**
   * Without a version the first page is never a stale one, and the others are of its version (API
   * concepts, "Retrieving large results sets in chunks"). One answer with everything would be in
   * memory three times, as text, as raw objects and as ours.
   */
  async #readAll<T extends Versioned>(
    resource: Resource,
    written: Written<T>,
    read: (raw: RawObject) => T | undefined,
  ): Promise<void> {
    const { client, clock } = this.#options;
    const objects: T[] = [];
    const version = await listPages(
      {
        ...{ client, path: apiPath(resource), query: {}, limit: pageObjectsDefault },
        ...{ timeoutMs: lookTimeoutMs, signal: new AbortController().signal, clock },
      },
      (items) => objects.push(...items.filter(isRawObject).flatMap((raw) => read(raw) ?? [])),
    );
    written.looked(objects, version);
  }
}

/** What the watches show in the same version is not made a second time: mostly it is all. */
function knownOr<T extends Versioned>(
  shown: readonly T[],
  parse: (raw: RawObject) => T | undefined,
): (raw: RawObject) => T | undefined {
  const byUid = indexed(shown, ({ uid }) => uid);
  return (raw) => {
    const { uid = '', resourceVersion } = raw.metadata;
    const known = byUid.get(uid);
    return known !== undefined && known.resourceVersion === resourceVersion ? known : parse(raw);
  };
}
