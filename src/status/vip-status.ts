import type { ClusterView } from '../model/cluster-view.ts';
import type { Instance, Vip } from '../model/objects.ts';
import { apiVersion } from '../tables/names.ts';
import { holderOf } from './holders.ts';
import type { Part } from './status-part.ts';

/** What a Vip's status should say: the node that answers on it. */
export function vipStatus(view: ClusterView, vip: Vip, instance: Instance | undefined): Part {
  const isServed = vip.phase === 'Held' || vip.phase === 'Stranded';
  const node = isServed && instance !== undefined ? holderOf(view, instance) : undefined;
  if (node === vip.statusNode) return { events: [] };
  const { name, uid } = vip;
  const regarding = { apiVersion, kind: 'Vip', name, uid };
  return { write: { regarding, status: node === undefined ? {} : { node } }, events: [] };
}
