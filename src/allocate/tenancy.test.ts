import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aPool, aService, aSnapshot, startMs } from '../../test/build/cluster.ts';
import { converged, notesOf, results, vipLines } from '../../test/build/converge.ts';
import type { ClusterSnapshot } from '../model/objects.ts';
import { sentence } from '../tables/reasons.ts';
import { allocate } from './allocate.ts';

const aged = (key: string, ageSeconds: number, more = {}) => aService(key, { ageSeconds, ...more });
const edge = (spec: Record<string, unknown>, addresses = ['10.40.0.8/29']) =>
  aPool('edge', addresses, { spec });
const named = (namespace: string) => ({
  matchLabels: { 'kubernetes.io/metadata.name': namespace },
});
const asks = (address: string) => ({ annotations: { 'fairlead.dev/ip-addresses': address } });
const keeps = (seconds: number) => ({
  annotations: { 'fairlead.dev/retain-seconds': String(seconds) },
});

function refusalOf(snapshot: ClusterSnapshot, key: string): string {
  const outcome = allocate(snapshot).outcomes.get(`uid-${key}`);
  return outcome?.kind === 'refused' ? sentence(outcome.reason) : `${outcome?.kind}`;
}

test('a reservation is granted only to a match, and to it first (A60)', () => {
  const pools = [
    edge({
      reservations: [
        { addresses: ['10.40.0.8-10.40.0.9'], namespace: 'blog' },
        { addresses: ['10.40.0.12'], namespace: 'shop', serviceName: 'web' },
        { addresses: ['10.40.0.10'] },
      ],
    }),
  ];
  const services = [aged('shop/api', 50), aged('shop/web', 40), aged('blog/x', 30)];
  assert.deepEqual(results(aSnapshot({ pools, services })), {
    api: '10.40.0.11',
    web: '10.40.0.12',
    x: '10.40.0.8',
  });
  const asking = (address: string) => {
    const service = aged('shop/asks', 5, asks(address));
    return refusalOf(aSnapshot({ pools, services: [service] }), 'shop/asks');
  };
  assert.equal(
    asking('10.40.0.8'),
    '10.40.0.8 is reserved in VipPool edge for others; ask for another, or remove fairlead.dev/ip-addresses',
  );
  assert.match(asking('10.40.0.12'), /for Service shop\/web; ask for another/);
  assert.match(asking('10.40.0.10'), /for nobody; ask for another/);
});

test('a pool that keeps an address for this Service comes before a better one (A60)', () => {
  const reservations = [{ addresses: ['10.40.1.3'], namespace: 'shop', serviceName: 'web' }];
  const pools = [
    aPool('better', ['10.40.0.8/29'], { spec: { priority: 1 } }),
    aPool('plain', ['10.40.1.0/29'], { spec: { reservations } }),
  ];
  const services = [aged('shop/web', 5), aged('shop/api', 3)];
  const after = results(aSnapshot({ pools, services }));
  assert.deepEqual(after, { web: '10.40.1.3', api: '10.40.0.8' });
});

test('a reservation takes nothing from a present holder; the pool says whose it is (A60, A63)', () => {
  const before = converged(aSnapshot({ pools: [edge({})], services: [aged('shop/old', 50)] }));
  const reservations = [{ addresses: ['10.40.0.8'], namespace: 'blog' }];
  const after = converged({ ...before, pools: [edge({ reservations })] });
  assert.equal(results(after)['old'], '10.40.0.8');
  const said = after.pools[0]?.conditions.find(({ type }) => type === 'ReservationsFree');
  assert.equal(said?.status, 'False');
  assert.match(said?.message ?? '', /10.40.0.8 by shop\/old/);
  const joining = { ...after, services: [...after.services, aged('blog/x', 5)] };
  assert.equal(results(joining)['x'], '10.40.0.9', 'its namespace has to wait for that one');
});

