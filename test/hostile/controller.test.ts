// The controller, on the same Services: it decides for everybody in one run, so it must not end in
// an exception, and what it writes into conditions and Events steers no terminal.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { allocate } from '../../src/allocate/allocate.ts';
import { afterOperations } from '../../src/explain/after-operations.ts';
import { unprintable } from '../../src/lib/printable.ts';
import type { ClusterSnapshot } from '../../src/model/objects.ts';
import { vipSpec } from '../../src/schema/vip.ts';
import { vrrpInstanceSpec } from '../../src/schema/vrrp-instance.ts';
import { clusterStatus } from '../../src/status/cluster-status.ts';
import { aNamespace, aPool, aService, aSnapshot } from '../build/cluster.ts';
import { propertyRuns } from '../run/seeds.ts';
import { hostileCluster } from './hostile-cluster.ts';
import { anyTenant } from './hostile-tenant.ts';

test('whatever tenants write, the good Service gets its address and nobody an exception', () => {
  fc.assert(
    fc.property(fc.array(anyTenant, { minLength: 1, maxLength: 6 }), (tenants) => {
      const { services } = hostileCluster(tenants);
      const pools = [aPool('edge', ['10.40.0.0/24', '2001:db8:40::/120'])];
      const namespaces = [...new Set(services.map(({ namespace }) => namespace))].map(aNamespace);
      const fresh = aSnapshot({ pools, services, namespaces });
      const first = allocate(fresh);
      judgeTexts(fresh, first);
      judgeWrites(first);
      assert.equal(first.outcomes.get('uid-good')?.kind, 'granted');
      const next = afterOperations(fresh, first.operations);
      judgeTexts(next, allocate(next));
    }),
    propertyRuns(import.meta.filename, 60),
  );
});

// One write that the API server refuses holds back everybody's updates and releases.
test('a Service with very many ports does not keep the others’ Vips from being written', () => {
  const ports = Array.from({ length: 600 }, (_, n) => {
    return { name: `p${n}`, protocol: 'TCP', port: n + 1 };
  });
  const services = [aService('other/web', { spec: { ports } }), aService('good/web')];
  const pools = [aPool('edge', ['10.40.0.0/24'])];
  const namespaces = ['other', 'good'].map(aNamespace);
  const allocation = allocate(aSnapshot({ pools, services, namespaces }));
  assert.equal(allocation.outcomes.get('uid-good/web')?.kind, 'granted');
  judgeWrites(allocation);
});

/** What is to be written is what the schema of its kind takes. */
function judgeWrites({ operations }: ReturnType<typeof allocate>): void {
  for (const operation of operations) {
    if (operation.kind === 'vip-delete' || operation.kind === 'instance-delete') continue;
    const schema = operation.kind.startsWith('vip') ? vipSpec : vrrpInstanceSpec;
    assert.deepEqual(schema.safeParse(operation.spec).error?.issues, undefined);
  }
}

function judgeTexts(snapshot: ClusterSnapshot, allocation: ReturnType<typeof allocate>): void {
  const said = clusterStatus(snapshot, allocation);
  for (const text of textsIn([said, allocation.operations])) {
    assert.doesNotMatch(text, new RegExp(unprintable.source));
  }
}

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => [name, ...textsIn(inner)]);
}
