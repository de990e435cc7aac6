import type { Service, VipHolder } from '../model/objects.ts';
import { holdersPerVipMax } from '../tables/limits.ts';
import type { Draft, VipPlan } from './draft.ts';
import { readingOf } from './reading.ts';

/** What of a holder decides whether others may be on its address. */
export type Claim = Pick<VipHolder, 'namespace' | 'sharingKey' | 'ports'>;

/**
 * Why two Services may not have one address (A32–A34); `undefined` when they may: one namespace,
 * one key, no port in both. The end of a sentence about the holder.
 */
export function whyNotShared(holder: Claim, claim: Claim): string | undefined {
  if (holder.namespace !== claim.namespace) return 'which is in another namespace';
  if (holder.sharingKey === undefined) return 'which shares with nobody (it has no sharing key)';
  if (holder.sharingKey !== claim.sharingKey) return 'which has another sharing key';
  const both = claim.ports.find(({ protocol, port }) =>
    holder.ports.some((other) => other.protocol === protocol && other.port === port),
  );
  return both === undefined ? undefined : `which has ${both.protocol} port ${both.port} as well`;
}

/** Whether a Service with this claim may join everybody who is on the address or leaves it. */
export function mayJoin({ holders }: Pick<VipPlan, 'holders'>, claim: Claim): boolean {
  const isRoom = holders.length < holdersPerVipMax;
  return isRoom && holders.every((holder) => whyNotShared(holder, claim) === undefined);
}

/** The Vips of Services that the claim could share with, in no particular order. */
export function sharableVips(draft: Draft, claim: Claim): readonly VipPlan[] {
  if (claim.sharingKey === undefined) return [];
  const names = draft.shared.get(keyOf(claim)) ?? [];
  return [...names]
    .flatMap((name) => draft.vips.get(name) ?? [])
    .filter((vip) => vip.phase === 'Held' && mayJoin(vip, claim));
}

/** Keeps the index of shared addresses current. */
export function rememberShared(draft: Draft, vip: VipPlan): void {
  for (const holder of vip.holders) {
    if (holder.sharingKey === undefined) continue;
    const key = keyOf(holder);
    draft.shared.set(key, (draft.shared.get(key) ?? new Set()).add(vip.name));
  }
}

/** Neither a namespace nor a key contains a blank. */
function keyOf({ namespace, sharingKey }: Claim): string {
  return `${namespace} ${sharingKey}`;
}

/** What a Service claims on an address. */
export function claimOf(service: Service): Claim {
  const { namespace, ports } = service;
  return { namespace, ports, sharingKey: readingOf(service).settings.sharingKey };
}
