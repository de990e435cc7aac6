import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  aPool,
  applied,
  aService,
  aSnapshot,
  reporting,
  startMs,
} from '../../test/build/cluster.ts';
import type { ClusterSnapshot } from '../model/objects.ts';
import { formatAddress } from '../net/format-address.ts';
import { allocate } from './allocate.ts';

const dual = ['IPv4', 'IPv6'];
const prefer = { ipFamilyPolicy: 'PreferDualStack' };

/** What each Service has: its addresses, or the code of its refusal. */
function results(snapshot: ClusterSnapshot): Record<string, string | undefined> {
  const { outcomes } = allocate(snapshot);
  return Object.fromEntries(
    snapshot.services.map((service) => {
      const outcome = outcomes.get(service.uid);
      if (outcome?.kind === 'granted') {
        return [service.name, outcome.vips.map((vip) => formatAddress(vip.address)).join(' ')];
      }
      return [service.name, outcome?.kind === 'refused' ? outcome.reason.code : outcome?.kind];
    }),
  );
}

/** The next picture of the cluster, and the one after, until nothing is written any more. */
function settledAfter(snapshot: ClusterSnapshot, more: Partial<ClusterSnapshot> = {}) {
  let now: ClusterSnapshot = { ...snapshot, ...more };
  for (let run = 0; run < 6; run += 1) {
    const { operations } = allocate(now);
    if (operations.length === 0) return now;
    now = reporting(applied(now, operations), 'node-1');
  }
  throw new Error('it does not settle');
}

const aged = (key: string, ageSeconds: number, more = {}) => aService(key, { ageSeconds, ...more });

test('first fit: ranges as written, oldest Service first (A2, A15, example of section 3)', () => {
  const pools = [aPool('edge', ['10.40.0.8-10.40.0.9', '10.40.0.4/31'])];
  const services = [aged('shop/c', 10), aged('shop/a', 30), aged('shop/b', 20)];
  const first = settledAfter(aSnapshot({ pools, services }));
  assert.deepEqual(results(first), { a: '10.40.0.8', b: '10.40.0.9', c: '10.40.0.4' });
  const without = settledAfter(first, {
    services: [services[0], services[1]].flatMap((s) => s ?? []),
  });
  assert.equal(without.vips.find((vip) => vip.name === '10.40.0.9')?.phase, 'Cooling');
  const d = settledAfter(without, { services: [...without.services, aged('shop/d', 5)] });
  assert.equal(results(d)['d'], '10.40.0.5', 'passes over the one that cools down');
  const e = { ...d, services: [...d.services, aged('shop/e', 4)] };
  assert.deepEqual(results(e), { a: '10.40.0.8', c: '10.40.0.4', d: '10.40.0.5', e: '10.40.0.9' });
});

test('an address that has cooled down is deleted, at a timed wake (A17, A58)', () => {
  const pools = [aPool('edge', ['10.40.0.8/30'], { spec: { coolDownSeconds: 60 } })];
  const held = settledAfter(aSnapshot({ pools, services: [aService('shop/a')] }));
  const cooling = settledAfter(held, { services: [] });
  assert.equal(allocate(cooling).wakeAtMs, startMs + 60_000);
  assert.equal(cooling.vips[0]?.finalizers.length, 0);
  const later = allocate({ ...cooling, nowMs: startMs + 60_000 });
  assert.deepEqual(
    later.operations.map(({ kind, name }) => `${kind} ${name}`),
    ['vip-delete 10.40.0.8'],
  );
  const [deletion] = later.operations;
  assert.ok(deletion?.kind === 'vip-delete');
  assert.equal(deletion.finalizers, undefined, 'ours is gone already: one request, not two');
});

test('a cool-down that began under a clock that was ahead begins now (A17)', () => {
  const pools = [aPool('edge', ['10.40.0.8/30'], { spec: { coolDownSeconds: 60 } })];
  const held = settledAfter(aSnapshot({ pools, services: [aService('shop/a')] }));
  const cooling = settledAfter(held, { services: [] });
  const aYear = 31_536_000_000;
  const ahead = cooling.vips.map((vip) => ({ ...vip, phaseSinceMs: startMs + aYear }));
  const mended = applied(
    { ...cooling, vips: ahead },
    allocate({ ...cooling, vips: ahead }).operations,
  );
  assert.equal(mended.vips[0]?.phaseSinceMs, startMs);
  const later = allocate({ ...mended, nowMs: startMs + 60_000 });
  assert.deepEqual(
    later.operations.map(({ kind }) => kind),
    ['vip-delete'],
  );
  const slightly = cooling.vips.map((vip) => ({ ...vip, phaseSinceMs: startMs + 5_000 }));
  assert.deepEqual(allocate({ ...cooling, vips: slightly }).operations, []);
});

