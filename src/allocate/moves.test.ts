import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aPool, applied, aService, aSnapshot, reporting } from '../../test/build/cluster.ts';
import { converged, notesOf, oneRound, results, vipLines } from '../../test/build/converge.ts';
import type { ClusterSnapshot, Service } from '../model/objects.ts';
import { allocate } from './allocate.ts';

const dual = { families: ['IPv4', 'IPv6'] };
const wants = (name: string, value: string) => ({
  annotations: { [`fairlead.dev/${name}`]: value },
});
const published = (snapshot: ClusterSnapshot) =>
  snapshot.services.map(({ ingress }) => ingress.map(({ ip }) => ip).join(' '));

/** Every state a cluster goes through until it has nothing more to do. */
function history(snapshot: ClusterSnapshot): ClusterSnapshot[] {
  const states = [snapshot];
  for (let next = oneRound(snapshot); next !== undefined; next = oneRound(next)) {
    states.push(next);
    assert.ok(states.length < 20, 'it converges');
  }
  return states;
}

/** In no state a Service's published address lacks a Vip that is served. */
function assertNoGap(states: readonly ClusterSnapshot[]): void {
  for (const { services, vips } of states) {
    const served = vips.filter(({ phase }) => phase === 'Held' || phase === 'Stranded');
    for (const service of services) {
      for (const { ip } of service.ingress.filter((entry) => entry.ip.includes('.'))) {
        const vip = served.find(({ name }) => name === ip);
        assert.ok(
          vip?.holders.some(({ uid }) => uid === service.uid),
          `${ip} is served`,
        );
      }
    }
  }
}

function withService(snapshot: ClusterSnapshot, change: Partial<Service>): ClusterSnapshot {
  const [service, ...others] = snapshot.services;
  assert.ok(service);
  return { ...snapshot, services: [{ ...service, ...change }, ...others] };
}

test('a live Service that moves keeps its old address until the new one is published (A31)', () => {
  const pools = [aPool('edge', ['10.40.0.8/29'])];
  const before = converged(aSnapshot({ pools, services: [aService('shop/a')] }));
  const states = history(withService(before, wants('ip-addresses', '10.40.0.12')));
  assertNoGap(states);
  assert.ok(
    states.some(({ vips }) => vips.filter(({ phase }) => phase === 'Held').length === 2),
    'for a while it has both',
  );
  const after = states.at(-1) ?? before;
  assert.deepEqual(published(after), ['10.40.0.12']);
  assert.deepEqual(vipLines(after), ['10.40.0.12 Held shop/a', '10.40.0.8 Cooling']);
});

test('a request that is taken back before the move is done changes nothing (A31)', () => {
  const pools = [aPool('edge', ['10.40.0.8/29'])];
  const before = converged(aSnapshot({ pools, services: [aService('shop/a')] }));
  const begun = oneRound(withService(before, wants('ip-addresses', '10.40.0.12'))) ?? before;
  const after = converged(withService(begun, { annotations: {} }));
  assert.deepEqual(published(after), ['10.40.0.8']);
  assert.deepEqual(vipLines(after), ['10.40.0.12 Cooling', '10.40.0.8 Held shop/a']);
});

test('a move to another pool leaves no gap either (A23, A31)', () => {
  const pools = [
    aPool('edge', ['10.40.0.8/30', '2001:db8:40::8/125']),
    aPool('lab', ['10.41.0.0/30', '2001:db8:41::/126'], { spec: { assignment: 'OnRequest' } }),
  ];
  // The lab's network is elsewhere: its pool names the interface.
  const routed = { ...pools[1], interfaces: ['eth0'] } as (typeof pools)[number];
  const all = [pools[0], routed].flatMap((pool) => pool ?? []);
  const before = converged(aSnapshot({ pools: all, services: [aService('shop/a', dual)] }));
  const states = history(withService(before, wants('pool', 'lab')));
  assertNoGap(states);
  assert.deepEqual(published(states.at(-1) ?? before), ['10.41.0.0 2001:db8:41::']);
});

