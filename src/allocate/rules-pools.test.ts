/** Rules about pools: which one is used, and what their changes do to whom. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aPool, aService, aSnapshot } from '../../test/build/cluster.ts';
import { converged, notesOf, results, vipLines } from '../../test/build/converge.ts';
import type { ClusterSnapshot, Pool, Service } from '../model/objects.ts';
import { allocate } from './allocate.ts';

const aged = (key: string, ageSeconds: number, more = {}) => aService(key, { ageSeconds, ...more });
const edge = (addresses: readonly string[], spec = {}) => aPool('edge', addresses, { spec });
const held = (pools: readonly Pool[], ...services: readonly Service[]) =>
  converged(aSnapshot({ pools, services }));
const shopOnly = { matchLabels: { 'kubernetes.io/metadata.name': 'shop' } };

test('the order of every list is without influence (A1)', () => {
  const pools = [edge(['10.40.0.8/31']), aPool('b', ['10.40.1.0/30']), aPool('a', ['10.40.1.8'])];
  const services = ['a', 'b', 'c', 'd', 'e'].map((name, n) => aged(`shop/${name}`, n % 2));
  const snapshot = held(pools, ...services.slice(0, 2));
  const more = { ...snapshot, services: [...snapshot.services, ...services.slice(2)] };
  const reversed = Object.entries(more).map(([field, value]) => [
    field,
    Array.isArray(value) ? value.toReversed() : value,
  ]);
  const backwards = Object.fromEntries(reversed) as ClusterSnapshot;
  assert.deepEqual(allocate(backwards).operations, allocate(more).operations);
  assert.deepEqual(new Map([...allocate(backwards).outcomes].sort()), sortedOutcomes(more));
});

function sortedOutcomes(snapshot: ClusterSnapshot): Map<string, unknown> {
  return new Map([...allocate(snapshot).outcomes].sort());
}

test('of equal age the name decides, of equal names the UID (A2)', () => {
  const uid = (text: string) => ({ metadata: { uid: text } });
  const keys = ['shop/b', 'shop/a', 'blog/z'];
  const services = keys.map((key, n) => aged(key, 5, uid(`u${n}`)));
  assert.deepEqual(results(aSnapshot({ pools: [edge(['10.40.0.8/29'])], services })), {
    z: '10.40.0.8',
    a: '10.40.0.9',
    b: '10.40.0.10',
  });
  const twins = [aged('shop/a', 5, uid('u2')), aged('shop/a', 5, uid('u1'))];
  const { outcomes } = allocate(aSnapshot({ pools: [edge(['10.40.0.8'])], services: twins }));
  assert.deepEqual([outcomes.get('u1')?.kind, outcomes.get('u2')?.kind], ['granted', 'refused']);
});

test('an excluded address is neither counted nor given on request (A14)', () => {
  const pools = [edge(['10.40.0.8/30'], { excludedAddresses: ['10.40.0.9'] })];
  const annotations = { 'fairlead.dev/ip-addresses': '10.40.0.9' };
  const after = held(pools, aged('shop/asks', 9, { annotations }), aged('shop/b', 5));
  assert.deepEqual(results(after), { asks: 'AddressExcluded', b: '10.40.0.8' });
  type Usage = { readonly addresses: readonly { size: string; free: string }[] };
  const [usage] = (JSON.parse(after.pools[0]?.statusText ?? '{}') as Usage).addresses;
  assert.deepEqual([usage?.size, usage?.free], ['3', '2']);
});

test('a pool with both selectors is for Services that fit both (A19)', () => {
  const serviceSelector = { matchLabels: { tier: 'web' } };
  const pools = [edge(['10.40.0.8/29'], { namespaceSelector: shopOnly, serviceSelector })];
  const web = { labels: { tier: 'web' } };
  const services = [aged('shop/both', 9, web), aged('shop/plain', 8), aged('blog/web', 7, web)];
  assert.deepEqual(results(aSnapshot({ pools, services })), {
    both: '10.40.0.8',
    plain: 'NoPool',
    web: 'NoPool',
  });
});

test('better pools, priorities and assignment: OnRequest move nobody (A46)', () => {
  const before = held([edge(['10.40.0.8/29'])], aService('shop/a'));
  const better = aPool('better', ['10.40.1.8/29'], { spec: { priority: 1 } });
  const after = converged({
    ...before,
    pools: [edge(['10.40.0.8/29'], { assignment: 'OnRequest' }), better],
    services: [...before.services, aged('shop/b', 1)],
  });
  assert.deepEqual(results(after), { a: '10.40.0.8', b: '10.40.1.8' });
});

test('labels that no longer match cost nothing until a release, which is final (A49)', () => {
  const before = held([edge(['10.40.0.8/29'])], aService('blog/b'));
  const pools = [edge(['10.40.0.8/29'], { namespaceSelector: shopOnly })];
  const kept = converged({ ...before, pools });
  assert.deepEqual(results(kept), { b: '10.40.0.8' });
  const gone = converged({ ...kept, services: [] });
  const again = aService('blog/b', { metadata: { uid: 'again' } });
  assert.deepEqual(results({ ...gone, services: [again] }), { b: 'NoPool' });
});

test('an invalid pool gives nothing new and takes nothing; another one serves on (A51)', () => {
  const before = held([edge(['10.40.0.8/29'])], aService('shop/a', { ageSeconds: 9 }));
  const after = converged({
    ...before,
    pools: [edge(['nonsense']), aPool('other', ['10.40.1.8/29'])],
    services: [...before.services, aged('shop/b', 1)],
  });
  assert.deepEqual(results(after), { a: '10.40.0.8', b: '10.40.1.8' });
  assert.deepEqual(vipLines(after), ['10.40.0.8 Held shop/a', '10.40.1.8 Held shop/b']);
  const only = { ...after, pools: after.pools.slice(0, 1), services: [aged('shop/c', 1)] };
  assert.equal(results(only)['c'], 'NoPool');
});

test('one of two addresses leaves its pool: that one is stranded, the other is not (A50)', () => {
  const wide = aService('shop/a', { families: ['IPv4', 'IPv6'] });
  const before = held([edge(['10.40.0.8/30', '2001:db8:40::8/125'])], wide);
  const after = converged({ ...before, pools: [edge(['10.40.0.12/30', '2001:db8:40::8/125'])] });
  assert.deepEqual(vipLines(after), [
    '10.40.0.8 Stranded shop/a',
    '2001-db8-40-0-0-0-0-8 Held shop/a',
  ]);
  assert.deepEqual(notesOf(after, wide), ['KeptOutsidePool']);
});