test('pinned pools before plain ones, by priority, name (A18–A22, example of section 4)', () => {
  const selects = (key: string, value: string) => ({ matchLabels: { [key]: value } });
  const shop = selects('kubernetes.io/metadata.name', 'shop');
  const pools = [
    aPool('any-b', ['10.40.4.0/24']),
    aPool('any-a', ['10.40.3.0']),
    aPool('silver', ['10.40.2.0'], { spec: { serviceSelector: selects('tier', 'web') } }),
    aPool('gold', ['10.40.1.0'], { spec: { namespaceSelector: shop, priority: 5 } }),
  ];
  const web = { labels: { tier: 'web' } };
  const services = [1, 2, 3, 4].map((n) => aged(`shop/s${n}`, 50 - n, web));
  assert.deepEqual(results(aSnapshot({ pools, services })), {
    s1: '10.40.1.0',
    s2: '10.40.2.0',
    s3: '10.40.3.0',
    s4: '10.40.4.0',
  });
  assert.deepEqual(results(aSnapshot({ pools, services: [aService('blog/x')] })), {
    x: '10.40.3.0',
  });
});

test('a pool on request is only used when it is named (A18, A28)', () => {
  const pools = [aPool('lab', ['10.40.1.0/30'], { spec: { assignment: 'OnRequest' } })];
  const asks = { 'fairlead.dev/pool': 'lab' };
  const services = [aService('shop/plain'), aService('shop/asks', { annotations: asks })];
  assert.deepEqual(results(aSnapshot({ pools, services })), { plain: 'NoPool', asks: '10.40.1.0' });
});

test('requests are met exactly or refused with a reason (A24–A30)', () => {
  const pools = [
    aPool('edge', ['10.40.0.8/29'], { spec: { excludedAddresses: ['10.40.0.9'] } }),
    aPool('lab', ['10.40.1.0/30'], { spec: { assignment: 'OnRequest' } }),
    aPool('shut', ['10.40.2.0/30'], { spec: { addressRequests: 'Denied' } }),
    aPool('broken', ['10.40.3.0/30', 'nonsense']),
  ];
  const asking = (addresses: string, pool?: string) =>
    aService('shop/a', {
      annotations: { 'fairlead.dev/ip-addresses': addresses, 'fairlead.dev/pool': pool },
    });
  const codeOf = (service: ReturnType<typeof aService>) =>
    results(aSnapshot({ pools, services: [service] }))['a'];
  assert.equal(codeOf(asking(' 10.40.1.2 ')), '10.40.1.2');
  assert.equal(codeOf(asking('10.40.0.11', 'edge')), '10.40.0.11');
  assert.equal(codeOf(asking('10.40.1.1', 'edge')), 'AddressInOtherPool');
  assert.equal(codeOf(asking('10.99.0.1')), 'AddressInNoPool');
  assert.equal(codeOf(asking('10.40.0.9')), 'AddressExcluded');
  assert.equal(codeOf(asking('10.40.2.1')), 'AddressRequestsDenied');
  assert.equal(codeOf(asking('10.40.3.1')), 'PoolInvalid');
  assert.equal(codeOf(asking('10.40.0.010')), 'RequestUnparsable');
  assert.equal(codeOf(asking('10.40.0.10, 10.40.0.11')), 'RequestUnparsable');
  assert.equal(codeOf(asking('2001:db8::1')), 'RequestFamilies');
  assert.equal(codeOf(asking('', 'none')), 'PoolNotFound');
  const both = { spec: { loadBalancerIP: '10.40.0.10' } };
  assert.equal(codeOf(aService('shop/a', both)), '10.40.0.10');
  const annotations = { 'fairlead.dev/ip-addresses': '10.40.0.10' };
  assert.equal(codeOf(aService('shop/a', { ...both, annotations })), 'RequestConflict');
});

