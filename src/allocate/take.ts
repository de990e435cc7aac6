import { by } from '../lib/order.ts';
import type { Pool, Service, Vip, VipHolder } from '../model/objects.ts';
import { stayingHolders } from '../model/vip-holders.ts';
import type { Address } from '../net/address.ts';
import { vipName } from '../net/format-address.ts';
import { vipFinalizer } from '../tables/names.ts';
import { type Draft, isHeld, type VipPlan } from './draft.ts';
import { countUse } from './quota.ts';
import { readingOf } from './reading.ts';
import { rememberShared } from './sharing.ts';

/** Where a Service's new address comes from. */
export type Taking = { readonly pool: Pool; readonly address: Address; readonly instance: string };

/**
 * Gives the Service the address: beside those it may share it with (A32), or alone, taking over the
 * Vip of one that cools down (A16) or was kept for it (A61).
 */
export function take(draft: Draft, service: Service, taking: Taking): VipPlan {
  const before = draft.vips.get(vipName(taking.address));
  const vip = before !== undefined && isHeld(before) ? before : freshVip(draft, taking);
  return place(draft, { ...vip, holders: withHolder(vip.holders, readingOf(service).holder) });
}

function freshVip(draft: Draft, { address, pool, instance }: Taking): VipPlan {
  draft.loads.set(instance, (draft.loads.get(instance) ?? 0) + 1);
  draft.taken[address.family].add(address.value);
  return {
    ...{
      name: vipName(address),
      address,
      pool: pool.name,
      instance,
      next: undefined,
      previousInstance: undefined,
    },
    holders: [],
    ...{ phase: 'Held', phaseSinceMs: draft.snapshot.nowMs, awaitedNodes: [] },
    finalizers: [vipFinalizer],
  };
}

/** Puts a held Vip into the draft and its indexes. */
export function place(draft: Draft, vip: VipPlan): VipPlan {
  draft.vips.set(vip.name, vip);
  countUse(draft, vip);
  rememberShared(draft, vip);
  return vip;
}

/** Holders in the order of the API object. */
export const byUid = by<VipHolder>((holder) => holder.uid);

function withHolder(holders: readonly VipHolder[], holder: VipHolder): readonly VipHolder[] {
  return [...holders.filter(({ uid }) => uid !== holder.uid), holder].toSorted(byUid);
}

/** Takes an address from one of its holders, who lives on without it; the others keep it. */
export function giveBack(draft: Draft, vip: VipPlan, uid: string): void {
  const { nowMs } = draft.snapshot;
  const leaving = { retainSeconds: 0, leavingSinceMs: nowMs };
  const holders = vip.holders.map((h) => (h.uid === uid ? { ...h, ...leaving } : h));
  if (stayingHolders({ holders }).length > 0) place(draft, { ...vip, holders });
  else if (isOnlyPlanned(draft, vip)) forget(draft, vip);
  else release(draft, vip, holders);
}

/** Given and given back by the same run: no node has heard of it. */
function isOnlyPlanned({ snapshot }: Draft, { name }: VipPlan): boolean {
  return !snapshot.vips.some((vip) => vip.name === name && isHeld(vip));
}

function forget(draft: Draft, { name }: VipPlan): void {
  const before = draft.snapshot.vips.find((vip) => vip.name === name);
  if (before === undefined) draft.vips.delete(name);
  else draft.vips.set(name, before);
}

/**
 * Begins the withdrawal of an address from all its holders (A57). `holders` are those it had, with
 * what is still to be kept for them (A61).
 */
export function release(draft: Draft, vip: VipPlan, holders: Vip['holders']): void {
  const phaseSinceMs = draft.snapshot.nowMs;
  const released = { ...vip, next: undefined, holders, phaseSinceMs };
  draft.vips.set(vip.name, { ...released, phase: 'Releasing' });
}
