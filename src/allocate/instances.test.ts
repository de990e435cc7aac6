import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  aNode,
  aPool,
  applied,
  aService,
  aSnapshot,
  aVipNode,
  reporting,
  startMs,
} from '../../test/build/cluster.ts';
import { converged } from '../../test/build/converge.ts';
import type { ClusterSnapshot, Instance } from '../model/objects.ts';
import { allocate } from './allocate.ts';

const pool = aPool('edge', ['10.40.0.8/28', '2001:db8:40::/120']);
const services = [1, 2, 3, 4].map((n) => aService(`shop/s${n}`, { ageSeconds: 50 - n }));

function run(snapshot: ClusterSnapshot): ClusterSnapshot {
  return applied(snapshot, allocate(snapshot).operations);
}

function only(snapshot: ClusterSnapshot): Instance {
  const [instance] = snapshot.instances;
  assert.ok(instance);
  return instance;
}

const states = (instance: Instance) =>
  instance.members.map(({ node, state, rank }) => `${node} ${state} ${rank}`);

/** One Service on one instance of three nodes, all of which run it; node-1 holds it. */
function running(more: Partial<ClusterSnapshot> & { nodeCount?: number } = {}): ClusterSnapshot {
  const before = aSnapshot({ pools: [pool], services: services.slice(0, 1), ...more });
  return reporting(run(before), 'node-1');
}

test('VIPs spread: an instance per node, each preferred elsewhere, then the least loaded', () => {
  const { instances, vips } = run(aSnapshot({ pools: [pool], services }));
  assert.deepEqual(
    instances.map(({ name, members }) => [name, members[0]?.node]),
    [
      ['10.40.0.0-16.100', 'node-1'],
      ['10.40.0.0-16.101', 'node-2'],
      ['10.40.0.0-16.102', 'node-3'],
    ],
  );
  const used = vips.map((vip) => vip.instance.slice(-3));
  assert.deepEqual(used.toSorted(), ['100', '100', '101', '102']);
  assert.equal(new Set(instances.map(({ anchor }) => anchor)).size, 3);
});

test('all members of a new instance start together; at most maxMembers (contract)', () => {
  const spec = { announce: { vrrp: { maxMembers: 2 } } };
  const small = aPool('edge', ['10.40.0.8/29'], { spec });
  const snapshot = run(aSnapshot({ pools: [small], services: services.slice(0, 1) }));
  assert.deepEqual(states(only(snapshot)), ['node-1 Member 0', 'node-2 Member 1']);
});

test('a VRID is used once on a segment, over all pools (design.md section 2.8)', () => {
  const pools = [pool, aPool('lab', ['10.40.1.0/28'], { spec: { assignment: 'OnRequest' } })];
  const asks = { annotations: { 'fairlead.dev/pool': 'lab' } };
  const two = [aService('shop/a'), aService('shop/b', asks)];
  const { instances } = run(aSnapshot({ pools, services: two }));
  assert.deepEqual(instances.map(({ vrid }) => vrid).sort(), [100, 101]);
  const narrow = { announce: { vrrp: { vridRange: '100-100' } } };
  const full = [pool, aPool('lab', ['10.40.1.0/28'], { spec: { ...narrow, priority: 0 } })];
  const run2 = allocate({
    ...run(aSnapshot({ pools, services: [aService('shop/a')] })),
    pools: full,
    services: [aService('shop/a'), aService('shop/b', asks)],
  });
  const outcome = run2.outcomes.get('uid-shop/b');
  assert.equal(outcome?.kind === 'refused' && outcome.reason.code, 'NoVridFree');
});

test('pools on different nodes of one segment share no VRID either', () => {
  const on = (side: string) => ({ spec: { nodeSelector: { side } } });
  const pools = [
    aPool('left', ['10.40.0.8'], on('left')),
    aPool('right', ['10.40.0.9'], on('right')),
  ];
  const nodes = ['left', 'right'].map((side, n) =>
    aNode(n + 1, { metadata: { labels: { side } } }),
  );
  const two = [aService('shop/a'), aService('shop/b', { ageSeconds: 1 })];
  const { instances } = run(aSnapshot({ pools, services: two, nodes }));
  assert.deepEqual(instances.map(({ vrid }) => vrid).sort(), [100, 101]);
});

test('excluded nodes are no members (R77, R79), NotReady and cordoned ones are (R80)', () => {
  const label = 'node.kubernetes.io/exclude-from-external-load-balancers';
  const taint = (key: string) => ({ spec: { taints: [{ key, effect: 'NoSchedule' }] } });
  const nodes = [
    aNode(1, { metadata: { labels: { [label]: '' } } }),
    aNode(2, { metadata: { labels: { [label]: 'false' } } }),
    aNode(3, taint('node.kubernetes.io/unschedulable')),
    aNode(4, taint('ToBeDeletedByClusterAutoscaler')),
    aNode(5, taint('dedicated')),
  ];
  const snapshot = run(
    aSnapshot({
      pools: [pool],
      services: services.slice(0, 1),
      nodes,
      vipNodes: [1, 2, 3, 4, 5].map((n) => aVipNode(n)),
    }),
  );
  assert.deepEqual(
    only(snapshot).members.map(({ node }) => node),
    ['node-2', 'node-3'],
  );
});

