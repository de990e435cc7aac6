/**
 * What the comparison of the model with a real API server writes: for each kind the bodies, and the
 * verbs that our writers (src/kube/apply.ts) and the simulator's actors use on it.
 */
import { type Fields, fields } from '../sim/server/api-object.ts';

export type Verb = 'create' | 'put' | 'merge' | 'apply' | 'delete';

/** A patch, or what somebody makes of the object as it was seen last. */
export type Patch = Fields | ((seen: Fields) => Fields);

export type Contents = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly collection: string;
  readonly verbs: readonly Verb[];
  readonly name: (run: number, which: number) => string;
  /** Bodies of creations and replacements, without metadata. */
  readonly bodies: (name: string) => readonly Fields[];
  /** For `/status`; of a kind without them everything goes to the object itself. */
  readonly statuses: readonly Fields[];
  /** Merge patches of the object itself. */
  readonly patches: readonly Patch[];
  /** Server-side applies of the object itself. */
  readonly applies?: readonly Fields[];
};

const ownApi = { apiVersion: 'fairlead.dev/v1alpha1' };
const own = '/apis/fairlead.dev/v1alpha1';
const shop = 'namespaces/shop';
const at = '2026-11-01T10:00:00Z';

const verbs = {
  ofLocks: ['create', 'create', 'put', 'merge', 'apply', 'delete'],
  ofReports: ['create', 'create', 'merge', 'apply', 'delete'],
  ofLeases: ['create', 'put', 'put', 'merge', 'delete'],
  ofWorkloads: ['apply', 'apply', 'merge', 'delete'],
  ofOthers: ['create', 'create', 'merge', 'delete'],
} as const satisfies Readonly<Record<string, readonly Verb[]>>;

function condition(type: string, status: string): Fields {
  return { type, status, reason: 'Because', message: 'so', lastTransitionTime: at };
}

const programmed = [condition('Programmed', 'True')];
const troubled = [condition('Other', 'False'), condition('Programmed', 'False')];

const vip = {
  ...{ pool: 'edge', instance: '192.0.2.0-24.100' },
  ...{ phase: 'Held', phaseSince: at },
};
const holder = {
  ...{ namespace: 'shop', name: 'web', uid: 'u1', ports: [{ protocol: 'TCP', port: 80 }] },
};

const vips: Contents = {
  ...{ ...ownApi, kind: 'Vip', collection: `${own}/vips`, verbs: verbs.ofLocks },
  name: (run, which) => `10.${Math.floor(run / 200)}.${run % 200}.${which}`,
  bodies: (address) => [
    { spec: { ...vip, address } },
    { spec: { ...vip, address, holders: [holder] } },
    { spec: { ...vip, address, phase: 'Cooling', holders: [{ ...holder, retainSeconds: 30 }] } },
    { spec: { ...vip, address, phase: 'Asleep' } },
    { spec: { ...vip, address, unknown: 'pruned' } },
    { spec: { ...vip, address: '192.0.2.250' } },
    {},
  ],
  statuses: [
    { node: 'n1' },
    {},
    { node: 'n2', services: 'shop/web', conditions: programmed },
    { conditions: troubled },
  ],
  patches: [
    { spec: { phase: 'Cooling' } },
    { spec: { instance: '192.0.2.0-24.101' } },
    { spec: { address: '192.0.2.9' } },
    {},
  ],
};

const instance = {
  ...{ pool: 'edge', anchor: '169.254.77.100', advertIntervalMilliseconds: 100 },
  members: [
    {
      ...{ node: 'n1', address: '10.99.0.11', interface: 'eth0', rank: 0 },
      ...{ state: 'Member', sinceGeneration: 1, since: at },
    },
  ],
};

/** `10.1.2.0-24.101` → segment and VRID. */
function lockOf(name: string): Fields {
  const end = name.lastIndexOf('.');
  return { segment: name.slice(0, end), vrid: Number(name.slice(end + 1)) };
}

