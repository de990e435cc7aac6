import { byEach, byNumber, byText } from '../lib/order.ts';
import type { Pool, Reservation } from '../model/objects.ts';
import type { Address, Family, Range } from '../net/address.ts';
import { formatRange } from '../net/parse-range.ts';
import { common, contains, sizeOf, without } from '../net/range.ts';
import { type Reason, reason } from '../tables/reasons.ts';

/**
 * A pool with the addresses it may give: exclusions (A14) and what older pools own (A12) taken out,
 * in the order written (A15).
 */
export type PoolSpace = {
  readonly pool: Pool;
  readonly usable: readonly Range[];
  /** Usable and reserved for nobody. */
  readonly open: readonly Range[];
  /** Usable and reserved, in the order written (A60). */
  readonly reserved: readonly ReservedSpace[];
  /** What other, older pools own of it. */
  readonly overlaps: readonly Reason[];
  /** What younger pools list of it in vain. */
  readonly overlapped: readonly Reason[];
};

/** What a reservation really keeps: its addresses that the pool may give. */
export type ReservedSpace = {
  readonly reservation: Reservation;
  readonly ranges: readonly Range[];
};

/** The spaces of all pools, oldest first; the order of the input does not matter (A1). */
export function poolSpaces(pools: readonly Pool[]): readonly PoolSpace[] {
  const oldestFirst = pools.toSorted(byAge);
  return oldestFirst.map((pool, index) => {
    const older = oldestFirst.slice(0, index);
    const taken = [...pool.excluded, ...older.flatMap((other) => other.ranges)];
    const usable = without(pool.ranges, taken);
    const younger = oldestFirst.slice(index + 1);
    return {
      ...{ pool, usable, ...divided(pool, usable) },
      overlaps: older.flatMap((other) => overlapOf(pool, other, 'PoolOverlap')),
      overlapped: younger.flatMap((other) => overlapOf(pool, other, 'PoolOverlapped')),
    };
  });
}

function divided(pool: Pool, usable: readonly Range[]): Pick<PoolSpace, 'open' | 'reserved'> {
  const reserved = pool.reservations.map((reservation) => ({
    reservation,
    ranges: common(usable, reservation.ranges),
  }));
  return {
    open: without(
      usable,
      reserved.flatMap(({ ranges }) => ranges),
    ),
    reserved,
  };
}

/** A pool that is going owns nothing that another one has as well: its addresses pass on (A47). */
const byAge = byEach<Pool>(
  byNumber((pool) => (pool.deleting ? 1 : 0)),
  byNumber((pool) => pool.createdMs),
  (a, b) => byText(a.name, b.name),
);

function overlapOf(
  pool: Pool,
  other: Pool,
  code: 'PoolOverlap' | 'PoolOverlapped',
): readonly Reason[] {
  return common(pool.ranges, other.ranges).map((shared) =>
    reason(code, { shared: formatRange(shared), other: other.name }),
  );
}

/** Whether the pool may give the address. */
export function hasAddress(space: PoolSpace, address: Address): boolean {
  const isInside = space.usable.some((range) => contains(range, address));
  return isInside && !hasExcludedEnd(space.pool, address);
}

/**
 * Whether the pool's own text still contains the address: one that is held stays with its pool
 * though an older pool lists it as well (A12, A46).
 */
export function stillContains(pool: Pool, address: Address): boolean {
  const isListed = pool.ranges.some((range) => contains(range, address));
  return isListed && !isExcluded(pool, address);
}

/** Whether spec.excludedAddresses names the address (A14). */
export function isExcluded(pool: Pool, address: Address): boolean {
  return pool.excluded.some((range) => contains(range, address)) || hasExcludedEnd(pool, address);
}

/** `*.0` and `*.255`. */
export function hasExcludedEnd(pool: Pool, address: Address): boolean {
  if (address.family === 'IPv6') return false;
  return pool.excludedLastOctets.includes(Number(address.value & 0xffn));
}

/** How many addresses of a family the pool may give, exact and without visiting them (A13). */
export function spaceSize(space: PoolSpace, family: Family): bigint {
  return sizeWithin(space.pool, space.usable, family);
}

/** How many addresses of a family some ranges of the pool have, those it excludes left out. */
export function sizeWithin(pool: Pool, ranges: readonly Range[], family: Family): bigint {
  return ranges
    .filter((range) => range.family === family)
    .reduce((sum, range) => sum + sizeOf(range) - excludedEndsIn(pool, range), 0n);
}

function excludedEndsIn(pool: Pool, range: Range): bigint {
  if (range.family === 'IPv6') return 0n;
  const ends = [...new Set(pool.excludedLastOctets)].map(BigInt);
  return ends.reduce(
    (sum, end) => sum + endsUpTo(range.last, end) - endsUpTo(range.first - 1n, end),
    0n,
  );
}

/** How many values of 0 … `value` end in the octet `end`. */
function endsUpTo(value: bigint, end: bigint): bigint {
  return value < end ? 0n : (value - end) / 256n + 1n;
}
