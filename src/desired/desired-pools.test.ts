import assert from 'node:assert/strict';
import { test } from 'node:test';
import type {
  EndpointSlice,
  Instance,
  Member,
  Pool,
  Service,
  Vip,
  VipHolder,
} from '../model/objects.ts';
import { vipName } from '../net/format-address.ts';
import { parseAddress } from '../net/parse-address.ts';
import { desiredNode } from './desired-pools.ts';
import type { NodeSnapshot } from './node-snapshot.ts';
import { understoodVips } from './understood-vips.ts';

function address(text: string) {
  const parsed = parseAddress(text);
  assert.ok(parsed.ok);
  return parsed.value;
}

const member = (node: string, rank: number, state: Member['state'] = 'Member'): Member => ({
  node,
  address: `10.99.0.1${node.slice(1)}`,
  interface: 'eth0',
  rank,
  state,
  sinceGeneration: 0,
  sinceMs: 0,
});

const instance = (members: Member[]): Instance => ({
  name: '10.99.0.0-24.100',
  uid: 'i',
  resourceVersion: '1',
  generation: 4,
  createdMs: 0,
  deleting: false,
  segment: '10.99.0.0-24',
  vrid: 100,
  pool: 'edge',
  anchor: '169.254.77.100',
  advertIntervalMs: 100,
  members,
  move: undefined,
  statusHolder: undefined,
  statusMembers: '',
  conditions: [],
});

const service: Service = {
  namespace: 'shop',
  name: 'web',
  uid: 's1',
  resourceVersion: '1',
  createdMs: 0,
  deleting: false,
  type: 'LoadBalancer',
  loadBalancerClass: 'fairlead.dev/vip',
  clusterIps: ['10.96.0.9'],
  families: ['IPv4'],
  familyPolicy: 'SingleStack',
  ports: [{ name: 'http', protocol: 'TCP', port: 80 }],
  affinitySeconds: undefined,
  sourceRanges: [],
  externalTrafficPolicy: 'Cluster',
  loadBalancerIp: undefined,
  labels: {},
  annotations: {},
  finalizers: [],
  ingress: [],
  conditions: [],
};

const aHolder = (name: string, uid: string, ports: readonly number[]): VipHolder => ({
  ...{ namespace: 'shop', name, uid, sharingKey: undefined, retainSeconds: 0 },
  leavingSinceMs: undefined,
  ports: ports.map((port) => ({ protocol: 'TCP', port })),
});

const vip = (text: string, change: Partial<Vip> = {}): Vip => ({
  name: vipName(address(text)),
  uid: text,
  resourceVersion: '1',
  generation: 1,
  deleting: false,
  finalizers: [],
  address: address(text),
  pool: 'edge',
  instance: '10.99.0.0-24.100',
  next: undefined,
  previousInstance: undefined,
  holders: [aHolder('web', 's1', [80])],
  phase: 'Held',
  phaseSinceMs: 0,
  awaitedNodes: [],
  statusNode: undefined,
  statusServices: undefined,
  conditions: [],
  ...change,
});

const slice: EndpointSlice = {
  namespace: 'shop',
  name: 'web-1',
  service: 'web',
  family: 'IPv4',
  ports: [{ name: 'http', protocol: 'TCP', port: 8080 }],
  endpoints: ['10.244.2.7', '127.0.0.1'].map((text) => ({
    ...{ address: text, ready: true, serving: true, terminating: false, node: 'n2' },
  })),
};

const all = [member('n1', 1), member('n2', 0), member('n3', 2)];

function snapshot(change: Partial<NodeSnapshot> = {}): NodeSnapshot {
  return {
    node: 'n1',
    zone: 'here',
    pools: [],
    services: [service],
    slices: [slice],
    vips: [vip('10.99.0.100')],
    instances: [instance(all)],
    knownPools: [],
    ...change,
  };
}

const edge = (change?: Partial<NodeSnapshot>) => desiredNode(snapshot(change)).node.pools[0];

test('a member serves the VIP: frontend with its servers, instance with its peers', () => {
  const pool = edge();
  assert.deepEqual(pool?.haproxy.frontends, [
    {
      name: 'shop_web_80_10.99.0.100',
      service: 'shop/web',
      family: 'IPv4',
      address: '10.99.0.100',
      port: 80,
      servers: [{ name: '10-244-2-7_8080', address: '10.244.2.7', port: 8080, state: 'ready' }],
    },
  ]);
  assert.deepEqual(pool?.keepalived.instances[0]?.peers, ['10.99.0.12', '10.99.0.13']);
  assert.equal(pool?.keepalived.instances[0]?.priority, 238);
});

