/**
 * The values of a list that pass; where all do, the list itself. Mostly they do, and what filters
 * makes has room for a dozen more: of thousands of objects that is mebibytes.
 */
export function only<T, Passing extends T>(
  list: readonly T[],
  passes: (value: T) => value is Passing,
): readonly Passing[];
export function only<T>(list: readonly T[], passes: (value: T) => boolean): readonly T[];
export function only<T>(list: readonly T[], passes: (value: T) => boolean): readonly T[] {
  return list.every(passes) ? list : list.filter(passes);
}