test('a quota that is used up does not keep a Service from moving (A31, A62)', () => {
  const quotas = [{ namespaceSelector: {}, maxAddresses: 1 }];
  const pools = [aPool('edge', ['10.40.0.8/29'], { spec: { quotas } })];
  const before = converged(aSnapshot({ pools, services: [aService('shop/a')] }));
  const after = converged(withService(before, wants('ip-addresses', '10.40.0.12')));
  assert.deepEqual(published(after), ['10.40.0.12']);
});

test('an address outside its pool is served on until its owner reassigns it (A48, A52)', () => {
  const services = ['a', 'b', 'c'].map((name, n) =>
    aService(`shop/${name}`, { ageSeconds: 9 - n }),
  );
  const first = aSnapshot({ pools: [aPool('edge', ['10.40.0.8/30'])], services });
  const before = converged(first);
  const pools = [aPool('edge', ['10.40.0.9-10.40.0.12'])];
  const stranded = converged({ ...before, pools });
  assert.deepEqual(results(stranded), { a: '10.40.0.8', b: '10.40.0.9', c: '10.40.0.10' });
  assert.ok(vipLines(stranded).includes('10.40.0.8 Stranded shop/a'));
  assert.deepEqual(notesOf(stranded, { uid: 'uid-shop/a' }), ['KeptOutsidePool']);
  const states = history(withService(stranded, wants('reassign', '10.40.0.8')));
  assertNoGap(states);
  const after = states.at(-1) ?? stranded;
  assert.deepEqual(results(after), { a: '10.40.0.11', b: '10.40.0.9', c: '10.40.0.10' });
  assert.ok(vipLines(after).includes('10.40.0.8 Cooling'));
  assert.equal(after.vips.length, 4, 'it goes to the first it is given');
});

test('only the stranded one of two addresses is replaced, in its family (A50)', () => {
  const pools = [aPool('edge', ['10.40.0.8/30', '2001:db8:40::8/125'])];
  const before = converged(aSnapshot({ pools, services: [aService('shop/a', dual)] }));
  const edited = [aPool('edge', ['10.40.0.12/30', '2001:db8:40::8/125'])];
  const asking = withService({ ...before, pools: edited }, wants('reassign', '10.40.0.8'));
  const after = converged(asking);
  assert.deepEqual(published(after), ['10.40.0.12 2001:db8:40::8']);
  assert.equal(after.vips.length, 3, 'it goes to the first it is given');
});

test('an address that is not stranded is not reassigned, whatever the annotation says (A48)', () => {
  const pools = [aPool('edge', ['10.40.0.8/30'])];
  const before = converged(aSnapshot({ pools, services: [aService('shop/a')] }));
  const after = converged(withService(before, wants('reassign', '10.40.0.8')));
  assert.deepEqual(vipLines(after), ['10.40.0.8 Held shop/a']);
});

test('a Service that cannot be reassigned keeps its address and says why (A48)', () => {
  const services = [aService('shop/a', { ageSeconds: 9 }), aService('shop/b', { ageSeconds: 5 })];
  const first = aSnapshot({ pools: [aPool('edge', ['10.40.0.8/31'])], services });
  const before = converged(first);
  const pools = [aPool('edge', ['10.40.0.9'])];
  const after = converged(withService({ ...before, pools }, wants('reassign', '10.40.0.8')));
  assert.equal(results(after)['a'], '10.40.0.8');
  const notes = notesOf(after, { uid: 'uid-shop/a' });
  assert.deepEqual(notes, ['KeptDespiteReassign', 'KeptOutsidePool']);
});