test('a request for a held address waits and is granted when it is free (A30, A58)', () => {
  const pools = [aPool('edge', ['10.40.0.8/30'])];
  const holder = aged('shop/old', 50);
  const wants = { annotations: { 'fairlead.dev/ip-addresses': '10.40.0.8' } };
  const before = settledAfter(aSnapshot({ pools, services: [holder, aged('shop/new', 5, wants)] }));
  assert.deepEqual(results(before), { old: '10.40.0.8', new: 'AddressTaken' });
  const after = settledAfter(before, { services: [aged('shop/new', 5, wants)] });
  assert.deepEqual(results(after), { new: '10.40.0.8' });
});

test('a live Service moves if its request can be met and stays otherwise (A31)', () => {
  const pools = [
    aPool('edge', ['10.40.0.8/29']),
    aPool('lab', ['10.40.1.0/30'], { spec: { assignment: 'OnRequest' } }),
  ];
  const held = settledAfter(aSnapshot({ pools, services: [aService('shop/a')] }));
  const asking = (addresses: string) =>
    aService('shop/a', { annotations: { 'fairlead.dev/ip-addresses': addresses } });
  const refusedMove = settledAfter(held, { services: [asking('10.99.0.1')] });
  const outcome = allocate(refusedMove).outcomes.get('uid-shop/a');
  assert.equal(outcome?.kind === 'granted' && outcome.notes[0]?.code, 'KeptDespiteRequest');
  assert.deepEqual(results(refusedMove), { a: '10.40.0.8' });
  const moved = settledAfter(refusedMove, { services: [asking('10.40.1.1')] });
  assert.deepEqual(results(moved), { a: '10.40.1.1' });
  assert.equal(moved.vips.find((vip) => vip.name === '10.40.0.8')?.phase, 'Cooling');
  assert.deepEqual(results(settledAfter(moved, { services: [aService('shop/a')] })), {
    a: '10.40.1.1',
  });
});

test('dual stack: a pool with both families goes first (A41–A44, example of section 7)', () => {
  const pools = [
    aPool('four', ['10.40.0.8/30'], { spec: { priority: 1 } }),
    aPool('six', ['2001:db8:40::/126']),
    aPool('both', ['10.40.42.0/31', '2001:db8:42::/127']),
  ];
  const like = (n: number) => aged(`shop/p${n}`, 50 - n, { families: dual, spec: prefer });
  const services = [like(1), like(2), like(3), aged('shop/must', 1, { families: dual })];
  const settled = settledAfter(aSnapshot({ pools, services }));
  assert.deepEqual(results(settled), {
    p1: '10.40.42.0 2001:db8:42::',
    p2: '10.40.42.1 2001:db8:42::1',
    p3: '10.40.0.8',
    must: 'NoPool',
  });
  const notes = allocate(settled).outcomes.get('uid-shop/p3');
  assert.equal(notes?.kind === 'granted' && notes.notes[0]?.code, 'AllocatedPartially');
  const grown = aPool('four', ['10.40.0.8/30', '2001:db8:43::/126'], { spec: { priority: 1 } });
  const after = settledAfter(settled, { pools: [grown, ...pools.slice(1)] });
  assert.equal(results(after)['p3'], '10.40.0.8 2001:db8:43::');
  const instances = after.vips
    .filter((vip) => vip.holders[0]?.name === 'p3')
    .map((vip) => vip.instance);
  assert.equal(new Set(instances).size, 1, 'both of a Service ride on one instance');
});

test('a family that goes is released, the other one stays (A45, R34); primary first (A40)', () => {
  const pools = [aPool('both', ['10.40.42.0/31', '2001:db8:42::/127'])];
  const wide = aService('shop/a', { families: ['IPv6', 'IPv4'] });
  const settled = settledAfter(aSnapshot({ pools, services: [wide] }));
  assert.deepEqual(results(settled), { a: '2001:db8:42:: 10.40.42.0' });
  const narrow = settledAfter(settled, { services: [aService('shop/a', { families: ['IPv6'] })] });
  assert.deepEqual(results(narrow), { a: '2001:db8:42::' });
  assert.equal(narrow.vips.find((vip) => vip.name === '10.40.42.0')?.phase, 'Cooling');
});

