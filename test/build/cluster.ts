import { afterOperations } from '../../src/explain/after-operations.ts';
import { afterStatuses } from '../../src/explain/after-statuses.ts';
import type {
  ClusterSnapshot,
  Namespace,
  Node,
  Pool,
  Service,
  VipNode,
} from '../../src/model/objects.ts';
import { parseNamespace, parseNode } from '../../src/model/parse-cluster.ts';
import { parsePool } from '../../src/model/parse-pool.ts';
import { parseService } from '../../src/model/parse-service.ts';
import { parseVipNode } from '../../src/model/parse-vip-node.ts';
import { formatTimestamp } from '../../src/model/timestamp.ts';
import { instanceDigest } from '../../src/model/vips-digest.ts';
import type { ClusterStatus } from '../../src/status/cluster-status.ts';
import type { EventValue } from '../../src/status/events.ts';
import { withdrawnInstances } from '../../src/status/withdrawn-instances.ts';

/** The clock of all built clusters: 2026-01-01T00:00:00Z. */
export const startMs = 1_767_225_600_000;

type Fields = Readonly<Record<string, unknown>>;

/** The snapshot after the API server took every operation: what a watch would show next. */
export const applied = afterOperations;

/**
 * The snapshot after the API server took every status, and the finalizers of pools; those of
 * Services stay as they are, so that a test can look at what is to be written.
 */
export function written(
  snapshot: ClusterSnapshot,
  { statuses, finalizers }: Parameters<typeof afterStatuses>[1],
): ClusterSnapshot {
  const ofPools = finalizers.filter(({ regarding }) => regarding.kind === 'VipPool');
  return afterStatuses(snapshot, { statuses, finalizers: ofPools });
}

/** The events of everything a status is to be written to. */
export function eventsOf({ statuses }: ClusterStatus): readonly EventValue[] {
  return statuses.flatMap(({ events }) => events);
}

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
 * those in `without` say nothing of any instance.
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
    const running = instances.map(({ name }) => name);
    const withdrawn = but.without?.includes(vipNode.name)
      ? []
      : withdrawnInstances(vipNode.name, { vips: snapshot.vips, running });
    const ready = pools.map((name) => ({ name, ready: true }));
    return { ...vipNode, instances, withdrawn, pools: ready };
  });
  return { ...snapshot, vipNodes };
}
