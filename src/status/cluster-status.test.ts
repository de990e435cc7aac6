import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  aNode,
  aPool,
  applied,
  aService,
  aSnapshot,
  aVipNode,
  eventsOf,
  reporting,
  startMs,
  written,
} from '../../test/build/cluster.ts';
import { allocate } from '../allocate/allocate.ts';
import type { ClusterSnapshot, Instance, Pool } from '../model/objects.ts';
import { clusterStatus } from './cluster-status.ts';

const pool = aPool('edge', ['10.40.0.8/29']);
const say = (snapshot: ClusterSnapshot) => clusterStatus(snapshot, allocate(snapshot));
const told = (snapshot: ClusterSnapshot) => written(snapshot, say(snapshot));
const run = (snapshot: ClusterSnapshot) => applied(snapshot, allocate(snapshot).operations);

function running(): ClusterSnapshot {
  const snapshot = aSnapshot({ pools: [pool], services: [aService('shop/web')] });
  return told(reporting(run(snapshot), 'node-1'));
}

function instance(snapshot: ClusterSnapshot): Instance {
  const [first] = snapshot.instances;
  assert.ok(first);
  return first;
}

const reason = (of: Instance | Pool, type: string) =>
  of.conditions.find((condition) => condition.type === type)?.reason;
const fresh = (seconds: Record<number, number>) =>
  Object.entries(seconds).map(([n, after]) => ({
    node: `node-${n}`,
    seenMs: startMs + after * 1000,
  }));

/** node-1 says it holds as well, as a node does that died doing so. */
function alsoHeldBy1(snapshot: ClusterSnapshot, holder: string): ClusterSnapshot {
  const after = reporting(snapshot, holder);
  const dead = snapshot.vipNodes.filter(({ name }) => name === 'node-1');
  return {
    ...after,
    vipNodes: [...dead, ...after.vipNodes.filter(({ name }) => name !== 'node-1')],
  };
}

test('an instance says who holds it and so does its Vip', () => {
  const snapshot = running();
  assert.equal(instance(snapshot).statusHolder, 'node-1');
  assert.equal(instance(snapshot).statusMembers, 'node-1, node-2, node-3');
  assert.equal(snapshot.vips[0]?.statusNode, 'node-1');
  assert.equal(reason(instance(snapshot), 'Held'), 'Held');
});

test('an instance first held under a clock that was ahead is no new one for ever', () => {
  const now = running();
  const since = instance(now).conditions.map((condition) => ({
    ...condition,
    lastTransitionTime: '2036-01-01T00:00:00Z',
  }));
  const ahead = { ...now, instances: [{ ...instance(now), conditions: since }] };
  const [service] = told(ahead).services;
  assert.deepEqual(
    service?.ingress.map(({ ip }) => ip),
    ['10.40.0.8'],
  );
});

/** The snapshot after these nodes' agents read the dispute and still hold. */
function answering(snapshot: ClusterSnapshot, nodes: readonly string[]): ClusterSnapshot {
  const held = instance(snapshot).conditions.find(({ type }) => type === 'Held');
  const answer = { disputeSeen: held?.lastTransitionTime ?? '' };
  const vipNodes = snapshot.vipNodes.map((vipNode) =>
    nodes.includes(vipNode.name)
      ? { ...vipNode, instances: vipNode.instances.map((each) => ({ ...each, ...answer })) }
      : vipNode,
  );
  return { ...snapshot, vipNodes };
}

test('after a node’s death the new holder is believed at once, without an alarm', () => {
  const before = { ...running(), nowMs: startMs + 10_000, leases: fresh({ 1: 9, 2: 9, 3: 9 }) };
  const first = say(alsoHeldBy1(before, 'node-2'));
  const died = told(alsoHeldBy1(before, 'node-2'));
  assert.equal(instance(died).statusHolder, 'node-2');
  assert.equal(reason(instance(died), 'Held'), 'HolderChanging');
  assert.deepEqual(
    eventsOf(first).filter(({ type }) => type === 'Warning'),
    [],
  );
  const later = answering({ ...died, nowMs: startMs + 22_000 }, ['node-2']);
  assert.equal(instance(told(later)).statusHolder, 'node-2', 'stays believed');
  assert.equal(reason(instance(told(later)), 'Held'), 'HolderChanging');
  const stale = { ...later, nowMs: startMs + 60_000, leases: fresh({ 1: 9, 2: 58, 3: 58 }) };
  assert.equal(reason(instance(told(stale)), 'Held'), 'Held');
});

test('two live holders are a condition that names who does not hear whom', () => {
  const before = { ...running(), nowMs: startMs + 10_000, leases: fresh({ 1: 9, 2: 9, 3: 9 }) };
  const both = told(alsoHeldBy1(before, 'node-2'));
  const alive = answering(both, ['node-1', 'node-2']);
  const status = say(alive);
  const held = instance(written(alive, status)).conditions.find(({ type }) => type === 'Held');
  assert.equal(held?.reason, 'TwoHolders');
  assert.match(held?.message ?? '', /node-2 does not hear the VRRP packets .* of node-1/);
  assert.ok(
    eventsOf(status).some(({ type, reason: why }) => type === 'Warning' && why === 'TwoHolders'),
  );
});

