import type { ApiObject } from './api-object.ts';
import type { Owners } from './field-owners.ts';

/** What the store has of one object. */
export type Stored = { readonly object: ApiObject; readonly owners: Owners };

/** One change, in the order of revisions: what a watch shows. */
export type Change = {
  readonly revision: number;
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly plural: string;
  readonly key: string;
  readonly object: ApiObject;
  /** What was there before; undefined for ADDED. */
  readonly before: ApiObject | undefined;
  /** Who wrote it: the client's name. */
  readonly by: string;
};

/** Old changes are dropped in bulk beyond this, as etcd's compaction does every five minutes. */
const changesMax = 4_000;

/** All objects, under one revision counter as in etcd, and the changes since the compaction. */
export class Store {
  /** Not small, so that a version is never mistaken for a count. */
  revision = 1_000;
  /** Versions before this one are forgotten. */
  compacted = 0;
  readonly #kinds = new Map<string, Map<string, Stored>>();
  readonly #changes = new Map<string, Change[]>();
  readonly #listeners: ((change: Change) => void)[] = [];

  /** Called in the order of registration, after the store has the change. */
  onChange(listener: (change: Change) => void): void {
    this.#listeners.push(listener);
  }

  get(plural: string, key: string): Stored | undefined {
    return this.#kinds.get(plural)?.get(key);
  }

  /** In the order of keys, as etcd lists them. */
  list(plural: string): readonly ApiObject[] {
    const entries = [...(this.#kinds.get(plural) ?? [])];
    return entries.sort(byKey).map(([, { object }]) => object);
  }

  /** The objects as they were at a revision that is not compacted yet. */
  listAt(plural: string, revision: number): readonly ApiObject[] {
    const objects = new Map(
      [...(this.#kinds.get(plural) ?? [])].map(([key, { object }]) => [key, object]),
    );
    const later = this.changesSince(plural, revision);
    for (const { key, before } of later.toReversed()) {
      if (before === undefined) objects.delete(key);
      else objects.set(key, before);
    }
    return [...objects].sort(byKey).map(([, object]) => object);
  }

  /** Stores what `make` builds with the new revision's text as its resourceVersion. */
  put(place: Place, make: (resourceVersion: string) => Stored): Stored {
    const { plural, key, by } = place;
    this.revision += 1;
    const stored = make(String(this.revision));
    const kind = this.#kinds.get(plural) ?? new Map<string, Stored>();
    this.#kinds.set(plural, kind);
    const before = kind.get(key)?.object;
    kind.set(key, stored);
    const type = before === undefined ? 'ADDED' : 'MODIFIED';
    const { object } = stored;
    this.#changed({ revision: this.revision, type, plural, key, by, before, object });
    return stored;
  }

  /** Removes an object; what watches show of it has the revision of the removal. */
  remove(place: Place): ApiObject | undefined {
    const { plural, key, by } = place;
    const before = this.get(plural, key)?.object;
    if (before === undefined) return undefined;
    this.revision += 1;
    this.#kinds.get(plural)?.delete(key);
    const metadata = { ...before.metadata, resourceVersion: String(this.revision) };
    const object = { ...before, metadata };
    const type = 'DELETED';
    this.#changed({ revision: this.revision, type, plural, key, by, before, object });
    return object;
  }

  /** The changes of a kind after a revision; the caller has checked that it is not compacted. */
  changesSince(plural: string, revision: number): readonly Change[] {
    const changes = this.#changes.get(plural) ?? [];
    let start = changes.length;
    while (start > 0 && (changes[start - 1]?.revision ?? 0) > revision) start -= 1;
    return changes.slice(start);
  }

  /** Forgets everything before the revision. */
  compact(revision: number): void {
    if (revision <= this.compacted) return;
    this.compacted = revision;
    for (const [plural, changes] of this.#changes) {
      this.#changes.set(
        plural,
        changes.filter((change) => change.revision > revision),
      );
    }
  }

  #changed(change: Change): void {
    const changes = this.#changes.get(change.plural) ?? [];
    changes.push(change);
    this.#changes.set(change.plural, changes);
    if (changes.length > changesMax) {
      this.compact(changes[Math.floor(changesMax / 2)]?.revision ?? 0);
    }
    for (const listener of this.#listeners) listener(change);
  }
}

/** Where an object is, and who writes it there. */
export type Place = { readonly plural: string; readonly key: string; readonly by: string };

function byKey([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : Number(a > b);
}
