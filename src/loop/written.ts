/** What the written overlay needs to know of an object. */
export type Versioned = {
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
};

/**
 * Our own writes, until the watch shows them. A decision made from a cache that lacks a write we
 * already did could give a Service a second address: the next snapshot must contain at least what
 * we wrote (k8s-requirements.md R37, R89).
 */
export class Written<T extends Versioned> {
  readonly #objects = new Map<string, T>();
  readonly #removed = new Map<string, string>();

  /** Remembers the API server's answer to a create or an update. */
  stored(object: T): void {
    this.#removed.delete(object.name);
    this.#objects.set(object.name, object);
  }

  /** Remembers that the object with this uid is gone, or was never there. */
  removed(name: string, uid: string): void {
    this.#objects.delete(name);
    this.#removed.set(name, uid);
  }

  /**
   * The cache with our writes laid over it. `seenVersion` is the resource version up to which the
   * cache has seen everything: what we wrote before it and the cache lacks has been deleted by
   * somebody, so it is forgotten.
   */
  over(cached: Iterable<T>, seenVersion: string): T[] {
    const merged = new Map<string, T>();
    for (const object of cached) merged.set(object.name, object);
    for (const [name, ours] of this.#objects) {
      const theirs = merged.get(name);
      const caughtUp = BigInt(seenVersion || '0') >= BigInt(ours.resourceVersion);
      if (caughtUp || (theirs !== undefined && !isOlder(theirs, ours))) this.#objects.delete(name);
      else merged.set(name, ours);
    }
    for (const [name, uid] of this.#removed) {
      if (merged.get(name)?.uid === uid) merged.delete(name);
      else this.#removed.delete(name);
    }
    return [...merged.values()];
  }
}

/**
 * Resource versions of one resource are comparable as integers (Kubernetes 1.35 says so; etcd
 * always did).
 */
function isOlder(a: Versioned, b: Versioned): boolean {
  return BigInt(a.resourceVersion) < BigInt(b.resourceVersion);
}
