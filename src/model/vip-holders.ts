import type { Vip, VipHolder } from './objects.ts';

/** The Services that have the address, without those whose withdrawal is under way. */
export function stayingHolders({ holders }: Pick<Vip, 'holders'>): readonly VipHolder[] {
  return holders.filter(({ leavingSinceMs }) => leavingSinceMs === undefined);
}

/** Whether the Service is one of those that have the address; the UID decides (A5, R11). */
export function isStaying(vip: Pick<Vip, 'holders'>, uid: string): boolean {
  return stayingHolders(vip).some((holder) => holder.uid === uid);
}

/** `shop/web, shop/api`: the holders as people name them, sorted. */
export function holderNames({ holders }: Pick<Vip, 'holders'>): string {
  const names = holders.map(({ namespace, name }) => `${namespace}/${name}`);
  return [...new Set(names)].sort().join(', ');
}
