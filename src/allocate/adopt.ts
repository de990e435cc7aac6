import type { Service } from '../model/objects.ts';
import type { Address, Family } from '../net/address.ts';
import { sameAddress } from '../net/address.ts';
import { vipName } from '../net/format-address.ts';
import { parseAddress } from '../net/parse-address.ts';
import { type Asking, matches } from './choose-pools.ts';
import { isPrepared } from './claims.ts';
import type { Draft, VipPlan } from './draft.ts';
import { takeAll } from './grant.ts';
import { hasAddress, type PoolSpace } from './pool-space.ts';
import { readingOf } from './reading.ts';
import { familiesOf } from './requests.ts';
import { whyTaken } from './why-taken.ts';

/**
 * Rebuilds a lost Vip from what the Service's status says, when the address lies in a pool the
 * Service may use and nobody else has it (A53). What cannot be adopted yet (no finalizer, no node)
 * is promised, so that no one else gets it meanwhile (A59).
 */
export function adopt(draft: Draft, asking: Asking, held: readonly VipPlan[]): readonly VipPlan[] {
  const isHeld = (family: Family) => held.some(({ address }) => address.family === family);
  if (familiesOf(asking.service).every(isHeld)) return held;
  const all = [...held];
  for (const address of claimed(asking.service)) {
    if (all.some((vip) => vip.address.family === address.family)) continue;
    const space = usableSpace(draft, asking, address);
    const isOfHeldPool = all.every((vip) => vip.pool === space?.pool.name);
    if (space === undefined || !isOfHeldPool) continue;
    const vip = adoptOne(draft, asking.service, { space, address, beside: all });
    if (vip === undefined) promise(draft, asking.service, address);
    else all.push(vip);
  }
  return all.length > held.length ? all : held;
}

/** Addresses of the Service's families that it does not wish to change. */
function claimed(service: Service): Address[] {
  const { request } = readingOf(service);
  const wishes = request.ok ? request.value.addresses : [];
  const families = familiesOf(service);
  return service.ingress
    .map(({ ip }) => parseAddress(ip))
    .flatMap((address) => (address.ok ? [address.value] : []))
    .filter((address) => families.includes(address.family))
    .filter((address) => wishes.length === 0 || wishes.some((wish) => sameAddress(wish, address)));
}

function usableSpace(draft: Draft, asking: Asking, address: Address): PoolSpace | undefined {
  if (whyTaken(draft, address, asking.service) !== undefined) return undefined;
  return asking.spaces.find(
    (space) =>
      hasAddress(space, address) && space.pool.problems.length === 0 && matches(asking, space.pool),
  );
}

function adoptOne(
  draft: Draft,
  service: Service,
  of: { space: PoolSpace; address: Address; beside: readonly VipPlan[] },
): VipPlan | undefined {
  if (!isPrepared(service)) return undefined;
  const { address, beside, space } = of;
  const taken = takeAll(draft, service, { pool: space.pool, addresses: [address], beside });
  return taken.ok ? taken.value[0] : undefined;
}

function promise(draft: Draft, service: Service, address: Address): void {
  const name = vipName(address);
  draft.promised.set(name, service.uid);
  draft.promises.set(service.uid, [...(draft.promises.get(service.uid) ?? []), name]);
  draft.taken[address.family].add(address.value);
}
