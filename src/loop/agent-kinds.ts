import { apiPath, resources } from '../kube/api-path.ts';
import { ownResources } from '../kube/own-resources.ts';
import type { RawObject } from '../kube/raw-object.ts';
import type {
  EndpointSlice,
  Instance,
  Node,
  Policy,
  Pool,
  Service,
  Vip,
} from '../model/objects.ts';
import { parseEndpointSlice, parseNode } from '../model/parse-cluster.ts';
import { parsePool } from '../model/parse-pool.ts';
import { parseService } from '../model/parse-service.ts';
import { parseInstance, parseVip } from '../model/parse-vip.ts';
import { parsePolicy } from '../model/policies.ts';
import type { VipNodeStatus } from '../status/vip-node-status.ts';
import type { WatchedKind } from './watches.ts';

/** What an agent watches: everything its pools may need, and of nodes only its own. */
export type AgentKinds = {
  services: Service;
  slices: EndpointSlice;
  policies: Policy;
  pools: Pool;
  vips: Vip;
  instances: Instance;
  node: Node;
  vipNode: OwnVipNode;
};

/** The agent's own report as the API server has it. */
export type OwnVipNode = { readonly uid: string; readonly status: VipNodeStatus | undefined };

/** Paths and projections for the agent of `node`. */
export function agentKinds(node: string): {
  readonly [Name in keyof AgentKinds]: WatchedKind<AgentKinds[Name]>;
} {
  const only = { fieldSelector: `metadata.name=${node}` };
  return {
    services: { path: apiPath(resources.services), project: loadBalancer },
    slices: {
      path: apiPath(resources.endpointSlices),
      query: { labelSelector: 'kubernetes.io/service-name' },
      project: parseEndpointSlice,
    },
    policies: { path: apiPath(ownResources.vipPolicies), project: parsePolicy },
    pools: { path: apiPath(ownResources.vipPools), project: parsePool },
    vips: { path: apiPath(ownResources.vips), project: wantedVip },
    instances: { path: apiPath(ownResources.vrrpInstances), project: parseInstance },
    node: { path: apiPath(resources.nodes), query: only, project: parseNode },
    vipNode: {
      path: apiPath(ownResources.vipNodes),
      query: only,
      project: ownVipNode,
      isQuiet: true,
    },
  };
}

/** What is wanted of a Vip, without its status: that is for people, and must wake no agent. */
function wantedVip(raw: unknown): Vip | undefined {
  const vip = parseVip(raw);
  const nothing = { statusNode: undefined, statusServices: undefined, conditions: [] };
  return vip && { ...vip, ...nothing };
}

function loadBalancer(raw: unknown): Service | undefined {
  const service = parseService(raw);
  return service?.type === 'LoadBalancer' ? service : undefined;
}

function ownVipNode(raw: RawObject): OwnVipNode {
  return { uid: raw.metadata.uid ?? '', status: raw['status'] as VipNodeStatus | undefined };
}
