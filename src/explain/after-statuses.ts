import { canonicalJson } from '../model/canonical-json.ts';
import type { ClusterSnapshot, Condition, Ingress } from '../model/objects.ts';
import type { ClusterStatus } from '../status/cluster-status.ts';

/** The parts of a status that are read back, whatever the kind. */
type Said = {
  readonly conditions?: readonly Condition[];
  readonly loadBalancer?: { readonly ingress?: readonly Ingress[] };
  readonly node?: string;
  readonly services?: string;
  readonly holder?: string;
  readonly members?: string;
};

/** The snapshot as it would be once the API server took every status and finalizer. */
export function afterStatuses(
  snapshot: ClusterSnapshot,
  said: Pick<ClusterStatus, 'statuses' | 'finalizers'>,
): ClusterSnapshot {
  const statuses = new Map(said.statuses.map((write) => [write.regarding.uid, write.status]));
  const statusOf = (uid: string) => statuses.get(uid) as Said | undefined;
  const finalizers = new Map(said.finalizers.map((write) => [write.regarding.uid, write]));
  const withFinalizers = <T extends { readonly uid: string; readonly finalizers: unknown }>(
    object: T,
  ): T => ({ ...object, finalizers: finalizers.get(object.uid)?.finalizers ?? object.finalizers });
  return {
    ...snapshot,
    services: snapshot.services.map(withFinalizers).map((service) => {
      const status = statusOf(service.uid);
      if (status === undefined) return service;
      const { loadBalancer, conditions = [] } = status;
      const foreign = service.conditions.filter(({ type }) => !type.startsWith('fairlead.dev/'));
      const ingress = loadBalancer?.ingress ?? [];
      return { ...service, ingress, conditions: [...foreign, ...conditions] };
    }),
    pools: snapshot.pools.map(withFinalizers).map((pool) => {
      const status = statusOf(pool.uid);
      if (status === undefined) return pool;
      const { conditions = [], ...numbers } = status;
      return { ...pool, conditions, statusText: canonicalJson(numbers) };
    }),
    vips: snapshot.vips.map((vip) => {
      const status = statusOf(vip.uid);
      if (status === undefined) return vip;
      const { node, services, conditions = [] } = status;
      return { ...vip, statusNode: node, statusServices: services, conditions };
    }),
    instances: snapshot.instances.map((instance) => {
      const status = statusOf(instance.uid);
      if (status === undefined) return instance;
      const { holder, members, conditions = [] } = status;
      return { ...instance, statusHolder: holder, statusMembers: members, conditions };
    }),
  };
}
