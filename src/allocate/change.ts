import { ok, type Result, refused } from '../lib/result.ts';
import { type Address, sameAddress } from '../net/address.ts';
import { formatAddress } from '../net/format-address.ts';
import { type Reason, reason, sentence } from '../tables/reasons.ts';
import { chooseInstance, instanceCarries } from './choose-instance.ts';
import { type Asking, choosePools } from './choose-pools.ts';
import { type Draft, release, take, type VipPlan } from './draft.ts';
import { offer, whyTaken } from './grant.ts';
import { note } from './keep.ts';
import type { PoolSpace } from './pool-space.ts';
import { familiesOf, parseRequest, type Request } from './requests.ts';

/**
 * Meets a live Service's new request when it can be met, and keeps what it holds when not (A31). An
 * old address is released in the same run as the new one is taken: the data plane names a frontend
 * after the Service, so it cannot carry both.
 */
export function followRequest(
  draft: Draft,
  asking: Asking,
  held: readonly VipPlan[],
): readonly VipPlan[] {
  const request = parseRequest(asking.service);
  if (request.ok && isMet(request.value, held)) return held;
  const moved = request.ok ? move(draft, asking, { request: request.value, held }) : request;
  if (moved.ok) return moved.value;
  const texts = held.map((vip) => formatAddress(vip.address)).join(', ');
  const data = { held: texts, why: sentence(moved.problem) };
  note(draft, asking.service, reason('KeptDespiteRequest', data));
  return held;
}

/** Removing a request keeps the address (A31); a pool that is asked for again is no wish. */
function isMet(request: Request, held: readonly VipPlan[]): boolean {
  const isHeldAlready = (address: Address) => held.some((v) => sameAddress(v.address, address));
  const isInPool = request.pool === undefined || held.every((vip) => vip.pool === request.pool);
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
  const fresh = addresses.value.filter(
    (address) => !of.held.some((vip) => sameAddress(vip.address, address)),
  );
  const instance = instanceFor(draft, space, { held: of.held, addresses: addresses.value });
  if (!instance.ok) return instance;
  const stays = (vip: VipPlan) => addresses.value.some((a) => sameAddress(a, vip.address));
  for (const vip of of.held.filter((candidate) => !stays(candidate))) release(draft, vip);
  const taking = { pool: space.pool, instance: instance.value };
  const taken = fresh.map((address) => take(draft, asking.service, { ...taking, address }));
  return ok([...of.held.filter(stays), ...taken]);
}

function wishedAddresses(
  draft: Draft,
  asking: Asking,
  of: { request: Request; held: readonly VipPlan[]; space: PoolSpace },
): Result<readonly Address[], Reason> {
  const { service } = asking;
  if (of.request.addresses.length === 0) {
    return offer(draft, of.space, { service, families: familiesOf(service), request: of.request });
  }
  const foreign = of.request.addresses.filter(
    (address) => !of.held.some((vip) => sameAddress(vip.address, address)),
  );
  const taken = foreign.map((address) => whyTaken(draft, address, service)).find(Boolean);
  return taken === undefined ? ok(of.request.addresses) : refused(taken);
}

/** An address that stays keeps its instance, and both of a Service ride on one. */
function instanceFor(
  draft: Draft,
  space: PoolSpace,
  of: { held: readonly VipPlan[]; addresses: readonly Address[] },
): Result<string, Reason> {
  const beside = of.held.find((vip) => vip.pool === space.pool.name);
  const on = { instance: beside?.instance ?? '', addresses: of.addresses };
  if (instanceCarries(draft, space.pool, on)) return ok(on.instance);
  return chooseInstance(draft, space.pool, of.addresses);
}