const hinted = (change: Partial<EndpointSlice> = {}): EndpointSlice => ({
  ...slice,
  endpoints: ['here', 'there'].map((zone, index) => ({
    ...{ address: `10.244.2.${index}`, ready: true, serving: true, terminating: false },
    ...{ node: `n${index + 1}`, zones: [zone] },
  })),
  ...change,
});

test('R73: servers of other zones are spares, under the names that they have on every node', () => {
  const roles = (change: Partial<NodeSnapshot>) =>
    edge(change)?.haproxy.frontends[0]?.servers.map(({ name, role = '-' }) => `${name} ${role}`);
  const slices = [hinted()];
  assert.deepEqual(roles({ slices }), ['10-244-2-0_8080 -', '10-244-2-1_8080 Spare']);
  const other = { slices, zone: 'there' };
  assert.deepEqual(roles(other), ['10-244-2-0_8080 Spare', '10-244-2-1_8080 -']);
  const ignoring = { ...service, annotations: { 'fairlead.dev/topology': 'Ignored' } };
  const ignored = { slices, services: [ignoring] };
  assert.deepEqual(roles(ignored), ['10-244-2-0_8080 -', '10-244-2-1_8080 -']);
});

test('R67, R73: where only terminating endpoints are left, hints do not count', () => {
  const { endpoints } = hinted();
  const ending = endpoints.map((one) => ({ ...one, ready: false, terminating: true }));
  const pool = edge({ slices: [hinted({ endpoints: ending })] });
  const servers = pool?.haproxy.frontends[0]?.servers.map(({ state, role }) => `${state} ${role}`);
  assert.deepEqual(servers, ['ready Kept', 'ready Kept']);
});

test('R73: new UDP flows go to endpoints of this zone only, the others keep those they have', () => {
  const ports = [{ name: 'http', protocol: 'UDP' as const, port: 8080 }];
  const slices = [hinted({ ports })];
  const services = [{ ...service, ports: [{ name: 'http', protocol: 'UDP', port: 80 }] as const }];
  const holder = { ...aHolder('web', 's1', []), ports: [{ protocol: 'UDP' as const, port: 80 }] };
  const vips = [vip('10.99.0.100', { holders: [holder] })];
  const states = (change: Partial<NodeSnapshot>) =>
    edge({ slices, services, vips, ...change })?.flows[0]?.endpoints.map(({ state }) => state);
  assert.deepEqual(states({}), ['ready', 'spare']);
  assert.deepEqual(states({ zone: 'there' }), ['spare', 'ready']);
  assert.deepEqual(states({ zone: 'nowhere' }), ['ready', 'ready']);
});

test('P11: an endpoint on the loopback is never dialled, and it is said', () => {
  assert.deepEqual(
    desiredNode(snapshot()).notes.map((note) => [note.code, note.address]),
    [['EndpointDropped', '127.0.0.1']],
  );
});

test('a Joining node binds the VIP but does not start the instance; a Leaving one does neither', () => {
  const joining = edge({ instances: [instance([member('n1', 1, 'Joining'), member('n2', 0)])] });
  assert.equal(joining?.haproxy.frontends.length, 1);
  assert.deepEqual(joining?.keepalived.instances, []);
  const leaving = edge({ instances: [instance([member('n1', 1, 'Leaving'), member('n2', 0)])] });
  assert.deepEqual([leaving?.haproxy.frontends, leaving?.keepalived.instances], [[], []]);
});

test('a Joining peer is listed by the others before it starts', () => {
  const pool = edge({ instances: [instance([member('n1', 1), member('n2', 0, 'Joining')])] });
  assert.deepEqual(pool?.keepalived.instances[0]?.peers, ['10.99.0.12']);
});

test('A57: a released VIP leaves the node; R11: a namesake of the holder is not served on it', () => {
  assert.deepEqual(
    edge({ vips: [vip('10.99.0.100', { phase: 'Releasing' })] })?.haproxy.frontends,
    [],
  );
  assert.deepEqual(edge({ services: [{ ...service, uid: 'other' }] })?.haproxy.frontends, []);
});

