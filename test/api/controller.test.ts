/** The controller on a real API server: from a Service to its address and back. */
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { boundedTest as test } from './bounded-test.ts';
import { aLoadBalancer, aVipPool, type Cluster, startCluster } from './controller-fixture.ts';

let cluster: Cluster;

before(async () => {
  cluster = await startCluster();
  await cluster.create(aVipPool('edge'));
});
after(() => cluster?.stop());

test('a Service gets its addresses, and its deletion leaves nothing behind', async () => {
  const controller = await cluster.start();
  await cluster.create(aLoadBalancer('shop/web'));
  assert.deepEqual(await cluster.published('shop/web'), ['10.77.0.100', 'fd00:10:77::100']);
  await cluster.api.call('DELETE', '/api/v1/namespaces/shop/services/web');
  await cluster.gone('shop/web');
  assert.deepEqual(await cluster.vips(), []);
  assert.equal(await controller.end(), 0);
});
