/** Compares by UTF-16 code units: the same on every machine, whatever its locale. */
export function byText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** A comparison by the text that `textOf` takes from each value. */
export function by<T>(textOf: (value: T) => string): (a: T, b: T) => number {
  return (a, b) => byText(textOf(a), textOf(b));
}

/** The first comparison that tells two values apart decides. */
export function byEach<T>(...comparisons: ((a: T, b: T) => number)[]): (a: T, b: T) => number {
  return (a, b) => {
    for (const compare of comparisons) {
      const order = compare(a, b);
      if (order !== 0) return order;
    }
    return 0;
  };
}

/** A comparison by number, smallest first. */
export function byNumber<T>(numberOf: (value: T) => number): (a: T, b: T) => number {
  return (a, b) => numberOf(a) - numberOf(b);
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
