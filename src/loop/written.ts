/** What the written overlay needs to know of an object. */
export type Versioned = {
  readonly namespace?: string;
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
  /** A list that may be newer than the cache. */
  #looked: { readonly objects: readonly T[]; readonly version: string } | undefined;

  /** Remembers the API server's answer to a create or an update. */
  stored(object: T): void {
    const key = keyOf(object);
    this.#removed.delete(key);
    this.#objects.set(key, object);
  }

  /** The last answer that no snapshot has passed yet. */
  newest(of: Named): T | undefined {
    return this.#objects.get(keyOf(of));
  }

  /** Remembers a whole list: it stands in for the cache until that has seen its version too. */
  looked(objects: readonly T[], version: string): void {
    this.#looked = { objects, version };
  }

  /** Remembers that the object with this uid is gone. */
  removed(of: Named, uid: string): void {
    const key = keyOf(of);
    this.#objects.delete(key);
    this.#removed.set(key, uid);
  }

  /**
   * The cache with our writes laid over it. `seenVersion` is the resource version up to which the
   * cache has seen everything: what we wrote before it and the cache lacks has been deleted by
   * somebody, so it is forgotten.
   */
  over(cached: Iterable<T>, seenVersion: string): T[] {
    if (this.#looked !== undefined && isSeen(this.#looked.version, seenVersion)) {
      this.#looked = undefined;
    }
    const { objects = cached, version = seenVersion } = this.#looked ?? {};
    const merged = new Map<string, T>();
    for (const object of objects) merged.set(keyOf(object), object);
    for (const [key, ours] of this.#objects) {
      const theirs = merged.get(key);
      if (isSeen(ours.resourceVersion, version) || (theirs !== undefined && !isOlder(theirs, ours)))
        this.#objects.delete(key);
      else merged.set(key, ours);
    }
    for (const [key, uid] of this.#removed) {
      if (merged.get(key)?.uid === uid) merged.delete(key);
      else this.#removed.delete(key);
    }
    return [...merged.values()];
  }
}

type Named = Pick<Versioned, 'namespace' | 'name'>;

function keyOf({ namespace = '', name }: Named): string {
  return `${namespace}/${name}`;
}

/** Whether whoever has seen everything up to a version has seen this one; "" is nothing. */
function isSeen(version: string, seenVersion: string): boolean {
  return BigInt(seenVersion || '0') >= BigInt(version);
}

/**
 * Resource versions of one resource are comparable as integers (Kubernetes 1.35 says so; etcd
 * always did).
 */
function isOlder(a: Versioned, b: Versioned): boolean {
  return BigInt(a.resourceVersion) < BigInt(b.resourceVersion);
}
