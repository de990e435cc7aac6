/**
 * What a pure function answered about objects that are never changed, once for each of them: given
 * again while all else that the answer was made from is the very same. Goes with the object.
 */
export class Remembered<Key extends object, Value> {
  readonly #answers = new WeakMap<Key, { readonly from: readonly unknown[]; value: Value }>();
  readonly #isLasting: (value: Value) => boolean;

  /** Only answers that are lasting are remembered. */
  constructor(isLasting: (value: Value) => boolean = () => true) {
    this.#isLasting = isLasting;
  }

  /** The answer about `key`; `from` is everything else that `make` reads. */
  of(key: Key, from: readonly unknown[], make: () => Value): Value {
    const before = this.#answers.get(key);
    if (before !== undefined && areIdentical(before.from, from)) return before.value;
    const value = make();
    // A copy has no room to grow: a list that was spread together has, for a dozen more.
    if (this.#isLasting(value)) this.#answers.set(key, { from: from.slice(), value });
    return value;
  }
}

/** The same function, which is asked about each object once. */
export function remembering<Key extends object, Value>(
  make: (key: Key) => Value,
): (key: Key) => Value {
  const answers = new Remembered<Key, Value>();
  return (key) => answers.of(key, nothing, () => make(key));
}

const nothing: readonly unknown[] = [];

/** Asked of every object at every look: without an iterator or a function for each. */
function areIdentical(a: readonly unknown[], b: readonly unknown[]): boolean {
  if (a.length !== b.length) return false;
  for (let index = 0; index < a.length; index += 1) if (a[index] !== b[index]) return false;
  return true;
}