test('a pool edited around a held address strands it, takes nothing away (A46, A48, A52)', () => {
  const services = ['a', 'b', 'c'].map((name, index) => aged(`shop/${name}`, 50 - index));
  const before = settledAfter(aSnapshot({ pools: [aPool('edge', ['10.40.0.8/30'])], services }));
  const edited = settledAfter(before, { pools: [aPool('edge', ['10.40.0.9-10.40.0.12'])] });
  assert.deepEqual(results(edited), { a: '10.40.0.8', b: '10.40.0.9', c: '10.40.0.10' });
  const phases = edited.vips.map((vip) => vip.phase);
  assert.deepEqual(phases.toSorted(), ['Held', 'Held', 'Stranded']);
  const invalid = settledAfter(before, { pools: [aPool('edge', ['nonsense'])] });
  assert.deepEqual(results(invalid), results(before), 'an invalid pool judges nobody (A51)');
  assert.ok(invalid.vips.every((vip) => vip.phase === 'Held'));
  const gone = settledAfter(before, { pools: [] });
  assert.deepEqual(results(gone), results(before));
});

test('labels that no longer match keep the address and say so (A49)', () => {
  const pools = [aPool('edge', ['10.40.0.8/30'])];
  const before = settledAfter(aSnapshot({ pools, services: [aService('blog/b')] }));
  const shop = { matchLabels: { 'kubernetes.io/metadata.name': 'shop' } };
  const picky = [aPool('edge', ['10.40.0.8/30'], { spec: { namespaceSelector: shop } })];
  const outcome = allocate({ ...before, pools: picky }).outcomes.get('uid-blog/b');
  assert.equal(outcome?.kind === 'granted' && outcome.notes[0]?.code, 'KeptUnselected');
});

test('the older of two overlapping pools owns the shared part (A12)', () => {
  const pools = [
    aPool('young', ['10.40.0.8/30', '10.40.0.20'], { ageSeconds: 10 }),
    aPool('old', ['10.40.0.0/28'], { ageSeconds: 20, spec: { assignment: 'OnRequest' } }),
  ];
  const snapshot = aSnapshot({ pools, services: [aService('shop/a')] });
  assert.deepEqual(results(snapshot), { a: '10.40.0.20' });
  const young = allocate(snapshot).spaces.find(({ pool }) => pool.name === 'young');
  assert.deepEqual(young?.overlaps[0]?.data, { shared: '10.40.0.8/30', other: 'old' });
});

test('who waits never takes what another can keep (A53, A56, A59, example of section 9)', () => {
  const pools = [aPool('edge', ['10.40.0.8-10.40.0.9'])];
  const services = [
    aged('shop/new', 90),
    aged('shop/old', 50, { ingress: ['10.40.0.8'] }),
    aged('shop/dup', 40, { ingress: ['10.40.0.8'] }),
    aged('shop/far', 30, { ingress: ['192.0.2.7'] }),
  ];
  assert.deepEqual(results(aSnapshot({ pools, services })), {
    old: '10.40.0.8',
    new: '10.40.0.9',
    dup: 'PoolExhausted',
    far: 'PoolExhausted',
  });
});

test('nothing is allocated before the finalizer stands (R6, A54)', () => {
  const pools = [aPool('edge', ['10.40.0.8-10.40.0.9'])];
  const bare = { metadata: { finalizers: [] } };
  const services = [
    aged('shop/taken-over', 9, { ...bare, ingress: ['10.40.0.8'] }),
    aged('shop/b', 50),
  ];
  const run = allocate(aSnapshot({ pools, services }));
  assert.equal(run.outcomes.get('uid-shop/taken-over')?.kind, 'preparing');
  const created = run.operations.filter(({ kind }) => kind === 'vip-create');
  assert.deepEqual(
    created.map(({ name }) => name),
    ['10.40.0.9'],
  );
});

test('a Service of another class, of none, or that is going gets nothing (R1, R7, A39)', () => {
  const pools = [aPool('edge', ['10.40.0.8/30'])];
  const services = [
    aService('shop/foreign', { spec: { loadBalancerClass: 'example.com/other' } }),
    aService('shop/none', { spec: { loadBalancerClass: undefined } }),
    aService('shop/cluster', { spec: { type: 'ClusterIP' } }),
    aService('shop/going', { metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } }),
    aService('shop/headless', { spec: { clusterIPs: ['None'] } }),
  ];
  const snapshot = aSnapshot({ pools, services });
  const nothing = { foreign: undefined, none: undefined, cluster: undefined, going: undefined };
  assert.deepEqual(results(snapshot), { ...nothing, headless: 'NoClusterIp' });
  assert.deepEqual(allocate(snapshot).operations, []);
  assert.equal(results({ ...snapshot, isDefaultClass: true })['none'], '10.40.0.8');
});

