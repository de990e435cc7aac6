import assert from 'node:assert/strict';
import { test } from 'node:test';
import { apiPath, resourceOfPath, resources } from './api-path.ts';
import { objectKey } from './raw-object.ts';

test('paths of the core group and of the others, with and without a namespace', () => {
  const { services, nodes, leases } = resources;
  assert.equal(apiPath(services), '/api/v1/services');
  assert.equal(
    apiPath(services, { namespace: 'shop', name: 'web', subresource: 'status' }),
    '/api/v1/namespaces/shop/services/web/status',
  );
  assert.equal(apiPath(nodes, { name: 'n1' }), '/api/v1/nodes/n1');
  assert.equal(
    apiPath(leases, { namespace: 'kube-node-lease' }),
    '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases',
  );
});

test('endpoints come from EndpointSlices: Endpoints v1 is no kind of ours (R75)', () => {
  const plurals: readonly string[] = Object.values(resources).map(({ plural }) => plural);
  assert.ok(plurals.includes('endpointslices'));
  assert.ok(!plurals.includes('endpoints'));
});

test('a name cannot leave its place in the path', () => {
  const path = apiPath(resources.services, { namespace: 'a/../b', name: '../x?y' });
  assert.equal(path, '/api/v1/namespaces/a%2F..%2Fb/services/..%2Fx%3Fy');
});

test('an empty name is refused: a deletion would mean the whole collection', () => {
  for (const name of ['', '.', '..']) {
    assert.throws(() => apiPath(resources.services, { namespace: 'shop', name }), /no name/);
  }
});

test('the key of a cluster-scoped object is its name', () => {
  assert.equal(objectKey({ metadata: { name: 'n1' } }), 'n1');
  assert.equal(objectKey({ metadata: { name: 'web', namespace: 'shop' } }), 'shop/web');
});

test('a path tells its resource, and no name of any object', () => {
  const { services, namespaces, nodes } = resources;
  const web = { namespace: 'namespaces', name: 'nodes' };
  assert.equal(resourceOfPath(apiPath(services)), 'services');
  assert.equal(resourceOfPath(apiPath(services, web)), 'services');
  assert.equal(
    resourceOfPath(apiPath(services, { ...web, subresource: 'status' })),
    'services/status',
  );
  assert.equal(resourceOfPath(apiPath(namespaces, { name: 'shop' })), 'namespaces');
  assert.equal(
    resourceOfPath(apiPath(nodes, { name: 'n1', subresource: 'status' })),
    'nodes/status',
  );
});