test('no node on the network of the address: refused, unless an interface is named (R81)', () => {
  const routed = ['203.0.113.0/28'];
  const codeOf = (spec: Record<string, unknown>) => {
    const pools = [aPool('edge', routed, { spec })];
    const outcome = allocate(aSnapshot({ pools, services: services.slice(0, 1) })).outcomes.get(
      'uid-shop/s1',
    );
    return outcome?.kind === 'refused' ? outcome.reason.code : outcome?.kind;
  };
  assert.equal(codeOf({}), 'NoEligibleNode');
  assert.equal(codeOf({ interfaces: ['eth0'] }), 'granted');
  assert.equal(codeOf({ interfaces: ['eth9'] }), 'NoEligibleNode');
});

test('a node joins after every live member lists it (dataplane.md section 3, newcomers)', () => {
  const three = running();
  const grown = { ...three, ...four(three) };
  const joining = run(grown);
  assert.deepEqual(states(only(joining)).at(-1), 'node-4 Joining 3');
  assert.deepEqual(allocate(joining).operations, [], 'it waits');
  const confirmed = reporting(joining, 'node-1', { except: ['node-4'] });
  assert.deepEqual(states(only(run(confirmed))).at(-1), 'node-4 Member 3');
  const oneSilent = reporting(joining, 'node-1', { except: ['node-3', 'node-4'] });
  assert.deepEqual(allocate(oneSilent).operations, [], 'node-3 is alive and has not confirmed');
  const stale = oneSilent.leases.filter(({ node }) => node !== 'node-3');
  const dead = run({ ...oneSilent, leases: stale });
  assert.deepEqual(states(only(dead)).at(-1), 'node-4 Member 3', 'a dead member is not waited for');
});

test('an excluded member leaves, and is struck off only when its agent has stopped it', () => {
  const labels = { 'node.kubernetes.io/exclude-from-external-load-balancers': '' };
  const before = running();
  const nodes = [before.nodes[0], aNode(2, { metadata: { labels } }), before.nodes[2]];
  const leaving = run({ ...before, nodes: nodes.flatMap((node) => node ?? []) });
  assert.deepEqual(states(only(leaving)), [
    'node-1 Member 0',
    'node-2 Leaving 1',
    'node-3 Member 2',
  ]);
  assert.deepEqual(allocate(leaving).operations, [], 'its last report is older than the request');
  const stopped = reporting(leaving, 'node-1', { without: ['node-2'] });
  assert.deepEqual(states(only(run(stopped))), ['node-1 Member 0', 'node-3 Member 2']);
});

test('the last live member stays until another one can take over', () => {
  const one = running({ nodeCount: 1 });
  const labels = { 'node.kubernetes.io/exclude-from-external-load-balancers': '' };
  const nodes = [aNode(1, { metadata: { labels } }), aNode(2)];
  const leases = [1, 2].map((n) => ({ node: `node-${n}`, seenMs: startMs }));
  const grown = { ...one, nodes, leases, vipNodes: [...one.vipNodes, aVipNode(2)] };
  const joining = run(grown);
  assert.deepEqual(states(only(joining)), ['node-1 Member 0', 'node-2 Joining 1']);
  const member = run(reporting(joining, 'node-1', { except: ['node-2'] }));
  assert.deepEqual(states(only(member)), ['node-1 Member 0', 'node-2 Member 1']);
  assert.deepEqual(allocate(member).operations, [], 'node-2 runs nothing yet: its pods start');
  const starting = reporting(member, 'node-1').vipNodes.map((vipNode) =>
    vipNode.name === 'node-2' ? { ...vipNode, pools: [{ name: 'edge', ready: false }] } : vipNode,
  );
  assert.deepEqual(allocate({ ...member, vipNodes: starting }).operations, []);
  const dark = starting.map((vipNode) => ({ ...vipNode, pools: [{ name: 'edge', ready: false }] }));
  const given = run({ ...member, vipNodes: dark });
  assert.deepEqual(states(only(given)), ['node-1 Leaving 0', 'node-2 Member 1'], 'as unwell');
  const replaced = run(reporting(member, 'node-1'));
  assert.deepEqual(states(only(replaced)), ['node-1 Leaving 0', 'node-2 Member 1']);
});