test('a Service of the same name with another UID inherits nothing (R11)', () => {
  const pools = [aPool('edge', ['10.40.0.8/30'])];
  const before = settledAfter(aSnapshot({ pools, services: [aService('shop/a')] }));
  const again = aService('shop/a', { metadata: { uid: 'another' } });
  const run = allocate({ ...before, services: [again] });
  const kinds = run.operations.filter((o) => o.kind.startsWith('vip')).map((o) => [o.kind, o.name]);
  assert.deepEqual(kinds, [
    ['vip-create', '10.40.0.9'],
    ['vip-update', '10.40.0.8'],
  ]);
});

test('a setting nobody enforces is refused; what is held stays held (design.md section 8)', () => {
  const pools = [aPool('edge', ['10.40.0.8/30'])];
  const open = aService('shop/a');
  const closed = aService('shop/a', { spec: { loadBalancerSourceRanges: ['nonsense'] } });
  assert.deepEqual(results(aSnapshot({ pools, services: [closed] })), {
    a: 'SourceRangesInvalid',
  });
  const before = settledAfter(aSnapshot({ pools, services: [open] }));
  const after = settledAfter(before, { services: [closed] });
  assert.deepEqual(results(after), { a: '10.40.0.8' });
  assert.equal(after.vips[0]?.phase, 'Held');
});

test('a Vip deleted by hand stays while it is held, whatever becomes of it (A65)', () => {
  const pools = [aPool('edge', ['10.40.0.8/30'])];
  const before = settledAfter(aSnapshot({ pools, services: [aService('shop/a')] }));
  const deleted = { ...before, vips: before.vips.map((vip) => ({ ...vip, deleting: true })) };
  assert.deepEqual(allocate(deleted).operations, []);
  assert.deepEqual(results(deleted), { a: '10.40.0.8' });
  const released = allocate({ ...deleted, services: [] }).operations;
  assert.deepEqual(
    released.map(({ kind, name }) => `${kind} ${name}`),
    ['vip-update 10.40.0.8'],
  );
});

test('a Vip deleted by hand goes at once when its last holder has left it, not before (A65)', () => {
  const cooling = { spec: { coolDownSeconds: 600 } };
  const pools = [aPool('edge', ['10.40.0.8/30'], cooling)];
  const before = settledAfter(aSnapshot({ pools, services: [aService('shop/a')] }));
  const vips = before.vips.map((vip) => ({ ...vip, deleting: true, phase: 'Releasing' as const }));
  const { operations } = allocate({ ...before, vips, services: [], vipNodes: [] });
  assert.deepEqual(
    operations.map(({ kind, name }) => `${kind} ${name}`),
    ['vip-delete 10.40.0.8'],
  );
  const foreign = vips.map((vip) => ({ ...vip, finalizers: ['example.com/keep'] }));
  const kept = allocate({ ...before, vips: foreign, services: [], vipNodes: [] }).operations;
  assert.deepEqual(kept, []);
});

test('an IPv6 /64 is neither enumerated nor ever full (A13)', () => {
  const pools = [aPool('six', ['2001:db8::/64'])];
  const services = Array.from({ length: 300 }, (_, n) =>
    aged(`shop/s${n}`, 1000 - n, { families: ['IPv6'] }),
  );
  const found = results(aSnapshot({ pools, services }));
  assert.equal(found['s0'], '2001:db8::');
  assert.equal(found['s299'], '2001:db8::12b');
});

test('addresses that end in excluded octets are passed over (A14)', () => {
  const spec = { excludedAddresses: ['*.255', '*.0'] };
  const pools = [aPool('edge', ['10.40.0.254-10.40.1.1'], { spec })];
  const services = [aged('shop/a', 9), aged('shop/b', 8), aged('shop/c', 7)];
  const expected = { a: '10.40.0.254', b: '10.40.1.1', c: 'PoolExhausted' };
  assert.deepEqual(results(aSnapshot({ pools, services })), expected);
});
