import type { Operation } from '../allocate/operations.ts';
import { by } from '../lib/order.ts';
import type { ClusterSnapshot } from '../model/objects.ts';
import { reason, sentence } from '../tables/reasons.ts';
import type { EventValue } from './events.ts';

/**
 * What the owners of Vips that somebody deleted by hand are told once those are made anew (A65):
 * the object of the Service keeps its address, but for a moment nothing locked it.
 */
export function restoredVips(
  { vips }: Pick<ClusterSnapshot, 'vips'>,
  operations: readonly Operation[],
): readonly EventValue[] {
  const created = new Set(operations.filter((o) => o.kind === 'vip-create').map((o) => o.name));
  const unlocked = new Set(operations.filter((o) => o.kind === 'vip-unlock').map((o) => o.name));
  return vips
    .filter(({ name }) => unlocked.has(name) && created.has(name))
    .toSorted(by(({ name }) => name))
    .flatMap(({ name: vip, holders }) =>
      holders.map(({ namespace, name, uid }) => ({
        regarding: { apiVersion: 'v1', kind: 'Service', namespace, name, uid },
        type: 'Warning' as const,
        reason: 'VipRestored',
        action: 'Restore',
        message: sentence(reason('VipRestored', { vip })),
      })),
    );
}