test('a deleted Service’s address is kept for its name, whatever its UID (A61, R11)', () => {
  const pools = [edge({ maxRetainSeconds: 3600 })];
  const before = converged(aSnapshot({ pools, services: [aged('shop/web', 50, keeps(600))] }));
  const gone = converged({ ...before, services: [] });
  assert.deepEqual(vipLines(gone), ['10.40.0.8 Retained shop/web']);
  assert.equal(allocate(gone).wakeAtMs, startMs + 600_000);
  const others = { ...gone, services: [aged('blog/x', 5), aged('shop/api', 4)] };
  assert.deepEqual(results(others), { x: '10.40.0.9', api: '10.40.0.10' });
  const wanting = { ...gone, services: [aged('blog/x', 5, asks('10.40.0.8'))] };
  assert.match(refusalOf(wanting, 'blog/x'), /kept until .*Z for a Service in namespace shop/);
  const again = aged('shop/web', 1, { metadata: { uid: 'another' } });
  const after = converged({ ...gone, services: [aged('blog/x', 5), again] });
  assert.deepEqual(results(after), { x: '10.40.0.9', web: '10.40.0.8' });
  assert.deepEqual(
    after.vips[0]?.holders.map(({ uid }) => uid),
    ['another'],
  );
});

test('retention ends in time, and the pool’s limit wins and is said (A61)', () => {
  const pools = [edge({ maxRetainSeconds: 300, coolDownSeconds: 500 })];
  const asking = aged('shop/web', 50, keeps(600));
  const before = converged(aSnapshot({ pools, services: [asking] }));
  assert.deepEqual(notesOf(before, asking), ['RetainLimited']);
  const gone = converged({ ...before, services: [] });
  assert.equal(allocate(gone).wakeAtMs, startMs + 300_000);
  const later = converged({ ...gone, nowMs: startMs + 300_000 });
  assert.deepEqual(vipLines(later), ['10.40.0.8 Cooling']);
  assert.deepEqual(vipLines(converged({ ...later, nowMs: startMs + 500_000 })), []);
  const shorter = [edge({ maxRetainSeconds: 0, coolDownSeconds: 0 })];
  assert.deepEqual(vipLines(converged({ ...gone, pools: shorter })), [], 'the pool ends it');
});

test('of two that shared, only the one that asks has the address kept for it (A61)', () => {
  const key = { 'fairlead.dev/sharing-key': 'k' };
  const keeping = { ...keeps(600).annotations, ...key };
  const services = [
    aged('shop/a', 50, { annotations: keeping }),
    aged('shop/b', 40, { annotations: key, spec: { ports: [{ protocol: 'TCP', port: 81 }] } }),
  ];
  const before = converged(aSnapshot({ pools: [edge({ maxRetainSeconds: 3600 })], services }));
  const gone = converged({ ...before, services: [] });
  assert.deepEqual(vipLines(gone), ['10.40.0.8 Retained shop/a']);
});

test('a Service that only changes its type keeps nothing behind (A57, A61)', () => {
  const pools = [edge({ maxRetainSeconds: 3600 })];
  const before = converged(aSnapshot({ pools, services: [aged('shop/web', 50, keeps(600))] }));
  const retyped = before.services.map((service) => ({ ...service, type: 'ClusterIP' }));
  const after = converged({ ...before, services: retyped });
  assert.deepEqual(vipLines(after), ['10.40.0.8 Cooling']);
});

test('annotations that cannot be read are named and do no harm (A61, C20)', () => {
  const annotations = { 'fairlead.dev/retain-seconds': 'an hour', 'fairlead.dev/retain': '5' };
  const service = aged('shop/web', 50, { annotations });
  const after = converged(aSnapshot({ pools: [edge({})], services: [service] }));
  assert.equal(results(after)['web'], '10.40.0.8');
  assert.deepEqual(notesOf(after, service), ['AnnotationInvalid', 'AnnotationUnknown']);
});

