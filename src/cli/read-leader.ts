import type { LeaderLease } from '../explain/picture.ts';
import { resources } from '../kube/api-path.ts';
import { KubeError } from '../kube/kube-error.ts';
import { leaseRecordOf } from '../kube/lease-record.ts';
import type { Cluster } from './cluster.ts';
import { usualSettings } from './controller-settings.ts';
import { readObject } from './list.ts';

/** The Lease by which controllers elect their leader; `undefined` where it may not be read. */
export async function readLeader(
  cluster: Cluster,
  leaseName: string = usualSettings.leaseName,
): Promise<LeaderLease | undefined> {
  const { systemNamespace: namespace } = cluster;
  const name = `${namespace}/${leaseName}`;
  try {
    const raw = await readObject(cluster, resources.leases, { namespace, name: leaseName });
    if (raw === undefined) return { name, holder: '', renewedMs: undefined, leaseMs: 0 };
    const { holder, leaseMs, renewTime } = leaseRecordOf(raw);
    return { name, holder, renewedMs: Date.parse(renewTime) || undefined, leaseMs };
  } catch (error) {
    if (error instanceof KubeError && error.code === 'Forbidden') return undefined;
    throw error;
  }
}
