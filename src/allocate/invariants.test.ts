import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { anyCluster, anyPool, anyService } from '../../test/build/any-cluster.ts';
import { converged } from '../../test/build/converge.ts';
import { propertyRuns } from '../../test/run/seeds.ts';
import type { ClusterSnapshot, Pool, Service, Vip, VipHolder } from '../model/objects.ts';
import { allocate } from './allocate.ts';
import { isReservedFor, reservationOf } from './choose-address.ts';
import { hasAddress, type PoolSpace } from './pool-space.ts';

/** allocation.md section 11, on small clusters. */
const seeded = propertyRuns(import.meta.filename, 50);

const isHeld = ({ phase }: Vip) => phase === 'Held' || phase === 'Stranded';

type Claim = Pick<VipHolder, 'namespace' | 'sharingKey' | 'ports'>;

/** A32 in the test's own words. */
function mayShare(a: Claim, b: Claim): boolean {
  const ports = [...a.ports, ...b.ports].map(({ protocol, port }) => `${protocol} ${port}`);
  const isDisjoint = new Set(ports).size === ports.length;
  const isKeyed = a.sharingKey !== undefined && a.sharingKey === b.sharingKey;
  return a.namespace === b.namespace && isKeyed && isDisjoint;
}

/** Who has what where, one line each. */
const holdings = (snapshot: ClusterSnapshot) =>
  snapshot.vips
    .filter(isHeld)
    .flatMap((vip) => vip.holders.map(({ uid }) => `${uid} ${vip.name} ${vip.instance}`))
    .sort();

test('invariants 1 and 2: one holder an address unless they may share, each in its pool', () => {
  fc.assert(
    fc.property(anyCluster, (cluster) => {
      const after = converged(cluster);
      const spaces = new Map(allocate(after).spaces.map((space) => [space.pool.name, space]));
      for (const vip of after.vips.filter(isHeld)) {
        const space = spaces.get(vip.pool);
        assert.ok(space && hasAddress(space, vip.address), vip.name);
        for (const [index, holder] of vip.holders.entries()) {
          for (const other of vip.holders.slice(index + 1)) {
            assert.ok(mayShare(holder, other), vip.name);
          }
        }
      }
      const pairs = after.vips
        .filter(isHeld)
        .flatMap((vip) => vip.holders.map(({ uid }) => ({ uid, vip })));
      const families = pairs.map(({ uid, vip }) => `${uid} ${vip.address.family}`);
      assert.equal(new Set(families).size, families.length, 'one address a family and Service');
      for (const [uid, own] of Map.groupBy(pairs, ({ uid }) => uid)) {
        assert.equal(new Set(own.map(({ vip }) => vip.pool)).size, 1, `A23 ${uid}`);
      }
    }),
    seeded,
  );
});

test('invariant 3: neither the order of the lists nor a second run changes anything', () => {
  const shuffled = fc.tuple(anyCluster, fc.func(fc.integer()));
  fc.assert(
    fc.property(shuffled, ([cluster, weight]) => {
      const mixed = <T extends { name: string }>(list: readonly T[]) =>
        list.toSorted((a, b) => weight(a.name) - weight(b.name));
      const other = {
        ...cluster,
        pools: mixed(cluster.pools),
        services: mixed(cluster.services),
        nodes: mixed(cluster.nodes),
        vipNodes: mixed(cluster.vipNodes),
        namespaces: mixed(cluster.namespaces),
      };
      assert.deepEqual(allocate(other).operations, allocate(cluster).operations);
      const after = converged(cluster);
      assert.deepEqual(allocate({ ...after, vips: mixed(after.vips) }).operations, []);
    }),
    seeded,
  );
});

test('invariant 4: another Service, pool or priority never changes what somebody holds', () => {
  const change = fc.tuple(anyCluster, anyService(90), anyPool(0), fc.integer({ min: 0, max: 9 }));
  fc.assert(
    fc.property(change, ([cluster, service, pool, priority]) => {
      const before = converged(cluster);
      const older = { ...service, createdMs: 0 };
      const newer = { ...pool, name: 'another', uid: 'another', createdMs: cluster.nowMs };
      const pools = [...before.pools.map((p) => ({ ...p, priority })), newer];
      const after = converged({ ...before, pools, services: [...before.services, older] });
      const kept = new Set(holdings(after));
      for (const held of holdings(before)) assert.ok(kept.has(held), held);
    }),
    seeded,
  );
});

