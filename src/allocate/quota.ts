import type { Service } from '../model/objects.ts';
import { selects } from '../model/parse-selector.ts';
import { isStaying } from '../model/vip-holders.ts';
import type { Family } from '../net/address.ts';
import { type Reason, reason } from '../tables/reasons.ts';
import { type Draft, isCarried, isHeld, type VipPlan } from './draft.ts';
import type { PoolSpace } from './pool-space.ts';

/**
 * Why the Service's namespace may have no further address of the family in this pool (A62);
 * `undefined` when it may. What it holds already is never taken away (A63).
 */
export function whyOverQuota(
  draft: Draft,
  { pool }: PoolSpace,
  of: { readonly service: Service; readonly family: Family },
): Reason | undefined {
  const { namespace } = of.service;
  const labels = draft.namespaces.get(namespace)?.labels ?? {};
  const limits = pool.quotas
    .filter((quota) => selects(quota.namespaceSelector, labels))
    .map((quota) => quota.maxAddresses);
  if (limits.length === 0) return undefined;
  const limit = Math.min(...limits);
  const used = usedBy(draft, pool.name, { namespace, family: of.family });
  if (used < limit || isReplacing(draft, pool.name, of)) return undefined;
  return reason('QuotaExceeded', { namespace, pool: pool.name, family: of.family, used, limit });
}

/** A Service that moves inside the pool gives one address back for the one it gets (A31). */
function isReplacing(
  draft: Draft,
  pool: string,
  { service, family }: { readonly service: Service; readonly family: Family },
): boolean {
  const names = draft.namespaceUse.get(useKey(pool, { namespace: service.namespace, family }));
  return [...(names ?? [])].some((name) => {
    const vip = draft.vips.get(name);
    return vip !== undefined && isHeld(vip) && isStaying(vip, service.uid);
  });
}

/** How many addresses count for a namespace; a shared one counts once. */
export function usedBy(
  draft: Draft,
  pool: string,
  of: { readonly namespace: string; readonly family: Family },
): number {
  return draft.namespaceUse.get(useKey(pool, of))?.size ?? 0;
}

/**
 * Held, being withdrawn, and kept for a deleted Service: a tenant must not collect addresses by
 * deleting Services. What cools down or is quarantined is nobody's.
 */
export function countsForQuota(vip: VipPlan): boolean {
  return isCarried(vip) || vip.phase === 'Retained';
}

/** Counts a Vip for the namespace of its holders, which are all of one (A33). */
export function countUse(draft: Draft, vip: VipPlan): void {
  const [holder] = vip.holders;
  if (holder === undefined || !countsForQuota(vip)) return;
  const key = useKey(vip.pool, { namespace: holder.namespace, family: vip.address.family });
  draft.namespaceUse.set(key, (draft.namespaceUse.get(key) ?? new Set()).add(vip.name));
}

function useKey(pool: string, of: { readonly namespace: string; readonly family: Family }): string {
  return `${pool} ${of.namespace} ${of.family}`;
}
