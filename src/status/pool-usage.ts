import { isCarried } from '../allocate/draft.ts';
import { hasAddress, type PoolSpace, sizeWithin, spaceSize } from '../allocate/pool-space.ts';
import type { Vip } from '../model/objects.ts';
import type { Family } from '../net/address.ts';
import { contains } from '../net/range.ts';

/** What an address of a pool is used for; every one is exactly one of these (A13, A37, A48). */
export const addressUses = [
  'size',
  'used',
  'free',
  'cooling',
  'retained',
  'reserved',
  'quarantined',
  'stranded',
] as const;

/**
 * How many addresses of one family there are; texts, for an IPv6 range has more than a number can
 * say. `size` is the sum of the others but `stranded`, which the pool no longer contains.
 */
export type Usage = { readonly family: Family } & Readonly<
  Record<(typeof addressUses)[number], string>
>;

/** The families that a pool has anything to say about. */
export function poolUsages(space: PoolSpace, vips: readonly Vip[]): readonly Usage[] {
  return families.map((family) => usageOf(space, family, vips)).filter(isWorthSaying);
}

const families: readonly Family[] = ['IPv4', 'IPv6'];

function usageOf(space: PoolSpace, family: Family, vips: readonly Vip[]): Usage {
  const own = vips.filter((vip) => vip.address.family === family);
  const inside = own.filter((vip) => hasAddress(space, vip.address));
  const count = (is: (vip: Vip) => boolean) => BigInt(inside.filter(is).length);
  const numbers = {
    size: spaceSize(space, family),
    used: count(isCarried),
    cooling: count(({ phase }) => phase === 'Cooling'),
    retained: count(({ phase }) => phase === 'Retained'),
    quarantined: count(({ phase }) => phase === 'Quarantined'),
    reserved: reservedFree(space, family, inside),
    stranded: BigInt(own.filter(({ phase }) => phase === 'Stranded').length),
  };
  const free = numbers.size - BigInt(inside.length) - numbers.reserved;
  const texts = Object.entries({ ...numbers, free }).map(([name, n]) => [name, n.toString()]);
  return { family, ...(Object.fromEntries(texts) as Omit<Usage, 'family'>) };
}

/** Reserved addresses that nobody has or lately had. */
function reservedFree(space: PoolSpace, family: Family, inside: readonly Vip[]): bigint {
  const ranges = space.reserved.flatMap((reserved) => reserved.ranges);
  const occupied = inside.filter(({ address }) => ranges.some((r) => contains(r, address)));
  return sizeWithin(space.pool, ranges, family) - BigInt(occupied.length);
}

function isWorthSaying({ size, used, stranded }: Usage): boolean {
  return [size, used, stranded].some((count) => count !== '0');
}
