import type { RawObject } from '../kube/raw-object.ts';
import type { Instance, Pool, Service, Vip } from '../model/objects.ts';
import { parsePool } from '../model/parse-pool.ts';
import { parseInstance, parseVip } from '../model/parse-vip.ts';
import type { Subject } from '../status/status-part.ts';
import { concerningService } from './controller-kinds.ts';
import { type Versioned, Written } from './written.ts';

/** What this controller wrote of each kind that it decides from, until the watches show it. */
export class OwnWrites {
  readonly services = new Written<Service>();
  readonly pools = new Written<Pool>();
  readonly vips = new Written<Vip>();
  readonly instances = new Written<Instance>();

  /** Remembers the API server's answer to a write; false where it is no object of the kind. */
  stored(kind: string, answer: RawObject): boolean {
    switch (kind) {
      case 'Service':
        return remember(this.services, concerningService(answer));
      case 'VipPool':
        return remember(this.pools, parsePool(answer));
      case 'Vip':
        return remember(this.vips, parseVip(answer));
      case 'VrrpInstance':
        return remember(this.instances, parseInstance(answer));
      default:
        return false;
    }
  }

  /**
   * The version under which the subject may be written: the one it was read at, or the one that our
   * own writes have made of it since. Each of those was conditional, so nobody wrote in between.
   */
  versionOf({ regarding, resourceVersion }: Subject): string {
    const ours = this.#of(regarding.kind)?.newest(regarding);
    return ours?.uid === regarding.uid ? ours.resourceVersion : resourceVersion;
  }

  #of(kind: string): Written<Service> | Written<Pool> | Written<Vip> | Written<Instance> {
    const { services, pools, vips, instances } = this;
    const kinds = { Service: services, VipPool: pools, Vip: vips, VrrpInstance: instances };
    return kinds[kind as keyof typeof kinds];
  }
}

function remember<T extends Versioned>(written: Written<T>, object: T | undefined): boolean {
  if (object !== undefined) written.stored(object);
  return object !== undefined;
}
