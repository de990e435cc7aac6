import type { RawObject } from '../kube/raw-object.ts';

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

  /**
   * Reads an object as a watch shows it. Of what we wrote ourselves it is the very object that we
   * have already: the same version says the same, but where our write was the end of the object,
   * whose answer has the version from before it.
   */
  orRead(read: (raw: RawObject) => T | undefined): (raw: RawObject) => T | undefined {
    return (raw) => {
      const { namespace = '', name, uid, resourceVersion, deletionTimestamp } = raw.metadata;
      const ours = this.#objects.get(keyOf({ namespace, name }));
      const isOther = ours?.uid !== uid || deletionTimestamp !== undefined;
      if (ours === undefined || isOther) return read(raw);
      return ours.resourceVersion === resourceVersion ? ours : read(raw);
    };
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
    const merged = [...objects];
    const at = this.#positionsIn(merged);
    for (const [key, ours] of this.#objects) {
      const index = at.get(key) ?? merged.length;
      const theirs = merged[index];
      const isPast = isSeen(ours.resourceVersion, version);
      if (isPast || (theirs !== undefined && !isOlder(theirs, ours))) this.#objects.delete(key);
      else merged[index] = ours;
    }
    const gone = new Set<T | undefined>();
    for (const [key, uid] of this.#removed) {
      const theirs = merged[at.get(key) ?? merged.length];
      if (theirs?.uid === uid) gone.add(theirs);
      else this.#removed.delete(key);
    }
    return gone.size === 0 ? merged : merged.filter((object) => !gone.has(object));
  }

  /** Where the objects stand that we wrote or removed: mostly few, or none, of thousands. */
  #positionsIn(objects: readonly T[]): ReadonlyMap<string, number> {
    const at = new Map<string, number>();
    if (this.#objects.size + this.#removed.size === 0) return at;
    for (const [index, object] of objects.entries()) {
      const key = keyOf(object);
      if (this.#objects.has(key) || this.#removed.has(key)) at.set(key, index);
    }
    return at;
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
