import { ok, type Result, refused } from '../lib/result.ts';
import type { Service } from '../model/objects.ts';
import type { Address, Family } from '../net/address.ts';
import { formatAddress, vipName } from '../net/format-address.ts';
import { type Reason, reason, sentence } from '../tables/reasons.ts';
import { chooseInstance, instanceCarries, noEligibleNode } from './choose-instance.ts';
import { type Asking, choosePools } from './choose-pools.ts';
import { type Draft, take, type VipPlan } from './draft.ts';
import { freeAddress } from './free-address.ts';
import { type PoolSpace, spaceSize } from './pool-space.ts';
import { familiesOf, type Request } from './requests.ts';

/**
 * Gives a Service that holds nothing all it can have from one pool (A23), or says why not (A18–A30,
 * A38–A43).
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
    for (const space of pools.value) {
      const addresses = offer(draft, space, { service: asking.service, families, request });
      const granted = addresses.ok ? chooseInstance(draft, space.pool, addresses.value) : addresses;
      if (granted.ok && addresses.ok) {
        const taking = { pool: space.pool, instance: granted.value };
        return ok(
          addresses.value.map((a) => take(draft, asking.service, { ...taking, address: a })),
        );
      }
      if (!granted.ok) refusals.push({ pool: space.pool.name, why: granted.problem });
    }
  }
  return refused(summary(refusals));
}

/** A43: both families from one pool before one of them from any; A41: both or none. */
function familySets(service: Service, request: Request): readonly (readonly Family[])[] {
  const families = familiesOf(service);
  const mayBePartial = service.familyPolicy === 'PreferDualStack' && request.addresses.length === 0;
  if (families.length < 2 || !mayBePartial) return [families];
  return [families, ...families.map((family) => [family])];
}

/** What a pool is asked for. */
type Wish = {
  readonly service: Service;
  readonly families: readonly Family[];
  readonly request: Request;
};

/** One free address for each family, or why the pool has none. Takes nothing yet. */
export function offer(
  draft: Draft,
  space: PoolSpace,
  wish: Wish,
): Result<readonly Address[], Reason> {
  const addresses: Address[] = [];
  for (const family of wish.families) {
    const requested = wish.request.addresses.find((address) => address.family === family);
    const taken = requested && whyTaken(draft, requested, wish.service);
    if (taken !== undefined) return refused(taken);
    const address = requested ?? freeAddress(draft, space, family);
    if (address === undefined) return refused(exhausted(space, family));
    addresses.push(address);
  }
  return ok(addresses);
}

function exhausted(space: PoolSpace, family: Family): Reason {
  const size = spaceSize(space, family);
  if (size === 0n) return reason('FamilyUnavailable', { families: `${family} addresses` });
  return reason('PoolExhausted', { pool: space.pool.name, family, size: size.toString() });
}

/** A16: somebody else's, being withdrawn, or promised to a Service that had it before (A53). */
export function whyTaken(draft: Draft, address: Address, by: Service): Reason | undefined {
  const name = vipName(address);
  const vip = draft.vips.get(name);
  const promisedTo = draft.promised.get(name);
  const isFree = vip === undefined || vip.phase === 'Cooling';
  if (isFree && (promisedTo === undefined || promisedTo === by.uid)) return undefined;
  const holder = isFree ? 'a Service that had it before' : holderText(vip, by);
  return reason('AddressTaken', { address: formatAddress(address), holder });
}

/** The holder's name is told to its own namespace only (allocation.md section 10). */
function holderText({ holder, phase }: VipPlan, reader: Service): string {
  if (phase === 'Releasing') return 'nodes that are still to withdraw it';
  if (holder?.namespace === reader.namespace) return `${holder.namespace}/${holder.name}`;
  return `a Service in namespace ${holder?.namespace ?? 'unknown'}`;
}

/**
 * Adds the families a Service has no address of, from the pool and on the instance of what it holds
 * (A44, A45).
 */
export function grantMore(
  draft: Draft,
  service: Service,
  of: { held: VipPlan; families: readonly Family[]; space: PoolSpace },
): Result<readonly VipPlan[], Reason> {
  const { held, families, space } = of;
  const noRequest = { pool: undefined, addresses: [] };
  const addresses = offer(draft, space, { service, families, request: noRequest });
  if (!addresses.ok) return addresses;
  const on = { instance: held.instance, addresses: addresses.value };
  if (!instanceCarries(draft, space.pool, on)) {
    return refused(noEligibleNode(draft.places.get(space.pool.name) ?? [], addresses.value));
  }
  const taking = { pool: space.pool, instance: held.instance };
  return ok(addresses.value.map((address) => take(draft, service, { ...taking, address })));
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
  return reason('NoPool', { why: texts.slice(0, poolsNamedMax).join('; ') });
}

/** A message names this many pools at most. */
const poolsNamedMax = 10;