const instances: Contents = {
  ...{ ...ownApi, kind: 'VrrpInstance', collection: `${own}/vrrpinstances` },
  verbs: verbs.ofLocks,
  name: (run, which) => `10.${Math.floor(run / 200)}.${run % 200}.0-24.${100 + which}`,
  bodies: (name) => [
    { spec: { ...instance, ...lockOf(name) } },
    { spec: { ...instance, ...lockOf(name), move: { serial: 1, from: 'n1', to: 'n2' } } },
    { spec: { ...instance, ...lockOf(name), members: [] } },
    { spec: { ...instance, ...lockOf(name), pool: 'other' } },
    { spec: { ...instance, ...lockOf(name), vrid: 99 } },
    { spec: { ...instance, ...lockOf(name), advertIntervalMilliseconds: 1 } },
  ],
  statuses: [
    { holder: 'n1', members: 'n1' },
    {},
    { holder: 'n2', conditions: programmed },
    { conditions: troubled },
  ],
  patches: [{ spec: { anchor: '169.254.77.101' } }, {}],
};

const pools: Contents = {
  ...{ ...ownApi, kind: 'VipPool', collection: `${own}/vippools`, verbs: verbs.ofLocks },
  name: (run, which) => `pool-${run}-${which}`,
  bodies: () => [
    { spec: { addresses: ['192.0.2.0/28'] } },
    { spec: { addresses: ['192.0.2.0/28'], priority: 3, quotas: [{ maxAddresses: 2 }] } },
    { spec: { addresses: ['2001:db8::/120'], announce: { vrrp: { maxMembers: 3 } } } },
    { spec: { addresses: [] } },
  ],
  statuses: [
    { observedGeneration: 1, waitingServices: 2 },
    { addresses: [{ family: 'IPv6', size: '9', used: '1', free: '8' }] },
    {
      addresses: [
        { family: 'IPv4', size: '9', used: '1', free: '8' },
        { family: 'IPv6', size: '9', used: '0', free: '9' },
      ],
      conditions: [condition('Valid', 'True'), condition('Ready', 'False')],
    },
    { conditions: [condition('Ready', 'True')] },
  ],
  patches: [{ spec: { priority: 5 } }, { spec: { addresses: ['192.0.2.16/28'] } }, {}],
};

const report = { pool: 'edge', generation: 1, held: true, digest: 'd1' };

const nodeReports: Contents = {
  ...{ ...ownApi, kind: 'VipNode', collection: `${own}/vipnodes`, verbs: verbs.ofReports },
  name: (run, which) => `node-${run}-${which}`,
  bodies: () => [{ spec: {} }, {}],
  statuses: [
    { pools: [{ name: 'edge', ready: true }], heldInstances: 0, observedTime: at },
    {
      interfaces: [{ name: 'eth0' }],
      instances: [
        { ...report, name: 'b' },
        { ...report, name: 'a', moveSerial: 1 },
      ],
    },
    { instances: [{ ...report, name: 'a' }], conditions: [condition('Ready', 'True')] },
    { heldInstances: 2_000 },
  ],
  patches: [{}],
};

const ports = [{ name: 'http', protocol: 'TCP', port: 80 }];
const balancer = { type: 'LoadBalancer', loadBalancerClass: 'fairlead.dev/vip', ports };

function ingress(ip: string): Fields {
  return { loadBalancer: { ingress: [{ ip, ipMode: 'Proxy' }] } };
}

/** As people leave one family of two: what stays is named in full. */
function toOneFamily(seen: Fields): Fields {
  const { ipFamilies, clusterIPs } = fields(seen['spec']);
  const first = (list: unknown) => (Array.isArray(list) ? list.slice(0, 1) : []);
  const one = { ipFamilies: first(ipFamilies), clusterIPs: first(clusterIPs) };
  return { spec: { ipFamilyPolicy: 'SingleStack', ...one } };
}

