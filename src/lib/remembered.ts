/**
 * What was made of an object, kept for as long as the object lives. It is made anew when one of the
 * inputs is another one (`===`): for pure functions of values that nobody changes, of which most
 * are the very same objects from one run to the next.
 */
export class Remembered<Key extends object, Made> {
  readonly #made = new WeakMap<Key, { readonly inputs: readonly unknown[]; readonly made: Made }>();

  /** What `make` returns for these inputs, which must be all that it reads beside `key`. */
  of(key: Key, inputs: readonly unknown[], make: () => Made): Made {
    const before = this.#made.get(key);
    if (before !== undefined && areSame(before.inputs, inputs)) return before.made;
    const made = make();
    this.#made.set(key, { inputs, made });
    return made;
  }
}

function areSame(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((value, index) => value === b[index]);
}
