/** Rules of a single grant: whole or not at all, from the right pool, of the right families. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aPool, applied, aService, aSnapshot } from '../../test/build/cluster.ts';
import { converged, notesOf, results, vipLines } from '../../test/build/converge.ts';
import type { ClusterSnapshot, Pool, Service } from '../model/objects.ts';
import { allocate } from './allocate.ts';

const dual = ['IPv4', 'IPv6'];
const prefer = { ipFamilyPolicy: 'PreferDualStack' };
const aged = (key: string, ageSeconds: number, more = {}) => aService(key, { ageSeconds, ...more });
const asks = (addresses: string) => ({ annotations: { 'fairlead.dev/ip-addresses': addresses } });
const edge = (addresses: readonly string[], spec = {}) => aPool('edge', addresses, { spec });

/** What one Service is given out of some pools. */
function given(pools: readonly Pool[], service: Service): string | undefined {
  return results(aSnapshot({ pools, services: [service] }))[service.name];
}

test('a Service that must have two addresses gets both or none, and nothing is created (A3)', () => {
  const pools = [edge(['10.40.0.8/30', '2001:db8:40::8'])];
  const services = [
    aged('shop/first', 9, { families: dual }),
    aged('shop/b', 5, { families: dual }),
  ];
  const snapshot = aSnapshot({ pools, services });
  assert.deepEqual(results(snapshot), {
    first: '10.40.0.8 2001:db8:40::8',
    b: 'PoolExhausted',
  });
  const created = allocate(snapshot).operations.filter(({ kind }) => kind === 'vip-create');
  assert.deepEqual(
    created.map(({ name }) => name),
    ['10.40.0.8', '2001-db8-40-0-0-0-0-8'],
  );
});

test('a Vip records its pool, and of each holder UID, sharing key and ports (A5)', () => {
  const service = aService('shop/dns', {
    annotations: { 'fairlead.dev/sharing-key': 'ns1' },
    spec: { ports: [{ name: 'tcp', protocol: 'TCP', port: 53 }] },
  });
  const { vips } = converged(aSnapshot({ pools: [edge(['10.40.0.8/30'])], services: [service] }));
  assert.deepEqual([vips[0]?.name, vips[0]?.pool], ['10.40.0.8', 'edge']);
  const { namespace, name, uid, sharingKey, ports } = vips[0]?.holders[0] ?? {};
  assert.deepEqual([namespace, name, uid, sharingKey], ['shop', 'dns', 'uid-shop/dns', 'ns1']);
  assert.deepEqual(ports, [{ protocol: 'TCP', port: 53 }]);
});

/** The cluster in which only the first of two creates succeeded. */
function halfCreated(pools: readonly Pool[], service: Service): ClusterSnapshot {
  const before = aSnapshot({ pools, services: [service] });
  const { operations } = allocate(before);
  const second = operations.findLast(({ kind }) => kind === 'vip-create');
  return applied(
    before,
    operations.filter((operation) => operation !== second),
  );
}

test('when the second create fails, one address that will do alone is kept (A43)', () => {
  const service = aService('shop/a', { families: dual, spec: prefer });
  const half = halfCreated([edge(['10.40.0.8/30', '2001:db8:40::8'])], service);
  const after = converged({ ...half, pools: [edge(['10.40.0.8/30'])] });
  assert.deepEqual(vipLines(after), ['10.40.0.8 Held shop/a']);
  assert.deepEqual(notesOf(after, service), ['AllocatedPartially']);
});

test('a failed second create is simply tried again: another address does as well', () => {
  const service = aService('shop/a', { families: dual });
  const half = halfCreated([edge(['10.40.0.8/30', '2001:db8:40::8/125'])], service);
  assert.deepEqual(vipLines(converged(half)), [
    '10.40.0.8 Held shop/a',
    '2001-db8-40-0-0-0-0-8 Held shop/a',
  ]);
});

test('an address that is being withdrawn is nobody else’s yet; a cooling one is taken (A16, A17)', () => {
  const pools = [edge(['10.40.0.8'])];
  const before = converged(aSnapshot({ pools, services: [aService('shop/old')] }));
  const gone = { ...before, services: [aService('shop/new')] };
  const releasing = applied(gone, allocate(gone).operations);
  assert.deepEqual(vipLines(releasing), ['10.40.0.8 Releasing shop/old']);
  assert.equal(results(releasing)['new'], 'PoolExhausted');
  const cooled = converged({ ...before, services: [] });
  assert.deepEqual(vipLines(cooled), ['10.40.0.8 Cooling']);
  assert.equal(results({ ...cooled, services: gone.services })['new'], '10.40.0.8');
});

test('a priority alone makes a pool go before plain ones, for every Service (A20)', () => {
  const pools = [edge(['10.40.0.8/30']), aPool('z', ['10.40.1.8/30'], { spec: { priority: 9 } })];
  assert.equal(given(pools, aService('blog/any')), '10.40.1.8');
  const serviceSelector = { matchLabels: { tier: 'web' } };
  const picky = aPool('a', ['10.40.2.8/30'], { spec: { serviceSelector } });
  const web = aService('blog/any', { labels: { tier: 'web' } });
  assert.equal(given([...pools, picky], web), '10.40.1.8', 'it is pinned like one that selects');
});

