import type { Address, Range } from './address.ts';

/** Whether the range has the address. */
export function contains(range: Range, address: Address): boolean {
  return (
    range.family === address.family && range.first <= address.value && address.value <= range.last
  );
}

/**
 * The addresses that both have, or `undefined`. First and last are compared directly: ip-num's own
 * test is wrong (A12).
 */
export function sharedPart(a: Range, b: Range): Range | undefined {
  if (a.family !== b.family) return undefined;
  const first = isBelow(a.first, b.first) ? b.first : a.first;
  const last = isBelow(a.last, b.last) ? a.last : b.last;
  return first <= last ? { family: a.family, first, last } : undefined;
}

function isBelow(a: bigint, b: bigint): boolean {
  return a < b;
}

/** How many addresses, exact for any size (A13). */
export function sizeOf(range: Range): bigint {
  return range.last - range.first + 1n;
}

/** What both lists have, in the order of the first. */
export function common(ranges: readonly Range[], others: readonly Range[]): readonly Range[] {
  return ranges.flatMap((range) =>
    others.map((other) => sharedPart(range, other)).filter((shared) => shared !== undefined),
  );
}

/** What is left of `ranges`, in their order, when every address of `removed` is taken out. */
export function without(ranges: readonly Range[], removed: readonly Range[]): readonly Range[] {
  return removed.reduce<readonly Range[]>(
    (left, hole) => left.flatMap((range) => withoutOne(range, hole)),
    ranges,
  );
}

function withoutOne(range: Range, hole: Range): readonly Range[] {
  const shared = sharedPart(range, hole);
  if (shared === undefined) return [range];
  const before = { ...range, last: shared.first - 1n };
  const after = { ...range, first: shared.last + 1n };
  return [before, after].filter((part) => part.first <= part.last);
}