const services: Contents = {
  ...{ apiVersion: 'v1', kind: 'Service', collection: `/api/v1/${shop}/services` },
  verbs: ['create', 'create', 'merge', 'merge', 'merge', 'apply', 'apply', 'delete'],
  name: (run, which) => `web-${run}-${which}`,
  bodies: () => [
    { spec: balancer },
    { spec: { ...balancer, ipFamilyPolicy: 'PreferDualStack', ipFamilies: ['IPv4', 'IPv6'] } },
    { spec: { ...balancer, ipFamilyPolicy: 'RequireDualStack', ipFamilies: ['IPv6', 'IPv4'] } },
    { spec: { ...balancer, ipFamilyPolicy: 'SingleStack', ipFamilies: ['IPv6'] } },
    { spec: { type: 'LoadBalancer', ports, sessionAffinity: 'ClientIP' } },
    { spec: { ports } },
    { spec: { type: 'LoadBalancer', ports: [] } },
    { spec: { ...balancer, loadBalancerIP: '192.0.2.7' } },
  ],
  statuses: [
    ingress('192.0.2.1'),
    {},
    { ...ingress('192.0.2.2'), conditions: [condition('fairlead.dev/Allocated', 'True')] },
    { conditions: [condition('fairlead.dev/Programmed', 'False')] },
  ],
  patches: [
    { spec: { type: 'ClusterIP', loadBalancerClass: null } },
    { spec: { type: 'LoadBalancer', loadBalancerClass: 'fairlead.dev/vip' } },
    { spec: { loadBalancerClass: 'example.com/other' } },
    { spec: { ports: [...ports, { name: 'dns', protocol: 'UDP', port: 53 }] } },
    { spec: { ipFamilyPolicy: 'PreferDualStack' } },
    toOneFamily,
    { spec: { sessionAffinity: 'ClientIP' } },
    { spec: { sessionAffinity: 'None' } },
    { spec: { loadBalancerIP: '192.0.2.8' } },
    { spec: { loadBalancerIP: null } },
    { metadata: { finalizers: null } },
    {},
  ],
};

const leases: Contents = {
  ...{ apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', verbs: verbs.ofLeases },
  collection: `/apis/coordination.k8s.io/v1/${shop}/leases`,
  name: (run, which) => `lease-${run}-${which}`,
  bodies: () => [
    { spec: { holderIdentity: 'a', leaseDurationSeconds: 15 } },
    { spec: { holderIdentity: 'b', leaseDurationSeconds: 15, leaseTransitions: 1 } },
    { spec: { holderIdentity: 'b', leaseDurationSeconds: 0 } },
  ],
  statuses: [],
  patches: [{ spec: { holderIdentity: 'c' } }],
};

const occasion = '2026-11-01T10:00:00.000000Z';
const event = {
  ...{ eventTime: occasion, reportingController: 'fairlead.dev/controller' },
  ...{ reportingInstance: 'controller-1', action: 'Allocate', reason: 'Allocated' },
  regarding: { apiVersion: 'v1', kind: 'Service', name: 'web', namespace: 'shop' },
  ...{ note: 'it has 192.0.2.1', type: 'Normal' },
};

const events: Contents = {
  ...{ apiVersion: 'events.k8s.io/v1', kind: 'Event', verbs: verbs.ofOthers },
  collection: `/apis/events.k8s.io/v1/${shop}/events`,
  name: (run, which) => `web.${run}-${which}`,
  bodies: () => [event],
  statuses: [],
  patches: [
    { series: { count: 2, lastObservedTime: occasion } },
    { series: { count: 3, lastObservedTime: occasion } },
  ],
};

function workload(hash: string, image: string): Fields {
  const labels = { 'fairlead.dev/pool': 'edge' };
  const annotations = { 'fairlead.dev/data-plane-hash': hash };
  const containers = [{ name: 'haproxy', image }];
  const template = { metadata: { labels, annotations }, spec: { containers } };
  return {
    metadata: { labels, annotations },
    spec: { selector: { matchLabels: labels }, template },
  };
}

const workloads: Contents = {
  ...{ apiVersion: 'apps/v1', kind: 'DaemonSet', verbs: verbs.ofWorkloads },
  collection: `/apis/apps/v1/${shop}/daemonsets`,
  name: (run, which) => `pool-${run}-${which}`,
  bodies: () => [{}],
  statuses: [{ desiredNumberScheduled: 2 }, { desiredNumberScheduled: 3 }],
  patches: [{}],
  applies: [workload('h1', 'fairlead:1'), workload('h2', 'fairlead:2')],
};

const nodes: Contents = {
  ...{ apiVersion: 'v1', kind: 'Node', collection: '/api/v1/nodes', verbs: verbs.ofOthers },
  name: (run, which) => `node-${run}-${which}`,
  bodies: () => [{ spec: {} }],
  statuses: [],
  patches: [{}],
};

/** By plural. Namespaces have a test of their own; of pods model-essence.ts says why not. */
export const contents: Readonly<Record<string, Contents>> = {
  vips,
  vrrpinstances: instances,
  vippools: pools,
  vipnodes: nodeReports,
  services,
  leases,
  events,
  daemonsets: workloads,
  nodes,
};

/** The contents of one kind, by its plural. */
export function contentsOf(plural: string): Contents {
  const found = contents[plural];
  if (found === undefined) throw new Error(`no contents of ${plural}`);
  return found;
}
