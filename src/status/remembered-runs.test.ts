/**
 * A run remembers what it made of objects that have not changed since. Whatever happens between two
 * runs, it must decide and say what a controller would that sees everything for the first time.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { anyCluster, anyPool, anyService } from '../../test/build/any-cluster.ts';
import {
  aNamespace,
  aPool,
  applied,
  aService,
  aSnapshot,
  reporting,
  startMs,
} from '../../test/build/cluster.ts';
import { converged, oneRound } from '../../test/build/converge.ts';
import { propertyRuns } from '../../test/run/seeds.ts';
import { allocate } from '../allocate/allocate.ts';
import type { ClusterSnapshot, Vip, VipNode } from '../model/objects.ts';
import { clusterStatus } from './cluster-status.ts';

const seeded = propertyRuns(import.meta.filename, 60);

type Change = (before: ClusterSnapshot) => ClusterSnapshot;

/** Of a node's report what the status of some Service is made from. */
const complaint = fc.oneof(
  fc.constantFrom<Partial<VipNode>>(
    ...[{ unsupportedProtocols: ['TCP' as const] }, { unsupportedProtocols: [] }],
    ...[{ instances: [] }, { portConflicts: [] }],
  ),
  fc.tuple(fc.constantFrom('shop', 'blog'), fc.nat(7)).map(([namespace, index]) => {
    const conflict = { pool: 'pool-0', address: '', port: 80 };
    return { portConflicts: [{ ...conflict, service: `${namespace}/s${index}` }] };
  }),
);

/** Each leaves all objects but a few the very same. */
const anyChange: fc.Arbitrary<Change> = fc.oneof(
  fc.constantFrom<Change>((now) => oneRound(now) ?? now, converged),
  fc.constantFrom('node-1', 'node-2').map(
    (node): Change =>
      (now) =>
        reporting(now, node),
  ),
  fc.constant<Change>((now) => ({ ...now, isDefaultClass: !now.isDefaultClass })),
  fc.constant<Change>((now) => ({ ...now, pools: [] })),
  fc.nat(7).map(
    (gone): Change =>
      (now) => ({
        ...now,
        services: now.services.filter((_, index) => index !== gone),
      }),
  ),
  anyService(8).map(
    (service): Change =>
      (now) => ({
        ...now,
        services: [...now.services.filter(({ name }) => name !== service.name), service],
      }),
  ),
  fc.constant<Change>((now) => ({ ...now, namespaces: [aNamespace('shop')] })),
  fc.integer({ min: 1, max: 90 }).map(
    (seconds): Change =>
      (now) => ({
        ...now,
        nowMs: now.nowMs + seconds * 1000,
      }),
  ),
  anyPool(0).map(
    (pool): Change =>
      (now) => ({
        ...now,
        pools: [pool, ...now.pools.filter(({ name }) => name !== pool.name)],
      }),
  ),
  anyService(0).map(
    (other): Change =>
      (now) => ({
        ...now,
        services: now.services.map((service) =>
          service.name === other.name ? { ...service, annotations: other.annotations } : service,
        ),
      }),
  ),
  complaint.map(
    (said): Change =>
      (now) => ({
        ...now,
        vipNodes: now.vipNodes.map((node, index) => (index === 0 ? { ...node, ...said } : node)),
      }),
  ),
);

/** What a run comes to, all of it. */
function decided(snapshot: ClusterSnapshot) {
  const { outcomes, operations, wakeAtMs } = allocate(snapshot);
  const status = clusterStatus(snapshot, allocate(snapshot));
  return { outcomes, operations, wakeAtMs, status };
}

test('what is remembered of the runs before changes nothing', () => {
  const history = fc.tuple(anyCluster, fc.array(anyChange, { minLength: 4, maxLength: 8 }));
  fc.assert(
    fc.property(history, ([cluster, changes]) => {
      let now = converged(cluster);
      for (const change of changes) {
        now = change(now);
        assert.deepEqual(decided(now), decided(structuredClone(now)));
      }
    }),
    seeded,
  );
});