/** The pool of `running` with room for so many members, on nodes of one side; all are alive. */
function onSide(side: string, maxMembers: number, nodeCount: number): Partial<ClusterSnapshot> {
  const spec = { nodeSelector: { side }, announce: { vrrp: { maxMembers } } };
  const indexes = Array.from({ length: nodeCount }, (_, index) => index + 1);
  const sideOf = (index: number) => (index <= nodeCount / 2 ? 'left' : 'right');
  return {
    pools: [aPool('edge', ['10.40.0.8/28'], { spec })],
    nodes: indexes.map((index) => aNode(index, { metadata: { labels: { side: sideOf(index) } } })),
    leases: indexes.map((index) => ({ node: `node-${index}`, seenMs: startMs })),
    vipNodes: indexes.map((index) => aVipNode(index)),
  };
}

test('a pool that has no room for more members moves to other nodes all the same', () => {
  for (const maxMembers of [1, 2, 10]) {
    const nodeCount = 2 * maxMembers;
    const { pools: right = [] } = onSide('right', maxMembers, nodeCount);
    const left = running(onSide('left', maxMembers, nodeCount));
    assert.equal(only(left).members.length, maxMembers);
    const joining = only(run({ ...left, pools: right }));
    assert.ok(
      joining.members.every(({ rank }) => rank < 16),
      'a rank that the API refuses',
    );
    const moved = only(converged({ ...left, pools: right }));
    const names = moved.members.map(({ node }) => Number(node.slice('node-'.length)));
    assert.deepEqual(
      names.toSorted((a, b) => a - b),
      Array.from({ length: maxMembers }, (_, index) => maxMembers + index + 1),
    );
  }
});

test('a member whose address changed does not wait for pods of others: it comes back itself', () => {
  const before = running({ nodeCount: 2 });
  const moved = { interfaces: [{ name: 'eth0', mac: '', addresses: ['10.40.255.77/16'] }] };
  const [, second = aVipNode(2)] = before.vipNodes;
  const dark = { ...second, pools: [{ name: 'edge', ready: false }] };
  const changed = run({ ...before, vipNodes: [aVipNode(1, moved), dark] });
  assert.deepEqual(states(only(changed)), ['node-1 Leaving 0', 'node-2 Member 1']);
});

test('silence, stale Leases and a lost VipNode take nobody out (design.md section 2.7)', () => {
  const before = running();
  assert.deepEqual(allocate({ ...before, leases: [] }).operations, []);
  assert.deepEqual(allocate({ ...before, vipNodes: [] }).operations, []);
  const empty = before.vipNodes.map((vipNode) => ({ ...vipNode, interfaces: [] }));
  assert.deepEqual(allocate({ ...before, vipNodes: empty }).operations, []);
  const gone = run({ ...before, nodes: before.nodes.slice(0, 2) });
  assert.deepEqual(
    states(only(gone)),
    ['node-1 Member 0', 'node-2 Member 1'],
    'a deleted Node does',
  );
});

test('another address is a leave and a join (design.md section 2.7)', () => {
  const before = running();
  const moved = { interfaces: [{ name: 'eth0', mac: '', addresses: ['10.40.255.77/16'] }] };
  const at = (index: number) => before.vipNodes[index] ?? aVipNode(index + 1);
  const changed = run({ ...before, vipNodes: [at(0), aVipNode(2, moved), at(2)] });
  assert.deepEqual(states(only(changed))[1], 'node-2 Leaving 1');
  const left = run({ ...reporting(changed, 'node-1', { without: ['node-2'] }) });
  const [, again] = run(left).instances[0]?.members ?? [];
  assert.deepEqual(
    [again?.node, again?.address, again?.state],
    ['node-2', '10.40.255.77', 'Joining'],
  );
});

test('a new instance is moved once to the node it is for (rebalance: WhenNew)', () => {
  const started = reporting(running(), 'node-3');
  const moved = run(started);
  assert.deepEqual(only(moved).move, { serial: 1, from: 'node-3', to: 'node-1' });
  assert.deepEqual(allocate(reporting(moved, 'node-3')).operations, [], 'once');
  const published = aService('shop/s1', { ingress: ['10.40.0.0'] });
  assert.deepEqual(
    allocate({ ...started, services: [published] }).operations,
    [],
    'never under clients',
  );
  const notReady = {
    ...started,
    vipNodes: started.vipNodes.filter(({ name }) => name !== 'node-1'),
  };
  assert.deepEqual(allocate(notReady).operations, [], 'not to a node that does not run it');
});

test('an instance goes with its last VIP; deleted by hand it comes back (A65)', () => {
  const before = running();
  const releasing = run({ ...before, services: [] });
  assert.equal(releasing.instances.length, 1);
  const cooling = run(reporting(releasing, 'node-1'));
  assert.equal(cooling.vips[0]?.phase, 'Cooling');
  assert.deepEqual(run(cooling).instances, []);
  const again = run({ ...before, instances: [] });
  assert.deepEqual([only(again).name, only(again).vrid], ['10.40.0.0-16.100', 100]);
});