test('a quota refuses what would exceed it, with used and limit (A62)', () => {
  const quotas = [{ namespaceSelector: named('shop'), maxAddresses: 2 }];
  const pools = [edge({ quotas })];
  const services = [1, 2, 3].map((n) => aged(`shop/s${n}`, 50 - n));
  const snapshot = aSnapshot({ pools, services: [...services, aged('blog/x', 1)] });
  const after = converged(snapshot);
  assert.deepEqual(results(after), {
    ...{ s1: '10.40.0.8', s2: '10.40.0.9', s3: 'QuotaExceeded', x: '10.40.0.10' },
  });
  assert.match(refusalOf(after, 'shop/s3'), /shop holds 2 of at most 2 IPv4 addresses of VipPool/);
  const more = converged({ ...after, pools: [edge({ quotas: [] })] });
  assert.equal(results(more)['s3'], '10.40.0.11');
});

test('a lowered quota takes nothing away, and a shared address counts once (A62, A63)', () => {
  const key = { annotations: { 'fairlead.dev/sharing-key': 'k' } };
  const port = (number: number) => ({ spec: { ports: [{ protocol: 'TCP', port: number }] } });
  const services = [
    ...[aged('shop/a', 50, { ...key, ...port(80) }), aged('shop/b', 40)],
    aged('shop/c', 30, { ...key, ...port(81) }),
  ];
  const before = converged(aSnapshot({ pools: [edge({})], services }));
  assert.deepEqual(results(before), { a: '10.40.0.8', b: '10.40.0.9', c: '10.40.0.8' });
  const tight = [edge({ quotas: [{ namespaceSelector: {}, maxAddresses: 1 }] })];
  const joining = aged('shop/d', 5, { ...key, ...port(82) });
  const after = converged({ ...before, pools: tight, services: [...services, joining] });
  assert.deepEqual(results(after), { ...results(before), d: '10.40.0.8' });
});

test('the lowest quota that fits counts, in each pool and family by itself (A62)', () => {
  const quotas = [
    { namespaceSelector: {}, maxAddresses: 5 },
    { namespaceSelector: named('shop'), maxAddresses: 1 },
  ];
  const pools = [
    edge({ quotas, priority: 1 }, ['10.40.0.8/29', '2001:db8:40::/125']),
    aPool('other', ['10.40.1.0/29']),
  ];
  const six = aged('shop/six', 30, { families: ['IPv6'] });
  const services = [aged('shop/a', 50), aged('shop/b', 40), six];
  assert.deepEqual(results(aSnapshot({ pools, services })), {
    ...{ a: '10.40.0.8', b: '10.40.1.0', six: '2001:db8:40::' },
  });
});

test('addresses kept for deleted Services count: nobody collects them by deleting (A62)', () => {
  const quotas = [{ namespaceSelector: {}, maxAddresses: 1 }];
  const pools = [edge({ quotas, maxRetainSeconds: 3600 })];
  const before = converged(aSnapshot({ pools, services: [aged('shop/a', 50, keeps(600))] }));
  const gone = converged({ ...before, services: [] });
  const other = { ...gone, services: [aged('shop/b', 5)] };
  assert.equal(results(other)['b'], 'QuotaExceeded');
  const again = { ...gone, services: [aged('shop/a', 5)] };
  assert.equal(results(again)['a'], '10.40.0.8');
});

test('every address of a pool is counted as exactly one thing (A13, A37)', () => {
  const pools = [
    edge({
      reservations: [{ addresses: ['10.40.0.14-10.40.0.15'] }],
      maxRetainSeconds: 3600,
    }),
  ];
  const services = [aged('shop/a', 50), aged('shop/b', 40, keeps(600)), aged('shop/c', 30)];
  const before = converged(aSnapshot({ pools, services }));
  const some = services.slice(0, 1);
  const after = converged({ ...before, services: some });
  const usage = JSON.parse(after.pools[0]?.statusText ?? '{}').addresses[0];
  assert.deepEqual(usage, {
    ...{ family: 'IPv4', size: '8', used: '1', retained: '1', cooling: '1' },
    ...{ reserved: '2', quarantined: '0', free: '3', stranded: '0' },
  });
});