test('priority 1 goes before 2, equals go by name, unset goes last (A21)', () => {
  const all = { matchLabels: { tier: 'web' } };
  const pool = (name: string, last: number, priority: number) =>
    aPool(name, [`10.40.0.${last}`], { spec: { priority, serviceSelector: all } });
  const pools = [pool('a', 1, 0), pool('c', 2, 2), pool('b', 3, 2), pool('d', 4, 1)];
  const services = [1, 2, 3, 4].map((n) => aged(`shop/s${n}`, 50 - n, { labels: { tier: 'web' } }));
  assert.deepEqual(Object.values(results(aSnapshot({ pools, services }))), [
    ...['10.40.0.4', '10.40.0.3', '10.40.0.2', '10.40.0.1'],
  ]);
});

test('three addresses, two of one family, and one twice are no request (A25)', () => {
  const pools = [edge(['10.40.0.8/29', '2001:db8:40::8/125'])];
  for (const text of [
    '10.40.0.8, 2001:db8:40::8, 10.40.0.9',
    '10.40.0.8, 10.40.0.9',
    '10.40.0.8, 10.40.0.8',
  ]) {
    const service = aService('shop/a', { families: dual, ...asks(text) });
    assert.equal(given(pools, service), 'RequestUnparsable', text);
  }
});

test('a request has exactly the families of the Service, neither more nor fewer (A26)', () => {
  const pools = [edge(['10.40.0.8/29', '2001:db8:40::8/125'])];
  const both = asks('10.40.0.9, 2001:db8:40::9');
  const wide = aService('shop/a', { families: dual, ...both });
  assert.equal(given(pools, wide), '10.40.0.9 2001:db8:40::9');
  assert.equal(given(pools, aService('shop/a', both)), 'RequestFamilies');
  const one = { families: dual, ...asks('10.40.0.9') };
  assert.equal(given(pools, aService('shop/a', one)), 'RequestFamilies');
});

test('spec.loadBalancerIP is honoured inside a pool and never answered with another (R32, A24)', () => {
  const pools = [edge(['10.40.0.8/29'])];
  const wish = (loadBalancerIP: string) => aService('shop/a', { spec: { loadBalancerIP } });
  assert.equal(given(pools, wish('10.40.0.11')), '10.40.0.11');
  assert.equal(given(pools, wish('10.99.0.11')), 'AddressInNoPool');
});

test('a Service has the families of its cluster IPs, whatever its pool offers (A38)', () => {
  const pools = [edge(['10.40.0.8/29', '2001:db8:40::8/125'])];
  assert.equal(given(pools, aService('shop/a')), '10.40.0.8');
  assert.equal(given(pools, aService('shop/a', { families: ['IPv6'] })), '2001:db8:40::8');
});

test('PreferDualStack with one cluster IP gets one address, from a pool with both too (A42)', () => {
  const pools = [edge(['10.40.0.8/29', '2001:db8:40::8/125'])];
  const service = aService('shop/a', { spec: prefer });
  const after = converged(aSnapshot({ pools, services: [service] }));
  assert.deepEqual(vipLines(after), ['10.40.0.8 Held shop/a']);
  assert.deepEqual(notesOf(after, service), [], 'it lacks nothing');
});

test('ports that change leave the address as it is (R20)', () => {
  const ports = (...all: object[]) => aService('shop/a', { spec: { ports: all } });
  const http = { name: 'http', protocol: 'TCP', port: 80, nodePort: 30_080 };
  const pools = [edge(['10.40.0.8/29'])];
  let now = converged(aSnapshot({ pools, services: [ports(http)] }));
  for (const all of [
    [{ ...http, nodePort: 30_081 }],
    [{ ...http, port: 81 }],
    [http, { name: 'more', protocol: 'TCP', port: 443 }],
  ]) {
    now = converged({ ...now, services: [ports(...all)] });
    assert.deepEqual(vipLines(now), ['10.40.0.8 Held shop/a']);
  }
});

test('an exhausted pool keeps a Service waiting until somebody lets go; nobody shares (R36)', () => {
  const pools = [edge(['10.40.0.8'])];
  const waiting = converged(aSnapshot({ pools, services: [aged('shop/a', 9), aged('shop/b', 5)] }));
  assert.deepEqual(results(waiting), { a: '10.40.0.8', b: 'PoolExhausted' });
  const freed = converged({ ...waiting, services: waiting.services.slice(1) });
  assert.deepEqual(vipLines(freed), ['10.40.0.8 Held shop/b']);
});

test('Services without a class are served only where Fairlead is the default (R1, R3)', () => {
  const services = [aService('shop/a', { spec: { loadBalancerClass: undefined } })];
  const snapshot = aSnapshot({ pools: [edge(['10.40.0.8/30'])], services });
  assert.deepEqual(results(snapshot), { a: undefined });
  assert.deepEqual(results({ ...snapshot, isDefaultClass: true }), { a: '10.40.0.8' });
});
