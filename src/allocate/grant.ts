import { byNumber } from '../lib/order.ts';
import { ok, type Result, refused } from '../lib/result.ts';
import type { Pool, Service } from '../model/objects.ts';
import type { Address, Family } from '../net/address.ts';
import { vipName } from '../net/format-address.ts';
import { type Reason, reason, sentence } from '../tables/reasons.ts';
import { chooseAddress, hasOwnAddress } from './choose-address.ts';
import { chooseInstance, instanceCarries } from './choose-instance.ts';
import { type Asking, choosePools } from './choose-pools.ts';
import { type Draft, isHeld, type VipPlan } from './draft.ts';
import type { PoolSpace } from './pool-space.ts';
import { whyOverQuota } from './quota.ts';
import { familiesOf, type Request } from './requests.ts';
import { take } from './take.ts';
import { whyReserved, whyTaken } from './why-taken.ts';

/**
 * Gives a Service that holds nothing all it can have from one pool (A23), or says why not (A18–A30,
 * A38–A43, A60–A62).
 */
export function grantNew(
  draft: Draft,
  asking: Asking,
  request: Request,
): Result<readonly VipPlan[], Reason> {
  const pools = choosePools(asking, request);
  if (!pools.ok) return pools;
  const refusals: { pool: string; why: Reason }[] = [];
  for (const families of familySets(asking.service, request)) {
    for (const space of ownFirst(draft, asking.service, pools.value)) {
      const wish = { service: asking.service, families, request };
      const granted = grantFrom(draft, space, { wish, beside: [] });
      if (granted.ok) return granted;
      refusals.push({ pool: space.pool.name, why: granted.problem });
    }
  }
  return refused(summary(refusals));
}

/** A60, A61: a pool that keeps an address for this very Service comes before better ones. */
export function ownFirst(
  draft: Draft,
  service: Service,
  spaces: readonly PoolSpace[],
): readonly PoolSpace[] {
  const families = familiesOf(service);
  const isOwn = (space: PoolSpace) =>
    families.some((family) => hasOwnAddress(draft, space, { service, family }));
  return spaces.toSorted(byNumber((space) => (isOwn(space) ? 0 : 1)));
}

/** A43: both families from one pool before one of them from any; A41: both or none. */
export function familySets(service: Service, request: Request): readonly (readonly Family[])[] {
  const families = familiesOf(service);
  const mayBePartial = service.familyPolicy === 'PreferDualStack' && request.addresses.length === 0;
  if (families.length < 2 || !mayBePartial) return [families];
  return [families, ...families.map((family) => [family])];
}

/** What a pool is asked for. */
export type Wish = {
  readonly service: Service;
  readonly families: readonly Family[];
  readonly request: Request;
};

/** Takes one address of each family from one pool, or none and says why. */
export function grantFrom(
  draft: Draft,
  space: PoolSpace,
  of: { readonly wish: Wish; readonly beside: readonly VipPlan[] },
): Result<readonly VipPlan[], Reason> {
  const addresses = offer(draft, space, of.wish);
  if (!addresses.ok) return addresses;
  return takeAll(draft, of.wish.service, { ...of, pool: space.pool, addresses: addresses.value });
}

/** One free address for each family, or why the pool has none. Takes nothing yet. */
export function offer(
  draft: Draft,
  space: PoolSpace,
  wish: Wish,
): Result<readonly Address[], Reason> {
  const addresses: Address[] = [];
  for (const family of wish.families) {
    const wanting = { service: wish.service, family };
    const requested = wish.request.addresses.find((address) => address.family === family);
    const address =
      requested === undefined
        ? chooseAddress(draft, space, wanting)
        : allowed(draft, space, { ...wanting, address: requested });
    if (!address.ok) return address;
    addresses.push(address.value);
  }
  return ok(addresses);
}

/** A requested address, when nothing stands against it (A27, A60–A62). */
export function allowed(
  draft: Draft,
  space: PoolSpace,
  of: { readonly service: Service; readonly family: Family; readonly address: Address },
): Result<Address, Reason> {
  const { service, address } = of;
  const why = whyTaken(draft, address, service) ?? whyNotFresh(draft, space, of);
  return why === undefined ? ok(address) : refused(why);
}

/** One that is shared, or was kept for the Service, costs nothing and is reserved for no other. */
function whyNotFresh(
  draft: Draft,
  space: PoolSpace,
  of: { readonly service: Service; readonly family: Family; readonly address: Address },
): Reason | undefined {
  const vip = draft.vips.get(vipName(of.address));
  if (vip !== undefined && vip.phase !== 'Cooling') return undefined;
  return whyReserved(space, of.address, of.service) ?? whyOverQuota(draft, space, of);
}

/**
 * Takes the addresses: those that are shared ride on their own instance, the others together on
 * that of a neighbour where it carries them (design.md section 2.8), or on the one with most room.
 */
export function takeAll(
  draft: Draft,
  service: Service,
  of: {
    readonly pool: Pool;
    readonly addresses: readonly Address[];
    readonly beside: readonly VipPlan[];
  },
): Result<readonly VipPlan[], Reason> {
  const { pool } = of;
  const held = of.addresses.flatMap((address) => heldVip(draft, address) ?? []);
  const fresh = of.addresses.filter((address) => heldVip(draft, address) === undefined);
  const neighbours = [...of.beside, ...held].filter((vip) => vip.pool === pool.name);
  const names = neighbours.map(({ instance }) => instance);
  const instance =
    fresh.length === 0 ? ok('') : instanceFor(draft, pool, { names, addresses: fresh });
  if (!instance.ok) return instance;
  const taking = { pool, instance: instance.value };
  return ok(of.addresses.map((address) => take(draft, service, { ...taking, address })));
}

function heldVip(draft: Draft, address: Address): VipPlan | undefined {
  const vip = draft.vips.get(vipName(address));
  return vip !== undefined && isHeld(vip) ? vip : undefined;
}

function instanceFor(
  draft: Draft,
  pool: Pool,
  on: { readonly names: readonly string[]; readonly addresses: readonly Address[] },
): Result<string, Reason> {
  const { addresses } = on;
  const near = on.names.find((instance) => instanceCarries(draft, pool, { instance, addresses }));
  return near === undefined ? chooseInstance(draft, pool, addresses) : ok(near);
}

/**
 * One pool's own reason, or all pools looked at and why each did not grant (allocation.md section
 * 10).
 */
function summary(refusals: readonly { pool: string; why: Reason }[]): Reason {
  const [first] = refusals;
  const pools = new Set(refusals.map(({ pool }) => pool));
  if (first !== undefined && pools.size === 1) return first.why;
  const perPool = [...pools].map((pool) => refusals.find((refusal) => refusal.pool === pool));
  const texts = perPool.map((refusal) => refusal && `${refusal.pool}: ${sentence(refusal.why)}`);
  const why = texts.slice(0, poolsNamedMax).join('; ');
  return reason('NoPool', { why, pools: [...pools].join(' ') });
}

/** A message names this many pools at most. */
const poolsNamedMax = 10;
