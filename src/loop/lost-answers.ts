import type { Operation, Precondition } from '../allocate/operations.ts';
import { apiPath, type Resource } from '../kube/api-path.ts';
import type { KubeClient } from '../kube/client.ts';
import { ownResources } from '../kube/own-resources.ts';
import { isRawObject } from '../kube/raw-object.ts';
import { fieldsOf, listOf, textOf } from '../model/raw.ts';
import { inParallel } from './in-parallel.ts';
import type { OwnWrites } from './own-writes.ts';

/**
 * Writes that failed without an answer may have been done all the same. A decision made from a
 * cache that shows half of them could take the other half back, so each of the objects is read
 * before anything else is decided (k8s-requirements.md R37, R89).
 */
export class LostAnswers {
  readonly #client: KubeClient;
  readonly #written: OwnWrites;
  readonly #lost = new Map<string, Operation>();

  constructor(client: KubeClient, written: OwnWrites) {
    this.#client = client;
    this.#written = written;
  }

  /** Nobody knows what became of it. */
  add(operation: Operation): void {
    this.#lost.set(`${resourceOf(operation).kind} ${operation.name}`, operation);
  }

  /** Reads what became of each; throws when one cannot be read, and is then to be called again. */
  async read(): Promise<void> {
    await inParallel([...this.#lost], async ([key, operation]) => {
      await this.#readOne(operation);
      this.#lost.delete(key);
      return true;
    });
  }

  /** A list of one: that needs no right beside the watch's. */
  async #readOne(operation: Operation): Promise<void> {
    const resource = resourceOf(operation);
    const query = { fieldSelector: `metadata.name=${operation.name}` };
    const answer = await this.#client.request({ path: apiPath(resource), query });
    const { items, metadata } = fieldsOf(answer);
    const [object] = listOf(items);
    const seenVersion = textOf(fieldsOf(metadata)['resourceVersion']);
    if (isRawObject(object)) this.#written.stored(resource.kind, object);
    else if ('uid' in operation && isAsNew(seenVersion, operation)) {
      this.#written.removed(resource.kind, operation);
    }
  }
}

/** What a list from before our own view lacks may be there all the same. */
function isAsNew(seenVersion: string, { resourceVersion }: Precondition): boolean {
  return BigInt(seenVersion || '0') >= BigInt(resourceVersion);
}

function resourceOf({ kind }: Operation): Resource {
  return kind.startsWith('vip-') ? ownResources.vips : ownResources.vrrpInstances;
}
