/**
 * Whether two plain values (JSON, `undefined`, `bigint`) say the same: the order of keys does not
 * matter, that of lists does, and a field that is `undefined` counts as absent. Made for thousands
 * of comparisons that mostly end in "the same": nothing is copied or printed.
 */
export function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b)) return isSameList(a, b);
  return isWithin(a as Fields, b as Fields) && hasNoMore(b as Fields, a as Fields);
}

type Fields = Readonly<Record<string, unknown>>;

function isSameList(a: unknown, b: unknown): boolean {
  if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
  return a.every((value, index) => isSame(value, b[index]));
}

function isWithin(a: Fields, b: Fields): boolean {
  for (const key in a) if (!isSame(a[key], b[key])) return false;
  return true;
}

function hasNoMore(b: Fields, a: Fields): boolean {
  for (const key in b) if (b[key] !== undefined && !(key in a)) return false;
  return true;
}