test('R55: only clients of the source ranges; what cannot be read lets nobody in', () => {
  const sources = (sourceRanges: readonly string[]) =>
    edge({ services: [{ ...service, sourceRanges }] })?.haproxy.frontends.map((f) => f.sources);
  assert.deepEqual(sources(['192.0.2.0/24']), [['192.0.2.0/24']]);
  assert.deepEqual(sources(['2001:db8::/32']), [[]]);
  assert.deepEqual(sources([]), [undefined]);
  assert.deepEqual(sources(['everybody']), []);
});

const frontendsWith = (change: Partial<Service>) =>
  desiredNode(snapshot({ services: [{ ...service, ...change }] })).node.pools[0];

test('a setting of the owner is on every frontend; a wrong one leaves the others', () => {
  const annotations = { 'fairlead.dev/balance': 'Random', 'fairlead.dev/health-check': 'PING' };
  const pool = frontendsWith({ annotations });
  assert.deepEqual(pool?.haproxy.frontends[0]?.settings, { balance: 'Random' });
  assert.equal(frontendsWith({})?.haproxy.frontends[0]?.settings, undefined);
});

test('R51: affinity is on the frontend, and the members are told to each other', () => {
  const pool = frontendsWith({ affinitySeconds: 60 });
  assert.equal(pool?.haproxy.frontends[0]?.affinitySeconds, 60);
  assert.deepEqual(
    pool?.haproxy.peers?.members.map(({ node }) => node),
    ['n1', 'n2', 'n3'],
  );
});

test('R40: a UDP port is served by nftables, and by endpoints of its own protocol', () => {
  const ports = [...service.ports, { name: 'dns', protocol: 'UDP' as const, port: 53 }];
  const dns = { ...slice, ports: [{ name: 'dns', protocol: 'UDP' as const, port: 5353 }] };
  const holder = aHolder('web', 's1', [80]);
  const granted = [...holder.ports, { protocol: 'UDP' as const, port: 53 }];
  const [pool] = desiredNode(
    snapshot({
      services: [{ ...service, ports, externalTrafficPolicy: 'Local' }],
      slices: [slice, { ...dns, name: 'web-2' }],
      vips: [vip('10.99.0.50', { holders: [{ ...holder, ports: granted }] })],
    }),
  ).node.pools;
  assert.deepEqual(
    pool?.flows.map(({ port, isDirect, endpoints }) => [port, isDirect, endpoints[0]?.port]),
    [[53, true, 5353]],
  );
  assert.deepEqual(
    pool?.haproxy.frontends.map(({ port }) => port),
    [80],
  );
});

test('A1: the order of the lists changes nothing', () => {
  const vips = [vip('10.99.0.100'), vip('10.99.0.101')];
  assert.deepEqual(
    desiredNode(snapshot({ vips, instances: [instance(all)] })),
    desiredNode(snapshot({ vips: vips.toReversed(), instances: [instance(all.toReversed())] })),
  );
});

test('a pool that was here is emptied when nothing names this node any more', () => {
  const pools = desiredNode(snapshot({ instances: [], knownPools: ['old'] })).node.pools;
  assert.deepEqual(
    pools.map((p) => [p.pool, p.haproxy.frontends.length]),
    [['old', 0]],
  );
});

test('a Vip whose Service or port has not arrived yet is not called programmed', () => {
  assert.equal(understoodVips(snapshot()).length, 1);
  assert.equal(understoodVips(snapshot({ services: [] })).length, 0);
  const moved = { ...service, ports: [{ name: 'http', protocol: 'TCP' as const, port: 81 }] };
  assert.equal(understoodVips(snapshot({ services: [moved] })).length, 0);
});

const serversOf = (change?: Partial<NodeSnapshot>) =>
  edge(change)?.haproxy.frontends.flatMap(({ servers }) => servers.map(({ address }) => address));

const onNodes = (...nodes: string[]): EndpointSlice => ({
  ...slice,
  endpoints: nodes.map((node) => ({
    ...{ address: `10.244.${node.slice(1)}.7`, ready: true, serving: true, terminating: false },
    node,
  })),
});

test('a node serves the endpoints of all nodes, whatever externalTrafficPolicy says (R44, R45)', () => {
  for (const externalTrafficPolicy of ['Cluster', 'Local']) {
    const services = [{ ...service, externalTrafficPolicy }];
    const slices = [onNodes('n1', 'n2', 'n3')];
    const expected = ['10.244.1.7', '10.244.2.7', '10.244.3.7'];
    assert.deepEqual(serversOf({ services, slices }), expected);
  }
});

