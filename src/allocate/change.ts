import { ok, type Result, refused } from '../lib/result.ts';
import { type Address, sameAddress } from '../net/address.ts';
import { formatAddress } from '../net/format-address.ts';
import { type Reason, reason, sentence } from '../tables/reasons.ts';
import { type Asking, choosePools } from './choose-pools.ts';
import { type Draft, note, type VipPlan } from './draft.ts';
import { allowed, offer, takeAll } from './grant.ts';
import type { PoolSpace } from './pool-space.ts';
import { readingOf } from './reading.ts';
import { familiesOf, type Request } from './requests.ts';

/**
 * Meets a live Service's new request when it can be met, and keeps what it holds when not (A31).
 * What it leaves stays its own, and is served, until the new address is published: the next run
 * sees both and knows which of them is wanted.
 */
export function followRequest(
  draft: Draft,
  asking: Asking,
  held: readonly VipPlan[],
): readonly VipPlan[] {
  const { request } = readingOf(asking.service);
  if (request.ok && isMet(request.value, held)) return held;
  const moved = request.ok ? move(draft, asking, { request: request.value, held }) : request;
  if (moved.ok) return moved.value;
  const texts = held.map((vip) => formatAddress(vip.address)).join(', ');
  const data = { held: texts, why: sentence(moved.problem) };
  note(draft, asking.service, reason('KeptDespiteRequest', data));
  return held;
}

/**
 * Removing a request keeps the address (A31); a pool that is asked for again is no wish, nor is one
 * that the address is about to pass to (A47).
 */
function isMet(request: Request, held: readonly VipPlan[]): boolean {
  const isHeldAlready = (address: Address) => held.some((v) => sameAddress(v.address, address));
  const isThere = ({ pool, next }: VipPlan) => (next?.pool ?? pool) === request.pool;
  const isInPool = request.pool === undefined || held.every(isThere);
  return request.addresses.every(isHeldAlready) && isInPool;
}

function move(
  draft: Draft,
  asking: Asking,
  of: { request: Request; held: readonly VipPlan[] },
): Result<readonly VipPlan[], Reason> {
  const pools = choosePools(asking, of.request);
  if (!pools.ok) return pools;
  const space = pools.value[0];
  if (space === undefined) return refused(reason('NoPool', { why: 'none fits the request' }));
  const addresses = wishedAddresses(draft, asking, { ...of, space });
  if (!addresses.ok) return addresses;
  const stays = (vip: VipPlan) => addresses.value.some((a) => sameAddress(a, vip.address));
  const staying = of.held.filter(stays);
  const fresh = addresses.value.filter(
    (address) => !of.held.some((vip) => sameAddress(vip.address, address)),
  );
  const taking = { pool: space.pool, addresses: fresh, beside: staying };
  const taken = takeAll(draft, asking.service, taking);
  return taken.ok ? ok([...staying, ...taken.value]) : taken;
}

function wishedAddresses(
  draft: Draft,
  asking: Asking,
  of: { request: Request; held: readonly VipPlan[]; space: PoolSpace },
): Result<readonly Address[], Reason> {
  const { service } = asking;
  const { request, held, space } = of;
  if (request.addresses.length === 0) {
    return offer(draft, space, { service, families: familiesOf(service), request });
  }
  for (const address of request.addresses) {
    if (held.some((vip) => sameAddress(vip.address, address))) continue;
    const may = allowed(draft, space, { service, family: address.family, address });
    if (!may.ok) return may;
  }
  return ok(request.addresses);
}