test('invariant 5: who waits without a wish could be granted by no pool it may use', () => {
  fc.assert(
    fc.property(anyCluster, (cluster) => {
      const after = converged(cluster);
      const { outcomes, spaces } = allocate(after);
      for (const service of after.services) {
        const isSingle = service.families.length === 1 && service.families[0] === 'IPv4';
        const wishes = service.annotations['fairlead.dev/ip-addresses'] !== undefined;
        if (outcomes.get(service.uid)?.kind !== 'refused' || !isSingle || wishes) continue;
        for (const space of spaces.filter(({ pool }) => maySee(pool, service))) {
          assert.equal(couldBeGranted(after, space, service), undefined, service.name);
        }
      }
    }),
    seeded,
  );
});

test('invariant 6: every address of a pool is one thing, and the counts add up', () => {
  const change = fc.tuple(anyCluster, fc.array(fc.integer({ min: 0, max: 7 }), { maxLength: 4 }));
  fc.assert(
    fc.property(change, ([cluster, deleted]) => {
      const before = converged(cluster);
      const services = before.services.filter((_, index) => !deleted.includes(index));
      const after = converged({ ...before, services });
      for (const pool of after.pools) {
        const { addresses = [] } = JSON.parse(pool.statusText || '{}');
        for (const usage of addresses as Record<string, string>[]) {
          const sum = ['used', 'free', 'cooling', 'retained', 'reserved', 'quarantined']
            .map((use) => BigInt(usage[use] ?? '-1'))
            .reduce((a, b) => a + b);
          assert.equal(sum, BigInt(usage['size'] ?? '-1'), JSON.stringify(usage));
          assert.ok(BigInt(usage['free'] ?? '-1') >= 0n, JSON.stringify(usage));
        }
      }
    }),
    seeded,
  );
});

test('VRIDs are unique on a segment, whatever is added and deleted (design.md section 2.8)', () => {
  fc.assert(
    fc.property(fc.tuple(anyCluster, anyCluster), ([cluster, other]) => {
      const before = converged(cluster);
      const services = other.services.map((service) => ({ ...service, uid: `new ${service.uid}` }));
      const after = converged({ ...before, services });
      const vrids = after.instances.map(({ segment, vrid }) => `${segment} ${vrid}`);
      assert.equal(new Set(vrids).size, vrids.length);
      const carried = new Set(after.vips.filter(isHeld).map(({ instance }) => instance));
      for (const name of carried)
        assert.ok(
          after.instances.some((i) => i.name === name),
          name,
        );
    }),
    seeded,
  );
});

/** An address that the pool could give the Service as things are. */
function couldBeGranted(
  { vips }: ClusterSnapshot,
  space: PoolSpace,
  service: Service,
): string | undefined {
  const held = vips.filter(isHeld);
  const own = held.filter(({ pool, holders }) => {
    return pool === space.pool.name && holders[0]?.namespace === service.namespace;
  });
  const kept = vips.filter(({ phase }) => phase === 'Retained');
  const [quota] = space.pool.quotas;
  const used = own.filter(({ address }) => address.family === 'IPv4').length + kept.length;
  const claim = {
    ...{ namespace: service.namespace, ports: service.ports },
    sharingKey: service.annotations['fairlead.dev/sharing-key'],
  };
  const joinable = own.find(
    (vip) =>
      vip.address.family === 'IPv4' && vip.holders.every((holder) => mayShare(holder, claim)),
  );
  if (joinable !== undefined) return `${joinable.name}, shared`;
  if (quota !== undefined && used >= quota.maxAddresses) return undefined;
  const taken = new Set(vips.filter(({ phase }) => phase !== 'Cooling').map(({ name }) => name));
  return Array.from({ length: 32 }, (_, last) => `10.40.0.${last}`).find((name, last) => {
    const address = { family: 'IPv4' as const, value: (10n << 24n) + (40n << 16n) + BigInt(last) };
    const reservation = reservationOf(space, address);
    const isOpen = reservation === undefined || isReservedFor(reservation, service);
    return hasAddress(space, address) && isOpen && !taken.has(name);
  });
}

function maySee(pool: Pool, service: Service): boolean {
  const isForAll = Object.keys(pool.namespaceSelector.matchLabels).length === 0;
  const isValid = pool.problems.length === 0 && pool.assignment === 'Automatic';
  return isValid && (isForAll || service.namespace === 'shop');
}