test('strandedPolicy: Reassign moves one Service after the other, without a gap (A48)', () => {
  const services = ['a', 'b', 'c'].map((name, n) =>
    aService(`shop/${name}`, { ageSeconds: 9 - n }),
  );
  const before = converged(aSnapshot({ pools: [aPool('edge', ['10.40.0.8/30'])], services }));
  const spec = { strandedPolicy: 'Reassign' };
  const pools = [aPool('edge', ['10.40.0.16/30'], { spec })];
  const states = history({ ...before, pools });
  assertNoGap(states);
  for (const { vips } of states) {
    const doubled = services.filter(
      ({ uid }) =>
        vips.filter(
          ({ phase, holders }) =>
            (phase === 'Held' || phase === 'Stranded') && holders.some((h) => h.uid === uid),
        ).length > 1,
    );
    assert.ok(doubled.length <= 1, `${doubled.length} move at once`);
  }
  const after = states.at(-1) ?? before;
  assert.deepEqual(results(after), { a: '10.40.0.16', b: '10.40.0.17', c: '10.40.0.18' });
});

test('a pool edit that is taken back ends a move: the published address stays (A46)', () => {
  const pools = [aPool('edge', ['10.40.0.8/30'])];
  const before = converged(aSnapshot({ pools, services: [aService('shop/a')] }));
  const edited = [aPool('edge', ['10.40.0.12/30'])];
  const begun = oneRound(withService({ ...before, pools: edited }, wants('reassign', '10.40.0.8')));
  const after = converged({ ...(begun ?? before), pools });
  assert.deepEqual(published(after), ['10.40.0.8']);
});

test('an address whose range was renamed passes to the other pool without a gap (A47)', () => {
  const services = [aService('shop/a', dual)];
  const old = aPool('old', ['10.40.0.8/30', '2001:db8:40::8/125'], { ageSeconds: 900 });
  const fresh = aPool('new', ['10.40.0.0/28', '2001:db8:40::8/125'], { ageSeconds: 5 });
  const before = converged(aSnapshot({ pools: [old], services }));
  const both = converged({ ...before, pools: [...before.pools, fresh] });
  assert.equal(both.vips[0]?.pool, 'old', 'the older pool has what both list (A12, A46)');
  const going = both.pools.map((p) => (p.name === 'old' ? { ...p, deleting: true } : p));
  const waiting = converged({ ...both, pools: going });
  assert.deepEqual(
    waiting.vips.map(({ pool, next }) => [pool, next?.pool]),
    [
      ['old', 'new'],
      ['old', 'new'],
    ],
    'it stays until the new pool’s instance has come to rest',
  );
  assert.equal(waiting.instances.length, 2);
  const states = history({ ...waiting, nowMs: waiting.nowMs + 5_000 });
  assertNoGap(states);
  const after = states.at(-1) ?? both;
  for (const vip of after.vips) {
    assert.deepEqual([vip.pool, vip.phase, vip.next], ['new', 'Held', undefined]);
    const instance = after.instances.find(({ name }) => name === vip.instance);
    assert.equal(instance?.pool, 'new');
  }
  assert.equal(after.instances.length, 1, 'the old instance and its VRID are free');
  assert.deepEqual(published(after), ['10.40.0.8 2001:db8:40::8']);
});

test('a node that still serves an address by the pool it passed from is waited for (A47, A64)', () => {
  const old = aPool('old', ['10.40.0.8/30'], { ageSeconds: 900 });
  const fresh = aPool('new', ['10.40.0.8/30'], { ageSeconds: 5 });
  const before = converged(aSnapshot({ pools: [old], services: [aService('shop/a')] }));
  const going = converged({ ...before, pools: [{ ...old, deleting: true }, fresh] });
  const rested = { ...going, nowMs: going.nowMs + 5_000 };
  const passed = converged(rested, { except: ['node-3'] });
  assert.deepEqual(
    [passed.vips[0]?.pool, passed.vips[0]?.previousInstance !== undefined],
    ['new', true],
  );
  const gone = converged({ ...passed, services: [] }, { except: ['node-3'] });
  assert.deepEqual(vipLines(gone), ['10.40.0.8 Releasing shop/a']);
  const back = converged(reporting(gone, 'node-1'));
  assert.deepEqual(vipLines(back), ['10.40.0.8 Cooling']);
  const all = converged(reporting(passed, 'node-1'));
  assert.equal(all.vips[0]?.previousInstance, undefined);
});

