/** Compares by UTF-16 code units: the same on every machine, whatever its locale. */
export function byText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** A comparison by the text that `textOf` takes from each value. */
export function by<T>(textOf: (value: T) => string): (a: T, b: T) => number {
  return (a, b) => byText(textOf(a), textOf(b));
}

type Comparison<T> = (a: T, b: T) => number;

/** The first comparison that tells two values apart decides. */
export function byEach<T>(first: Comparison<T>, ...others: Comparison<T>[]): Comparison<T> {
  const [second, ...more] = others;
  if (second === undefined) return first;
  const rest = byEach(second, ...more);
  return (a, b) => first(a, b) || rest(a, b);
}

/** A comparison by number, smallest first. */
export function byNumber<T>(numberOf: (value: T) => number): (a: T, b: T) => number {
  return (a, b) => numberOf(a) - numberOf(b);
}

/** Values by a key that each has alone; of two with one key the later one. */
export function indexed<T>(values: Iterable<T>, keyOf: (value: T) => string): Map<string, T> {
  const index = new Map<string, T>();
  for (const value of values) index.set(keyOf(value), value);
  return index;
}

/** Groups values by a key; groups and their members keep the order of the input. */
export function grouped<T>(values: readonly T[], keyOf: (value: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const value of values) {
    const key = keyOf(value);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [value]);
    else group.push(value);
  }
  return groups;
}
