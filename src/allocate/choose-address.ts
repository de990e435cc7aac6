import { byEach, byNumber } from '../lib/order.ts';
import { ok, type Result, refused } from '../lib/result.ts';
import type { Reservation, Service } from '../model/objects.ts';
import type { Address, Family, Range } from '../net/address.ts';
import { contains } from '../net/range.ts';
import { type Reason, reason } from '../tables/reasons.ts';
import type { Draft, VipPlan } from './draft.ts';
import { cooledLongest, neverUsed, type Stretch } from './first-fit.ts';
import { hasAddress, type PoolSpace, spaceSize } from './pool-space.ts';
import { whyOverQuota } from './quota.ts';
import { claimOf, sharableVips } from './sharing.ts';

/** Who wants an address of which family. */
export type Wanting = { readonly service: Service; readonly family: Family };

/**
 * The address a pool gives a Service that asks for none in particular, or why it has none. In this
 * order: what was kept for it (A61), what is reserved for it (A60), first fit over free addresses
 * and those it may share (A15, A36), what has cooled down the longest (A17). Takes nothing yet.
 */
export function chooseAddress(
  draft: Draft,
  space: PoolSpace,
  wanting: Wanting,
): Result<Address, Reason> {
  const retained = retainedFor(draft, space, wanting);
  if (retained !== undefined) return ok(retained);
  const overQuota = whyOverQuota(draft, space, wanting);
  const reserved = overQuota === undefined ? reservedFor(draft, space, wanting) : undefined;
  if (reserved !== undefined) return ok(reserved);
  const open = { key: space.pool.name, pool: space.pool, ranges: space.open };
  const free = overQuota === undefined ? neverUsed(draft, open, wanting.family) : undefined;
  const shared = sharableIn(draft, space, wanting);
  const first = [free, shared].filter((address) => address !== undefined);
  const [lowest] = first.toSorted(byPosition(space));
  if (lowest !== undefined) return ok(lowest);
  if (overQuota !== undefined) return refused(overQuota);
  const cooled = cooledLongest(draft, open, wanting.family);
  return cooled === undefined ? refused(exhausted(space, wanting.family)) : ok(cooled);
}

/** Whether the pool has an address that waits for this very Service: it is asked before others. */
export function hasOwnAddress(draft: Draft, space: PoolSpace, wanting: Wanting): boolean {
  if (retainedFor(draft, space, wanting) !== undefined) return true;
  return reservedFor(draft, space, wanting) !== undefined;
}

/** A61: by namespace and name, whatever the UID. */
function retainedFor(draft: Draft, space: PoolSpace, wanting: Wanting): Address | undefined {
  const { service, family } = wanting;
  return (draft.retained.get(`${service.namespace}/${service.name}`) ?? [])
    .flatMap((name) => draft.vips.get(name) ?? [])
    .filter(({ phase }) => phase === 'Retained')
    .map(({ address }) => address)
    .filter((address) => address.family === family && hasAddress(space, address))
    .toSorted(byPosition(space))[0];
}

/** A60: what is kept for this Service by name before what is kept for its namespace. */
function reservedFor(draft: Draft, space: PoolSpace, wanting: Wanting): Address | undefined {
  const { pool, reserved } = space;
  const fitting = reserved
    .map(({ reservation, ranges }, index) => {
      return { reservation, stretch: { key: `${pool.name}/${index}`, pool, ranges } };
    })
    .filter(({ reservation }) => isReservedFor(reservation, wanting.service))
    .toSorted(byNumber(({ reservation }) => (reservation.serviceName === undefined ? 1 : 0)));
  const stretches = fitting.map(({ stretch }) => stretch);
  return firstOf(stretches, (stretch) => freeOn(draft, stretch, wanting.family));
}

function freeOn(draft: Draft, stretch: Stretch, family: Family): Address | undefined {
  return neverUsed(draft, stretch, family) ?? cooledLongest(draft, stretch, family);
}

/** Whether a reservation keeps its addresses for this Service. */
export function isReservedFor(
  reservation: Reservation | undefined,
  service: Pick<Service, 'namespace' | 'name'>,
): boolean {
  if (reservation?.namespace !== service.namespace) return false;
  return reservation.serviceName === undefined || reservation.serviceName === service.name;
}

function sharableIn(draft: Draft, space: PoolSpace, wanting: Wanting): Address | undefined {
  const { service, family } = wanting;
  const isHere = ({ address, pool }: VipPlan) =>
    pool === space.pool.name && address.family === family && hasAddress(space, address);
  const addresses = sharableVips(draft, claimOf(service))
    .filter(isHere)
    .map(({ address }) => address);
  return addresses.toSorted(byPosition(space))[0];
}

/** Ranges in the order written, ascending inside each (A15). */
function byPosition({ usable }: PoolSpace) {
  const rangeOf = (address: Address) => usable.findIndex((range) => contains(range, address));
  return byEach<Address>(byNumber(rangeOf), (a, b) =>
    a.value < b.value ? -1 : Number(a.value > b.value),
  );
}

function exhausted(space: PoolSpace, family: Family): Reason {
  const size = spaceSize(space, family);
  if (size === 0n) return reason('FamilyUnavailable', { families: `${family} addresses` });
  return reason('PoolExhausted', { pool: space.pool.name, family, size: size.toString() });
}

function firstOf<T>(
  values: readonly T[],
  pick: (value: T) => Address | undefined,
): Address | undefined {
  for (const value of values) {
    const picked = pick(value);
    if (picked !== undefined) return picked;
  }
  return undefined;
}

/** The reservation that an address lies in. */
export function reservationOf(space: PoolSpace, address: Address): Reservation | undefined {
  const holds = (ranges: readonly Range[]) => ranges.some((range) => contains(range, address));
  return space.reserved.find(({ ranges }) => holds(ranges))?.reservation;
}