test('a Service that asks for the new pool by name keeps its address too (A31, A47)', () => {
  const old = aPool('old', ['10.40.0.8/30'], { ageSeconds: 900 });
  const fresh = aPool('new', ['10.40.0.0/28'], { ageSeconds: 5 });
  const before = converged(aSnapshot({ pools: [old], services: [aService('shop/a')] }));
  const asking = withService(before, wants('pool', 'new'));
  const going = { ...asking, pools: [{ ...old, deleting: true }, fresh] };
  const after = converged({ ...converged(going), nowMs: going.nowMs + 5_000 });
  assert.deepEqual([after.vips[0]?.name, after.vips[0]?.pool], ['10.40.0.8', 'new']);
});

test('an address passes on only where all of its Service’s may go (A23, A47)', () => {
  const services = [aService('shop/a', dual)];
  const before = converged(
    aSnapshot({ pools: [aPool('old', ['10.40.0.8/30', '2001:db8:40::8/125'])], services }),
  );
  const pools = [aPool('old', ['2001:db8:40::8/125']), aPool('new', ['10.40.0.8/30'])];
  const after = converged({ ...before, pools });
  assert.deepEqual(vipLines(after), [
    '10.40.0.8 Stranded shop/a',
    '2001-db8-40-0-0-0-0-8 Held shop/a',
  ]);
  const shop = { matchLabels: { 'kubernetes.io/metadata.name': 'blog' } };
  const wide = ['10.40.0.8/30', '2001:db8:40::8/125'];
  const others = [aPool('other', wide, { spec: { namespaceSelector: shop } })];
  assert.ok(converged({ ...before, pools: others }).vips.every(({ pool }) => pool === 'old'));
});

test('half of what RequireDualStack asks for is given back, unless it is published (A6, A41)', () => {
  const pools = [aPool('both', ['10.40.0.8/30', '2001:db8:40::8/125'])];
  const before = aSnapshot({ pools, services: [aService('shop/a', dual)] });
  const { operations } = allocate(before);
  const half = applied(before, operations.slice(0, -1));
  assert.equal(half.vips.length, 1, 'the second create failed');
  const whole = converged(half);
  assert.equal(whole.vips.length, 2, 'it is made up for while that is possible');
  const narrow = [aPool('both', ['10.40.0.8/30'])];
  const after = converged({ ...half, pools: narrow });
  assert.deepEqual(vipLines(after), ['10.40.0.8 Cooling']);
  assert.equal(results(after)['a'], 'FamilyUnavailable');
  const kept = converged({ ...whole, pools: narrow });
  assert.equal(results(kept)['a'], '10.40.0.8 2001:db8:40::8', 'what clients use stays');
});

test('what one run gives and gives back leaves no trace (A6, A48)', () => {
  const pools = [aPool('both', ['10.40.0.8/30', '2001:db8:40::8/125'])];
  const before = aSnapshot({ pools, services: [aService('shop/a', dual)] });
  const half = applied(before, allocate(before).operations.slice(0, -1));
  const elsewhere = aPool('both', ['10.40.0.16/30'], { spec: { strandedPolicy: 'Reassign' } });
  const { operations } = allocate({ ...half, pools: [elsewhere] });
  const made = operations.filter(({ kind }) => kind === 'vip-create');
  assert.deepEqual(made, []);
  const after = converged({ ...half, pools: [elsewhere] });
  assert.deepEqual(
    after.vips.filter(({ phase }) => phase === 'Held' || phase === 'Stranded'),
    [],
    'nor does it keep the half that it had',
  );
});