const deletionTimestamp = '2026-01-01T00:00:00Z';
const leaving = {
  phase: 'Releasing' as const,
  phaseSinceMs: startMs,
  awaitedNodes: ['node-1'],
};
const isOf =
  (key: string) =>
  ({ holders }: Vip) =>
    holders.some(({ uid }) => uid === `uid-${key}`);

const retaining = { annotations: { 'fairlead.dev/retain-seconds': '600' } };

/** Services on one instance. */
const atRest = converged(
  aSnapshot({
    pools: [
      aPool('edge', ['10.40.0.8/29'], {
        spec: {
          maxRetainSeconds: 3600,
          namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'shop' } },
        },
      }),
    ],
    services: [
      aService('shop/web', { ageSeconds: 300 }),
      aService('shop/api', { ageSeconds: 200 }),
      aService('shop/old', retaining),
    ],
  }),
);

const withReport = (now: ClusterSnapshot, of: (node: VipNode) => Partial<VipNode>) => ({
  ...now,
  vipNodes: now.vipNodes.map((node) => ({ ...node, ...of(node) })),
});

/** A new instance that is not where it was made for, whose holder has not programmed all of it. */
const unprogrammed = withReport(reporting(settling(), 'node-2'), ({ instances }) => ({
  instances: instances.map((each) => ({ ...each, digest: '' })),
}));

function settling(): ClusterSnapshot {
  let now = aSnapshot({ pools: [aPool('edge', ['10.40.0.8/29'])], services: [aService('shop/a')] });
  while (now.vips.length === 0) now = applied(now, allocate(now).operations);
  return now;
}

/** A Service that keeps what it has, for somebody else has what it wishes for. */
const wishing = converged({
  ...atRest,
  services: [
    aService('shop/api', { ageSeconds: 200 }),
    aService('shop/web', { annotations: { 'fairlead.dev/ip-addresses': '10.40.0.9' } }),
  ],
});

/** One whose address the nodes have not withdrawn yet. */
const deleted: ClusterSnapshot = {
  ...atRest,
  services: [aService('shop/old', { ...retaining, metadata: { deletionTimestamp } })],
  vips: atRest.vips.filter(isOf('shop/old')).map((vip) => ({ ...vip, ...leaving })),
};

const conflict = { pool: 'edge', address: '10.40.0.8', port: 80, service: 'shop/web' };

/** Each changes what is to be written, and of the objects that it is about only what is named. */
const changes: Readonly<Record<string, readonly [ClusterSnapshot, Change]>> = {
  'a node complains': [atRest, (now) => withReport(now, () => ({ portConflicts: [conflict] }))],
  'a node cannot serve a protocol': [
    atRest,
    (now) => withReport(now, () => ({ unsupportedProtocols: ['TCP'] })),
  ],
  'another node holds it': [atRest, (now) => reporting(now, 'node-2')],
  'nobody holds it': [atRest, (now) => ({ ...now, leases: [] })],
  'its holder has programmed it': [unprogrammed, (now) => reporting(now, 'node-2')],
  'the pool does not select the namespace any more': [
    atRest,
    (now) => ({ ...now, namespaces: now.namespaces.map((each) => ({ ...each, labels: {} })) }),
  ],
  'the pool is another one': [atRest, (now) => ({ ...now, pools: [aPool('edge', ['10.40.9.9'])] })],
  'what it wishes for is being withdrawn': [
    wishing,
    (now) => ({
      ...now,
      vips: now.vips.map((vip) => (vip.name === '10.40.0.9' ? { ...vip, ...leaving } : vip)),
    }),
  ],
  'the address of one that is deleted is withdrawn': [
    deleted,
    (now) => ({ ...now, vips: now.vips.map((vip) => ({ ...vip, phase: 'Retained' })) }),
  ],
  'another Vip comes to its instance': [
    atRest,
    (now) => converged({ ...now, services: [...now.services, aService('shop/new')] }),
  ],
};

for (const [name, [before, change]] of Object.entries(changes)) {
  test(`what was remembered is not believed when ${name}`, () => {
    const told = decided(before);
    const after = change(before);
    const fresh = decided(structuredClone(after));
    assert.deepEqual(decided(after), fresh);
    assert.notDeepEqual(fresh, told);
  });
}
