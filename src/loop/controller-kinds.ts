import { apiPath, resources } from '../kube/api-path.ts';
import { ownResources } from '../kube/own-resources.ts';
import type {
  Instance,
  Namespace,
  Node,
  NodeLease,
  Policy,
  Pool,
  Service,
  Vip,
  VipNode,
} from '../model/objects.ts';
import { parseLease, parseNamespace, parseNode } from '../model/parse-cluster.ts';
import { parsePool } from '../model/parse-pool.ts';
import {
  type DaemonSet,
  type PoolPod,
  parseDaemonSet,
  parsePoolPod,
} from '../model/parse-pool-pods.ts';
import { parseInstance, parseVip } from '../model/parse-vip.ts';
import { parseVipNode } from '../model/parse-vip-node.ts';
import { parsePolicy } from '../model/policies.ts';
import { concerningService } from './concerning-service.ts';
import { OwnWrites } from './own-writes.ts';
import type { WatchedKind } from './watches.ts';

/** What the controller watches: neither EndpointSlices nor Secrets. */
export type ControllerKinds = {
  services: Service;
  namespaces: Namespace;
  nodes: Node;
  leases: NodeLease;
  policies: Policy;
  pools: Pool;
  vips: Vip;
  instances: Instance;
  vipNodes: VipNode & { readonly uid: string };
  daemonSets: DaemonSet;
  pods: PoolPod;
};

/**
 * Paths and projections; `nowMs` is the clock that Leases are judged by. What we wrote ourselves is
 * not read a second time.
 */
export function controllerKinds(
  nodesNamespace: string,
  nowMs: () => number,
  written = new OwnWrites(),
): { readonly [Name in keyof ControllerKinds]: WatchedKind<ControllerKinds[Name]> } {
  const inNodes = { namespace: nodesNamespace };
  return {
    services: {
      path: apiPath(resources.services),
      project: written.services.orRead(concerningService),
    },
    namespaces: { path: apiPath(resources.namespaces), project: parseNamespace },
    nodes: { path: apiPath(resources.nodes), project: parseNode },
    leases: {
      path: apiPath(resources.leases, { namespace: 'kube-node-lease' }),
      project: leaseSightings(nowMs),
      isQuiet: true,
    },
    policies: { path: apiPath(ownResources.vipPolicies), project: parsePolicy },
    pools: {
      path: apiPath(ownResources.vipPools),
      project: written.pools.orRead(parsePool),
    },
    vips: { path: apiPath(ownResources.vips), project: written.vips.orRead(parseVip) },
    instances: {
      path: apiPath(ownResources.vrrpInstances),
      project: written.instances.orRead(parseInstance),
    },
    vipNodes: {
      path: apiPath(ownResources.vipNodes),
      project: (raw) => {
        const vipNode = parseVipNode(raw);
        return vipNode && { ...vipNode, uid: raw.metadata.uid ?? '' };
      },
    },
    daemonSets: { path: apiPath(resources.daemonSets, inNodes), project: parseDaemonSet },
    pods: { path: apiPath(resources.pods, inNodes), project: parsePoolPod },
  };
}

/**
 * When each node's Lease was last seen to change, by our own clock: a list that is read again makes
 * no dead node fresh. Of one never seen before its own time is believed, as far as it is past.
 */
function leaseSightings(nowMs: () => number): (raw: unknown) => NodeLease | undefined {
  const seen = new Map<string, { readonly renewTime: string; readonly seenMs: number }>();
  return (raw) => {
    const lease = parseLease(raw);
    if (lease === undefined) return undefined;
    const { node, renewTime } = lease;
    const before = seen.get(node);
    const firstMs = Math.min(nowMs(), Date.parse(renewTime) || nowMs());
    const changedMs = before === undefined ? firstMs : nowMs();
    const seenMs = before?.renewTime === renewTime ? before.seenMs : changedMs;
    seen.set(node, { renewTime, seenMs });
    return { node, seenMs };
  };
}
