import type { Operation } from '../../src/allocate/operations.ts';
import { canonicalJson } from '../../src/model/canonical-json.ts';
import type {
  ClusterSnapshot,
  Instance,
  Namespace,
  Node,
  Pool,
  Service,
  Vip,
  VipNode,
} from '../../src/model/objects.ts';
import { parseNamespace, parseNode } from '../../src/model/parse-cluster.ts';
import { parsePool } from '../../src/model/parse-pool.ts';
import { parseService } from '../../src/model/parse-service.ts';
import { parseInstance, parseVip } from '../../src/model/parse-vip.ts';
import { parseVipNode } from '../../src/model/parse-vip-node.ts';
import { formatTimestamp } from '../../src/model/timestamp.ts';
import { instanceDigest } from '../../src/model/vips-digest.ts';
import type { ClusterStatus } from '../../src/status/cluster-status.ts';

/** The clock of all built clusters: 2026-01-01T00:00:00Z. */
export const startMs = 1_767_225_600_000;

type Fields = Readonly<Record<string, unknown>>;

/** A VipPool as its author writes it: `aPool('edge', ['10.40.0.8/29'])`. */
export function aPool(
  name: string,
  addresses: readonly string[],
  more: { spec?: Fields; ageSeconds?: number; metadata?: Fields } = {},
): Pool {
  const metadata = metadataOf(name, more.ageSeconds ?? 1000, more.metadata);
  return must(parsePool({ metadata, spec: { addresses, ...more.spec } }));
}

/**
 * A Service of our class with the finalizer; `aService('shop/web', { families: ['IPv4', 'IPv6']
 * })`.
 */
export function aService(
  key: string,
  more: {
    spec?: Fields;
    families?: readonly string[];
    annotations?: Fields;
    labels?: Fields;
    ageSeconds?: number;
    metadata?: Fields;
    ingress?: readonly string[];
    conditions?: readonly unknown[];
  } = {},
): Service {
  const [namespace = '', name = ''] = key.split('/');
  const families = more.families ?? ['IPv4'];
  const metadata = {
    ...metadataOf(name, more.ageSeconds ?? 100),
    ...{ namespace, uid: `uid-${key}`, annotations: more.annotations, labels: more.labels },
    finalizers: ['fairlead.dev/vip-cleanup', 'service.kubernetes.io/load-balancer-cleanup'],
    ...more.metadata,
  };
  const spec = {
    type: 'LoadBalancer',
    loadBalancerClass: 'fairlead.dev/vip',
    clusterIPs: families.map((family) => (family === 'IPv4' ? '10.96.0.10' : 'fd00:96::a')),
    ipFamilies: families,
    ipFamilyPolicy: families.length > 1 ? 'RequireDualStack' : 'SingleStack',
    ports: [{ name: '', protocol: 'TCP', port: 80 }],
    ...more.spec,
  };
  const ingress = more.ingress?.map((ip) => ({ ip, ipMode: 'Proxy' }));
  const status = { loadBalancer: { ingress }, conditions: more.conditions };
  return must(parseService({ metadata, spec, status }));
}

/** A node `node-1` … with its agent's report: eth0 on 10.40.0.0/16 and 2001:db8::/32, alive. */
export function aNode(index: number, more: { metadata?: Fields; spec?: Fields } = {}): Node {
  const metadata = metadataOf(`node-${index}`, 5000, more.metadata);
  return must(parseNode({ metadata, spec: more.spec }));
}

/** What the agent of a node reports. */
export function aVipNode(index: number, status: Fields = {}): VipNode {
  const addresses = [`10.40.255.${index}/16`, `2001:db8:ffff::${index}/32`, `fe80::${index}/64`];
  const eth0 = { name: 'eth0', mac: `02:00:00:00:00:0${index}`, addresses };
  return must(
    parseVipNode({
      metadata: metadataOf(`node-${index}`, 5000),
      status: { interfaces: [eth0], ...status },
    }),
  );
}

/** A cluster of three nodes (or `nodes`) with what is given. */
export function aSnapshot(
  more: Partial<ClusterSnapshot> & { nodeCount?: number } = {},
): ClusterSnapshot {
  const { nodeCount = 3, ...given } = more;
  const indexes = Array.from({ length: nodeCount }, (_, index) => index + 1);
  return {
    nowMs: startMs,
    isDefaultClass: false,
    pools: [],
    services: [],
    namespaces: ['shop', 'blog', 'dns'].map(aNamespace),
    vips: [],
    instances: [],
    nodes: indexes.map((index) => aNode(index)),
    leases: indexes.map((index) => ({ node: `node-${index}`, seenMs: startMs })),
    vipNodes: indexes.map((index) => aVipNode(index)),
    ...given,
  };
}

/** A namespace labelled with its own name. */
export function aNamespace(name: string): Namespace {
  const labels = { 'kubernetes.io/metadata.name': name };
  return must(parseNamespace({ metadata: { name, labels } }));
}

/** The snapshot after the API server took every operation: what a watch would show next. */
export function applied(
  snapshot: ClusterSnapshot,
  operations: readonly Operation[],
): ClusterSnapshot {
  const vips = new Map(snapshot.vips.map((vip) => [vip.name, vip]));
  const instances = new Map(snapshot.instances.map((instance) => [instance.name, instance]));
  for (const operation of operations) {
    if (operation.kind.startsWith('vip-')) applyToVips(vips, operation, snapshot.nowMs);
    else applyToInstances(instances, operation, snapshot.nowMs);
  }
  return { ...snapshot, vips: [...vips.values()], instances: [...instances.values()] };
}

