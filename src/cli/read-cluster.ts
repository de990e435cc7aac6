import { isPrepared, mayBeOurs } from '../allocate/claims.ts';
import type { Reading, Unread } from '../explain/picture.ts';
import { resources } from '../kube/api-path.ts';
import { KubeError } from '../kube/kube-error.ts';
import { ownResources } from '../kube/own-resources.ts';
import type { ClusterSnapshot, Node, NodeLease, Pool, Service, VipNode } from '../model/objects.ts';
import { type Lease, parseLease, parseNamespace, parseNode } from '../model/parse-cluster.ts';
import { parsePool } from '../model/parse-pool.ts';
import { parseService } from '../model/parse-service.ts';
import { parseInstance, parseVip } from '../model/parse-vip.ts';
import { parseVipNode } from '../model/parse-vip-node.ts';
import { parsePolicy, withPolicies } from '../model/policies.ts';
import { CliError } from './cli-error.ts';
import type { Cluster } from './cluster.ts';
import {
  type ControllerSettings,
  controllerSettings,
  usualSettings,
} from './controller-settings.ts';
import { type Listed, listAll } from './list.ts';
import { readLeader } from './read-leader.ts';

/** Reads everything that the controller decides from, as far as the user may. */
export async function readCluster(cluster: Cluster): Promise<Reading> {
  const found = await controllerSettings(cluster);
  const settings = found ?? usualSettings;
  const lists = await readLists(cluster);
  const lease = await readLeader(cluster, settings.leaseName);
  const { services, leases, nodes, vipNodes } = lists;
  const unread = [...unreadOf(lists), ...(lease === undefined ? [leaderUnread] : [])];
  const nowMs = cluster.nowMs();
  const names = { nodes: nodes.values, vipNodes: vipNodes.values };
  const snapshot: ClusterSnapshot = {
    nowMs,
    isDefaultClass: found?.isDefaultClass ?? isServingClassless(services.values),
    pools: lists.pools.values.map((pool) => withDefaults(pool, settings)),
    services: withPolicies(services.values, lists.policies.values),
    namespaces: lists.namespaces.values,
    vips: lists.vips.values,
    instances: lists.instances.values,
    nodes: nodes.values,
    leases:
      leases.forbidden === undefined
        ? leases.values.map((one) => sightingOf(one, nowMs))
        : takenForFresh(names, nowMs),
    vipNodes: vipNodes.values,
  };
  return { snapshot, lease, unread };
}

/** Where a pool's pods may run is where its VIPs may be. */
export function withDefaults(pool: Pool, { tolerations }: ControllerSettings): Pool {
  return { ...pool, tolerations: [...tolerations, ...pool.tolerations] };
}

type Lists = Awaited<ReturnType<typeof readLists>>;

async function readLists(cluster: Cluster) {
  const own = <T>(plural: keyof typeof ownResources, project: (raw: unknown) => T | undefined) =>
    installed(() => listAll(cluster, { resource: ownResources[plural] }, project));
  const inLeases = { resource: resources.leases, namespace: 'kube-node-lease' };
  const [pools, policies, vips, instances, vipNodes] = await Promise.all([
    own('vipPools', parsePool),
    own('vipPolicies', parsePolicy),
    own('vips', parseVip),
    own('vrrpInstances', parseInstance),
    own('vipNodes', parseVipNode),
  ]);
  const [services, namespaces, nodes, leases] = await Promise.all([
    readServices(cluster),
    listAll(cluster, { resource: resources.namespaces }, parseNamespace),
    listAll(cluster, { resource: resources.nodes }, parseNode),
    listAll(cluster, inLeases, parseLease),
  ]);
  return { pools, policies, vips, instances, vipNodes, services, namespaces, nodes, leases };
}

async function installed<T>(read: () => Promise<Listed<T>>): Promise<Listed<T>> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof KubeError) || error.code !== 'NotFound') throw error;
    const remedy = 'install Fairlead, or name another cluster by --kubeconfig or --context';
    throw new CliError(3, `this cluster knows no VipPools: ${remedy}`);
  }
}

/** Of all namespaces, else of the one asked about. */
async function readServices(cluster: Cluster): Promise<Listed<Service>> {
  const resource = resources.services;
  const all = await listAll(cluster, { resource }, concerningService);
  if (all.forbidden === undefined) return all;
  const { namespace } = cluster;
  const own = await listAll(cluster, { resource, namespace }, concerningService);
  const { values } = own;
  return { values, forbidden: all.forbidden };
}

function concerningService(raw: unknown): Service | undefined {
  const service = parseService(raw);
  return service !== undefined && mayBeOurs(service) ? service : undefined;
}

/** Where the controller's flags are not to be seen, what it does tells. */
function isServingClassless(services: readonly Service[]): boolean {
  return services.some(
    (service) =>
      service.type === 'LoadBalancer' &&
      service.loadBalancerClass === undefined &&
      isPrepared(service) &&
      !service.deleting,
  );
}

function sightingOf({ node, renewTime }: Lease, nowMs: number): NodeLease {
  return { node, seenMs: Math.min(nowMs, Date.parse(renewTime) || 0) };
}

/** Nobody is called dead whose Lease could not be read; that it was not is said. */
function takenForFresh(
  { nodes, vipNodes }: { nodes: readonly Node[]; vipNodes: readonly VipNode[] },
  nowMs: number,
): NodeLease[] {
  const names = new Set([...nodes, ...vipNodes].map(({ name }) => name));
  return [...names].sort().map((node) => ({ node, seenMs: nowMs }));
}

function unreadOf(lists: Lists): Unread[] {
  const kinds = Object.entries(lists) as [keyof Lists, Listed<unknown>][];
  return kinds.flatMap(([kind, { forbidden }]) =>
    forbidden === undefined ? [] : [{ kind, sentence: `${forbidden}; ${remedy}` }],
  );
}

const remedy = 'ClusterRole fairlead-viewer allows it';

const leaderUnread: Unread = {
  kind: 'lease',
  sentence: `you may not get the controller’s lease, so who leads is not known; ${remedy}`,
};