test('an instance deleted by hand has its VRID back before anybody else gets one (A65)', () => {
  const before = running();
  const other = aPool('other', ['10.40.1.8/29'], { spec: { priority: 1 } });
  const service = aService('blog/x', { annotations: { 'fairlead.dev/pool': 'other' } });
  const services = [...before.services, service];
  const pools = [...before.pools, other];
  const after = run({ ...before, instances: [], services, pools });
  const owners = after.instances.map(({ vrid, pool }) => `${vrid} ${pool}`).sort();
  assert.deepEqual(owners, ['100 edge', '101 other']);
});

test('a released address cools after every live member withdrew it (A17, R7, R13)', () => {
  const releasing = run({ ...running(), services: [] });
  assert.equal(releasing.vips[0]?.phase, 'Releasing');
  assert.deepEqual(allocate(releasing).operations, [], 'the nodes still report the old digest');
  const partly = reporting(releasing, 'node-1', { except: ['node-3'] });
  assert.deepEqual(allocate(partly).operations, []);
  assert.equal(allocate(partly).wakeAtMs, startMs + 30_000);
  assert.equal(run(reporting(partly, 'node-1')).vips[0]?.phase, 'Cooling');
});

test('a node that cannot confirm keeps the address quarantined, and its VRID (A64, R13)', () => {
  const releasing = run({ ...running(), services: [] });
  const partly = reporting(releasing, 'node-1', { except: ['node-3'] });
  const late = run({ ...partly, nowMs: startMs + 30_000 });
  const dead = { ...partly, leases: partly.leases.filter(({ node }) => node !== 'node-3') };
  assert.deepEqual(allocate(dead).operations, [], 'a dead node may come back serving it');
  const [quarantined] = late.vips;
  assert.deepEqual([quarantined?.phase, quarantined?.awaitedNodes], ['Quarantined', ['node-3']]);
  assert.deepEqual(quarantined?.finalizers, [], 'an admin may delete it');
  assert.equal(late.instances.length, 1, 'nobody else gets the VRID');
  assert.deepEqual(allocate(late).operations, []);
  assert.equal(run(reporting(late, 'node-1')).vips[0]?.phase, 'Cooling', 'the node is back');
  const nodes = late.nodes.filter(({ name }) => name !== 'node-3');
  assert.equal(run({ ...late, nodes }).vips[0]?.phase, 'Cooling', 'its Node is deleted');
});

test('a member that has said nothing yet may serve the address: it is waited for (A64)', () => {
  const snapshot = aSnapshot({
    pools: [aPool('edge', ['10.40.0.8/29'])],
    services: [aService('shop/web')],
  });
  const releasing = run({ ...run(snapshot), services: [] });
  assert.equal(releasing.vips[0]?.phase, 'Releasing');
  const late = run({ ...releasing, nowMs: startMs + 30_000 });
  assert.deepEqual(late.vips[0]?.awaitedNodes, ['node-1', 'node-2', 'node-3']);
  assert.equal(run(reporting(late, 'node-1')).vips[0]?.phase, 'Cooling');
});

test('a quarantine does not outlive a pool and its daemons for ever (A64, C22)', () => {
  const releasing = run({ ...running(), services: [] });
  const partly = reporting(releasing, 'node-1', { except: ['node-3'] });
  const late = run({ ...partly, nowMs: startMs + 30_000, pools: [] });
  assert.equal(late.vips[0]?.phase, 'Quarantined');
  const forgotten = run(late);
  assert.deepEqual(forgotten.instances, [], 'the nodes are to forget it');
  assert.deepEqual(run(reporting(forgotten, 'node-1')).vips, []);
});

test('R7, A64: a silent node is asked, and its silence counts when instance and pool are gone', () => {
  const releasing = run({ ...running(), services: [] });
  assert.deepEqual(releasing.vips[0]?.awaitedNodes, ['node-1', 'node-2', 'node-3']);
  const partly = reporting(releasing, 'node-1', { without: ['node-3'] });
  const gone = run({ ...partly, instances: [], pools: [] });
  assert.equal(gone.vips[0]?.phase, 'Releasing');
  const late = run({ ...gone, nowMs: startMs + 30_000 });
  assert.deepEqual(late.vips[0]?.awaitedNodes, ['node-3']);
  assert.deepEqual(run(reporting(late, 'node-1')).vips, []);
});

function four(before: ClusterSnapshot): Partial<ClusterSnapshot> {
  return {
    nodes: [...before.nodes, aNode(4)],
    leases: [...before.leases, { node: 'node-4', seenMs: startMs }],
    vipNodes: [...before.vipNodes, aVipNode(4)],
  };
}
