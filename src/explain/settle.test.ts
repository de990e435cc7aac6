import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { aPool, aService, aSnapshot } from '../../test/build/cluster.ts';
import { converged, results, vipLines } from '../../test/build/converge.ts';
import { allocate } from '../allocate/allocate.ts';
import { clusterStatus } from '../status/cluster-status.ts';
import { settle } from './settle.ts';

const services = ['shop/a', 'shop/b', 'shop/c'].map((key, index) =>
  aService(key, { ageSeconds: 100 - index }),
);

test('a settled cluster has nothing more to write, and answers', () => {
  const { snapshot, isSettled } = settle(
    aSnapshot({ pools: [aPool('edge', ['10.40.0.8/30'])], services }),
  );
  assert.ok(isSettled);
  const allocation = allocate(snapshot);
  assert.deepEqual(allocation.operations, []);
  assert.deepEqual(clusterStatus(snapshot, allocation).statuses, []);
  assert.deepEqual(
    snapshot.services.map(({ ingress }) => ingress.map(({ ip }) => ip)),
    [['10.40.0.8'], ['10.40.0.9'], ['10.40.0.10']],
  );
});

test('a Service without finalizers gets them, and then its address (R6)', () => {
  const bare = aService('shop/new', { metadata: { finalizers: [] } });
  const pools = [aPool('edge', ['10.40.0.8/30'])];
  assert.deepEqual(results(settle(aSnapshot({ pools, services: [bare] })).snapshot), {
    new: '10.40.0.8',
  });
});

test('a pool that reassigns moves its Services one after the other, all of them (A48)', () => {
  const before = settle(aSnapshot({ pools: [aPool('edge', ['10.40.0.8/30'])], services }));
  const spec = { strandedPolicy: 'Reassign' };
  const pools = [aPool('edge', ['10.40.0.20/30'], { spec })];
  const after = settle({ ...before.snapshot, pools });
  assert.ok(after.isSettled);
  assert.deepEqual(results(after.snapshot), { a: '10.40.0.20', b: '10.40.0.21', c: '10.40.0.22' });
});

test('what a dead node would have to confirm stays open, for time stands still', () => {
  const { snapshot } = settle(aSnapshot({ pools: [aPool('edge', ['10.40.0.8/30'])], services }));
  const leases = snapshot.leases.map((lease) =>
    lease.node === 'node-3' ? { ...lease, seenMs: 0 } : lease,
  );
  const left = snapshot.services.filter(({ name }) => name !== 'a');
  const after = settle({ ...snapshot, leases, services: left });
  assert.ok(after.isSettled);
  assert.match(vipLines(after.snapshot)[1] ?? '', /^10\.40\.0\.8 Releasing/);
});

test('it comes to what the controller comes to, whatever there is (A1, A2)', () => {
  const size = fc.integer({ min: 0, max: 4 });
  const family = fc.constantFrom(['IPv4'], ['IPv6'], ['IPv4', 'IPv6']);
  const families = fc.array(family, { maxLength: 6 });
  fc.assert(
    fc.property(size, size, families, (first, second, wanted) => {
      const pools = [
        aPool('a', [`10.40.0.0-10.40.0.${first}`, '2001:db8:40::/126']),
        aPool('b', [`10.40.1.0-10.40.1.${second}`], { spec: { priority: 1 } }),
      ];
      const all = wanted.map((each, i) =>
        aService(`shop/s${i}`, { families: each, ageSeconds: 99 - i }),
      );
      const snapshot = aSnapshot({ pools, services: all });
      assert.deepEqual(results(settle(snapshot).snapshot), results(converged(snapshot)));
    }),
    { numRuns: 20 },
  );
});
