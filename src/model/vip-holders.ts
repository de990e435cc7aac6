import { only } from '../lib/only.ts';
import type { Vip, VipHolder } from './objects.ts';

/** The Services that have the address, without those whose withdrawal is under way. */
export function stayingHolders({ holders }: Pick<Vip, 'holders'>): readonly VipHolder[] {
  return only(holders, stays);
}

function stays({ leavingSinceMs }: VipHolder): boolean {
  return leavingSinceMs === undefined;
}

/** Whether the Service is one of those that have the address; the UID decides (A5, R11). */
export function isStaying(vip: Pick<Vip, 'holders'>, uid: string): boolean {
  return stayingHolders(vip).some((holder) => holder.uid === uid);
}

/** Vips by the UID of each of their holders, or of those of them that `holdersOf` names. */
export function byHolder<Held extends Pick<Vip, 'holders'>>(
  vips: readonly Held[],
  holdersOf: (vip: Held) => readonly VipHolder[] = ({ holders }) => holders,
): ReadonlyMap<string, readonly Held[]> {
  const groups = new Map<string, Held[]>();
  for (const vip of vips) {
    for (const { uid } of holdersOf(vip)) {
      const own = groups.get(uid);
      if (own === undefined) groups.set(uid, [vip]);
      else own.push(vip);
    }
  }
  return groups;
}

/** `shop/web, shop/api`: the holders as people name them, sorted. */
export function holderNames({ holders }: Pick<Vip, 'holders'>): string {
  const names = holders.map(({ namespace, name }) => `${namespace}/${name}`);
  return [...new Set(names)].sort().join(', ');
}