function applyToVips(vips: Map<string, Vip>, operation: Operation, nowMs: number): void {
  const before = vips.get(operation.name);
  if (operation.kind === 'vip-delete' || operation.kind === 'vip-unlock') {
    vips.delete(operation.name);
  } else if (operation.kind === 'vip-create' || operation.kind === 'vip-update') {
    if ((operation.kind === 'vip-create') !== (before === undefined)) throw new Error('409');
    const { name, finalizers, spec } = operation;
    const metadata = { ...objectMetadata(name, before, nowMs), finalizers };
    const { statusNode: node, statusServices: services, conditions } = before ?? {};
    const status = { node, services, conditions };
    vips.set(name, must(parseVip({ metadata, spec, status })));
  }
}

function applyToInstances(
  instances: Map<string, Instance>,
  operation: Operation,
  nowMs: number,
): void {
  const before = instances.get(operation.name);
  if (operation.kind === 'instance-delete') instances.delete(operation.name);
  if (operation.kind !== 'instance-create' && operation.kind !== 'instance-update') return;
  const { name, spec } = operation;
  if ((operation.kind === 'instance-create') !== (before === undefined)) throw new Error('409');
  const metadata = objectMetadata(name, before, nowMs);
  instances.set(name, must(parseInstance({ metadata, spec })));
}

function objectMetadata(name: string, before: Vip | Instance | undefined, nowMs: number): Fields {
  const generation = (before?.generation ?? 0) + 1;
  const createdMs = before !== undefined && 'createdMs' in before ? before.createdMs : nowMs;
  return {
    ...{ name, uid: `uid-${name}`, generation, resourceVersion: String(generation) },
    creationTimestamp: formatTimestamp(createdMs),
  };
}

function metadataOf(name: string, ageSeconds: number, more: Fields = {}): Fields {
  const creationTimestamp = formatTimestamp(startMs - ageSeconds * 1000);
  return { name, uid: `uid-${name}`, generation: 1, creationTimestamp, ...more };
}

function must<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the built object is none');
  return value;
}

/**
 * The snapshot after the agents did what it says and reported: every member runs the latest
 * generation with all Vips programmed, `holder` holds. Nodes in `except` keep their old report,
 * those in `without` report no instance.
 */
export function reporting(
  snapshot: ClusterSnapshot,
  holder: string,
  but: { except?: readonly string[]; without?: readonly string[] } = {},
): ClusterSnapshot {
  const vipNodes = snapshot.vipNodes.map((vipNode) => {
    if (but.except?.includes(vipNode.name)) return vipNode;
    const runs = snapshot.instances.filter(
      ({ members }) =>
        !but.without?.includes(vipNode.name) &&
        members.some(({ node, state }) => node === vipNode.name && state === 'Member'),
    );
    const instances = runs.map(({ name, pool, generation, move }) => ({
      ...{ name, pool, generation, held: vipNode.name === holder, moveSerial: move?.serial ?? 0 },
      digest: instanceDigest(name, snapshot.vips),
      disputeSeen: '',
    }));
    const pools = [...new Set(runs.map(({ pool }) => pool))];
    return { ...vipNode, instances, pools: pools.map((name) => ({ name, ready: true })) };
  });
  return { ...snapshot, vipNodes };
}

/** The snapshot after the API server took every status and finalizer. */
export function written(
  snapshot: ClusterSnapshot,
  said: Pick<ClusterStatus, 'statuses' | 'finalizers'>,
): ClusterSnapshot {
  const statusOf = (kind: string, uid: string) => {
    const write = said.statuses.find((w) => w.regarding.kind === kind && w.regarding.uid === uid);
    return write?.status as Record<string, never> | undefined;
  };
  return {
    ...snapshot,
    services: snapshot.services.map((service) => {
      const status = statusOf('Service', service.uid);
      if (status === undefined) return service;
      const { ingress = [] } = status['loadBalancer'] ?? {};
      return { ...service, ingress, conditions: status['conditions'] ?? [] };
    }),
    pools: snapshot.pools.map((pool) => {
      const status = statusOf('VipPool', pool.uid);
      const write = said.finalizers.find(({ regarding }) => regarding.uid === pool.uid);
      const finalizers = write?.finalizers ?? pool.finalizers;
      if (status === undefined) return { ...pool, finalizers };
      const { conditions = [], ...numbers } = status;
      return { ...pool, finalizers, conditions, statusText: canonicalJson(numbers) };
    }),
    vips: snapshot.vips.map((vip) => {
      const status = statusOf('Vip', vip.uid);
      if (status === undefined) return vip;
      const { node, services, conditions = [] } = status;
      return { ...vip, statusNode: node, statusServices: services, conditions };
    }),
    instances: snapshot.instances.map((instance) => {
      const status = statusOf('VrrpInstance', instance.uid);
      if (status === undefined) return instance;
      const { holder, members, conditions = [] } = status;
      return { ...instance, statusHolder: holder, statusMembers: members, conditions };
    }),
  };
}