test('nobody holding names the last holder, once (R28)', () => {
  const lost = { ...running(), vipNodes: [1, 2, 3].map((n) => aVipNode(n)) };
  const first = told(lost);
  assert.match(instance(first).conditions[0]?.message ?? '', /last holder node-1/);
  assert.deepEqual(say(first).statuses, []);
});

test('a join that live members do not confirm is said after 15 s, with their names', () => {
  const before = running();
  const grown = {
    ...before,
    nodes: [...before.nodes, aNode(4)],
    leases: [...before.leases, { node: 'node-4', seenMs: startMs }],
    vipNodes: [...before.vipNodes, aVipNode(4)],
  };
  const joining = reporting(run(grown), 'node-1', { except: ['node-2', 'node-4'] });
  assert.equal(reason(instance(told(joining)), 'JoinBlocked'), undefined);
  const late = { ...joining, nowMs: startMs + 15_000 };
  const blocked = instance(told(late)).conditions.find(({ type }) => type === 'JoinBlocked');
  assert.match(blocked?.message ?? '', /^node-4 waits to join until node-2 confirm generation 2$/);
});

test('a pool counts its addresses exactly and says whether it is valid and ready (A13)', () => {
  const six = aPool('six', ['2001:db8:40::/64']);
  const snapshot = { ...running(), pools: [pool, six] };
  const [write] = say(snapshot).statuses.filter(({ regarding }) => regarding.name === 'six');
  const none = ['used', 'cooling', 'retained', 'quarantined', 'reserved', 'stranded'];
  const zero = Object.fromEntries(none.map((use) => [use, '0']));
  const size = (2n ** 64n).toString();
  assert.deepEqual(write?.status['addresses'], [{ family: 'IPv6', size, free: size, ...zero }]);
  const edge = running().pools[0];
  assert.ok(edge);
  assert.equal(JSON.parse(edge.statusText).addresses[0].used, '1');
  assert.deepEqual(
    ['Valid', 'Ready', 'AddressesAvailable'].map((type) => reason(edge, type)),
    ['Valid', 'Ready', 'AddressesFree'],
  );
});

test('an invalid pool and an overlapping one say which text is wrong (A51, A12)', () => {
  const pools = [
    aPool('bad', ['10.40.0.99-10.40.0.90']),
    aPool('old', ['10.40.0.0/28'], { ageSeconds: 9000 }),
    aPool('young', ['10.40.0.8/29'], { ageSeconds: 10 }),
  ];
  const valid = (name: string) =>
    told(aSnapshot({ pools }))
      .pools.find((p) => p.name === name)
      ?.conditions.find(({ type }) => type === 'Valid');
  assert.match(
    valid('bad')?.message ?? '',
    /"10.40.0.99-10.40.0.90" starts after its end; write a CIDR/,
  );
  assert.match(valid('young')?.message ?? '', /10.40.0.8\/29 belongs to VipPool old/);
  assert.equal(valid('old')?.status, 'True');
  const old = told(aSnapshot({ pools })).pools.find(({ name }) => name === 'old');
  const overlapped = old?.conditions.find(({ type }) => type === 'Overlapped');
  assert.match(overlapped?.message ?? '', /VipPool young, .* lists 10.40.0.8\/29 as well/);
});

test('a pool in use is held by a finalizer and lists who is still there (A48)', () => {
  const snapshot = aSnapshot({ pools: [pool], services: [aService('shop/web')] });
  const [add] = say(snapshot).finalizers;
  assert.deepEqual(add?.finalizers, ['fairlead.dev/pool-in-use']);
  const used = running();
  const pools = used.pools.map((p) => ({
    ...p,
    deleting: true,
    finalizers: ['fairlead.dev/pool-in-use'],
  }));
  const ready = told({ ...used, pools }).pools[0]?.conditions.find(({ type }) => type === 'Ready');
  assert.match(ready?.message ?? '', /still in use by shop\/web/);
  const [free] = say({ ...aSnapshot(), pools }).finalizers;
  assert.deepEqual(free?.finalizers, []);
});

test('a pool counts the Services that it, alone or among others, could not serve', () => {
  const pools = [aPool('one', ['10.40.0.8']), aPool('two', ['10.40.0.9'])];
  const services = ['a', 'b', 'c', 'd'].map((name, n) =>
    aService(`shop/${name}`, { ageSeconds: 9 - n }),
  );
  const waiting = told(run(aSnapshot({ pools, services }))).pools.map(
    ({ statusText }) => JSON.parse(statusText).waitingServices,
  );
  assert.deepEqual(waiting, [2, 2]);
});

test('Services without a class that nobody serves are counted (design.md section 1)', () => {
  const services = [aService('shop/web', { spec: { loadBalancerClass: undefined } })];
  const [counted] = told(aSnapshot({ pools: [pool], services })).pools;
  assert.ok(counted);
  assert.equal(reason(counted, 'ClasslessServices'), 'ClassUnset');
  const served = told(aSnapshot({ pools: [pool], services, isDefaultClass: true })).pools[0];
  assert.ok(served);
  assert.equal(reason(served, 'ClasslessServices'), undefined);
});

test('all of it says nothing twice (A7, R17)', () => {
  const status = say(running());
  assert.deepEqual([status.statuses, eventsOf(status), status.finalizers], [[], [], []]);
});
