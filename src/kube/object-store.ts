import { isSame } from '../lib/same.ts';
import { Interner } from './interner.ts';
import { isRawObject, objectKey, type RawObject } from './raw-object.ts';

export type ObjectStoreOptions<T> = {
  /** Reduces an object to what we read; undefined leaves it out, as if it did not exist. */
  readonly project: (raw: RawObject) => T | undefined;
  /** Default: `namespace/name` of the object. */
  readonly key?: ((value: T) => string) | undefined;
  /** Keys to wake when this value comes, changes or goes; default: its own key. */
  readonly wakes?: ((value: T) => readonly string[]) | undefined;
  /** An object whose projection threw: a bug, the last good value stays. */
  readonly onUnreadable?: ((objectName: string, error: unknown) => void) | undefined;
};

type Entry<T> = {
  readonly key: string;
  readonly value: T;
  readonly resourceVersion: string;
};

/** What a whole list held, gathered page by page. */
export type Gathering<T> = Map<string, Entry<T>>;

/**
 * Projected objects by key, and which keys a change wakes. A change that the projection does not
 * show (managedFields, a heartbeat) wakes nobody (R17). Deletion is absence.
 */
export class ObjectStore<T> {
  readonly #options: ObjectStoreOptions<T>;
  /** By the object's own namespace/name: a projection may choose other keys. */
  #entries: Gathering<T> = new Map();
  readonly #values = new Map<string, T>();
  readonly #interner = new Interner();

  constructor(options: ObjectStoreOptions<T>) {
    this.#options = options;
  }

  /** A live view: it changes with the next event. */
  get values(): ReadonlyMap<string, T> {
    return this.#values;
  }

  /** Adds a page's items to what will become the store. */
  gather(gathering: Gathering<T>, items: readonly unknown[]): void {
    for (const item of items) {
      if (!isRawObject(item)) continue;
      const entry = this.#entryOf(item);
      if (entry !== undefined) gathering.set(objectKey(item), entry);
    }
  }

  /** Replaces everything by a complete list; returns the keys of what came, changed or vanished. */
  replace(gathering: Gathering<T>): ReadonlySet<string> {
    const woken = new Set<string>();
    const before = this.#entries;
    this.#entries = gathering;
    for (const [name, old] of before) {
      if (!gathering.has(name)) this.#forget(old, woken);
    }
    for (const [name, entry] of gathering) this.#keep(entry, before.get(name), woken);
    return woken;
  }

  /** One ADDED or MODIFIED object. */
  put(raw: RawObject, woken: Set<string>): void {
    const name = objectKey(raw);
    const old = this.#entries.get(name);
    const entry = this.#entryOf(raw);
    if (entry === undefined) {
      this.remove(raw, woken);
      return;
    }
    this.#entries.set(name, entry);
    this.#keep(entry, old, woken);
  }

  /** One DELETED object. */
  remove(raw: RawObject, woken: Set<string>): void {
    const name = objectKey(raw);
    const old = this.#entries.get(name);
    if (old === undefined) return;
    this.#entries.delete(name);
    this.#forget(old, woken);
  }

  #entryOf(raw: RawObject): Entry<T> | undefined {
    const name = objectKey(raw);
    const old = this.#entries.get(name);
    const resourceVersion = raw.metadata.resourceVersion ?? '';
    if (old !== undefined && resourceVersion !== '' && old.resourceVersion === resourceVersion) {
      return old;
    }
    try {
      const value = this.#interner.intern(this.#options.project(raw));
      if (value === undefined) return undefined;
      return { key: this.#options.key?.(value) ?? name, value, resourceVersion };
    } catch (error) {
      this.#options.onUnreadable?.(name, error);
      return old;
    }
  }

  #keep(entry: Entry<T>, old: Entry<T> | undefined, woken: Set<string>): void {
    if (old === entry) return;
    if (old !== undefined && old.key !== entry.key) this.#values.delete(old.key);
    this.#values.set(entry.key, entry.value);
    if (old !== undefined && isSame(old.value, entry.value)) return;
    if (old !== undefined) this.#wake(old, woken);
    this.#wake(entry, woken);
  }

  #forget(old: Entry<T>, woken: Set<string>): void {
    this.#values.delete(old.key);
    this.#wake(old, woken);
  }

  #wake(entry: Entry<T>, woken: Set<string>): void {
    for (const key of this.#options.wakes?.(entry.value) ?? [entry.key]) woken.add(key);
  }
}