test('an endpoint on a node that carries no VIP is a server like any other (R78)', () => {
  const instances = [instance([member('n1', 1), member('n2', 0)])];
  assert.deepEqual(serversOf({ instances, slices: [onNodes('n3')] }), ['10.244.3.7']);
});

test('only ports of Services are bound, and on their VIPs: no health check port (R47)', () => {
  const bound = edge()?.haproxy.frontends.map(({ address, port }) => `${address}:${port}`);
  assert.deepEqual(bound, ['10.99.0.100:80']);
});

test('slices of a deleted namesake count as long as they are there, and no longer (R74)', () => {
  const old = { ...onNodes('n2'), name: 'web-old' };
  assert.deepEqual(serversOf({ slices: [old, onNodes('n1')] }), ['10.244.1.7', '10.244.2.7']);
  assert.deepEqual(serversOf({ slices: [onNodes('n1')] }), ['10.244.1.7']);
});

test('a VIP that is to pass on is listened for by both pools and added by one (A47)', () => {
  const next = { pool: 'new', instance: '10.99.0.0-24.101' };
  const other = { ...instance(all), name: next.instance, pool: 'new', vrid: 101 };
  const { node } = desiredNode(
    snapshot({
      services: [service],
      vips: [vip('10.99.0.100', { next })],
      instances: [instance(all), other],
    }),
  );
  const addresses = node.pools.map(({ pool, haproxy, keepalived }) => [
    pool,
    haproxy.frontends.map((frontend) => [frontend.address, frontend.isPassing]),
    keepalived.instances.flatMap(({ vips }) => vips.map(({ address }) => address)),
  ]);
  assert.deepEqual(addresses, [
    ['edge', [['10.99.0.100', true]], ['10.99.0.100']],
    ['new', [['10.99.0.100', true]], []],
  ]);
});

const backed: Service = { ...service, annotations: { 'fairlead.dev/backup-service': 'next' } };
const nextSlice: EndpointSlice = { ...hinted(), name: 'next-1', service: 'next' };
const near = hinted({
  endpoints: [
    ...hinted().endpoints.map((endpoint) => ({ ...endpoint, nodes: [`${endpoint.node}`] })),
    { ...{ address: '10.244.2.9', ready: true, serving: true, terminating: false }, node: 'n3' },
  ].map((endpoint) => ({ zones: ['there'], nodes: ['n3'], ...endpoint })),
});
const held = vip('10.99.0.100');

const leastConnections = {
  ...{ name: 'edge', serviceDefaults: { balance: 'LeastConnections' }, serviceLimits: {} },
} as unknown as Pool;

/** Every kind of input that frontends are made from, changed one at a time. */
const otherInputs: Readonly<Record<string, Partial<NodeSnapshot>>> = {
  'an endpoint': { slices: [{ ...near, endpoints: near.endpoints.slice(1) }, nextSlice] },
  'one more slice': { slices: [near, nextSlice, { ...slice, name: 'web-2' }] },
  'the Service that it names': { slices: [near, { ...nextSlice, endpoints: [] }] },
  'its affinity': { services: [{ ...backed, affinitySeconds: 60 }] },
  'its Vip': { vips: [{ ...held, next: { pool: 'other', instance: 'i' } }] },
  'a VIP that an endpoint has': { vips: [held, vip('10.244.2.1')] },
  'the pool': { pools: [leastConnections] },
  'the zone': { zone: 'there' },
  'the node': { node: 'n2' },
};

for (const [what, change] of Object.entries(otherInputs)) {
  test(`what is remembered of frontends is not used when ${what} is another`, () => {
    const before = snapshot({ services: [backed], slices: [near, nextSlice], vips: [held] });
    const { vipNames } = desiredNode(before);
    const now = { ...before, ...change };
    assert.deepEqual(desiredNode(now, vipNames), desiredNode(structuredClone(now)));
  });
}

test('frontends of which nothing has changed are the very same objects', () => {
  const before = snapshot();
  const first = desiredNode(before);
  const again = desiredNode({ ...before, vips: [...before.vips] }, first.vipNames);
  const frontend = first.node.pools[0]?.haproxy.frontends[0];
  assert.ok(frontend);
  assert.equal(again.node.pools[0]?.haproxy.frontends[0], frontend);
});
