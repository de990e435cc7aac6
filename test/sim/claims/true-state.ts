import type { ClusterSnapshot, NodeLease, Service, Vip } from '../../../src/model/objects.ts';
import { parseLease, parseNamespace, parseNode } from '../../../src/model/parse-cluster.ts';
import { parsePool } from '../../../src/model/parse-pool.ts';
import { parseService } from '../../../src/model/parse-service.ts';
import { parseInstance, parseVip } from '../../../src/model/parse-vip.ts';
import { parseVipNode } from '../../../src/model/parse-vip-node.ts';
import { isStaying, stayingHolders } from '../../../src/model/vip-holders.ts';
import { parsedAll } from '../server/parsed.ts';
import type { World } from '../world/world.ts';

/** The cluster as the API server has it now: what a controller without any delay would see. */
export function trueSnapshot(world: World): ClusterSnapshot {
  const all = <T>(plural: string, parse: (raw: unknown) => T | undefined): T[] =>
    parsedAll(world.list(plural), parse);
  return {
    nowMs: world.wallMs,
    isDefaultClass: false,
    pools: all('vippools', parsePool),
    services: all('services', parseService).filter(isConcerning),
    namespaces: all('namespaces', parseNamespace),
    vips: all('vips', parseVip),
    instances: all('vrrpinstances', parseInstance),
    nodes: all('nodes', parseNode),
    leases: world
      .list('leases')
      .filter(({ metadata }) => metadata.namespace === 'kube-node-lease')
      .flatMap((raw) => nodeLease(raw)),
    vipNodes: all('vipnodes', parseVipNode),
  };
}

function isConcerning({ type, finalizers }: Service): boolean {
  return type === 'LoadBalancer' || finalizers.length > 0;
}

function nodeLease(raw: unknown): NodeLease[] {
  const lease = parseLease(raw);
  if (lease === undefined) return [];
  return [{ node: lease.node, seenMs: Date.parse(lease.renewTime) }];
}

/** Whether clients are served on it. */
export function isServing(vip: Vip | undefined): vip is Vip {
  return vip?.phase === 'Held' || vip?.phase === 'Stranded';
}

/** The UIDs of those who have the address now, sorted; nobody of one that serves nobody. */
export function holdersOf(vip: Vip | undefined): readonly string[] {
  if (!isServing(vip)) return [];
  return stayingHolders(vip).map(({ uid }) => uid);
}

/** The Vips that a Service has. */
export function vipsOf(vips: readonly Vip[], uid: string): readonly Vip[] {
  return vips.filter((vip) => isServing(vip) && isStaying(vip, uid));
}
