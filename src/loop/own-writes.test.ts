import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OwnWrites } from './own-writes.ts';

const answer = (resourceVersion: string, uid = 'uid-web') => ({
  metadata: { namespace: 'shop', name: 'web', uid, resourceVersion },
  spec: { type: 'LoadBalancer', loadBalancerClass: 'fairlead.dev/vip', ports: [] },
});

const read = {
  regarding: { apiVersion: 'v1', kind: 'Service', namespace: 'shop', name: 'web', uid: 'uid-web' },
  resourceVersion: '7',
};

test('R37: a status is written to the version it was decided from', () => {
  assert.equal(new OwnWrites().versionOf(read), '7');
});

test('R37: what we wrote ourselves since then is no conflict', () => {
  const written = new OwnWrites();
  assert.equal(written.stored('Service', answer('9')), true);
  assert.equal(written.versionOf(read), '9');
  assert.deepEqual(
    written.services.over([], '8').map(({ uid }) => uid),
    ['uid-web'],
  );
});

test('R11: a namesake is another object, and so is one of another kind', () => {
  const written = new OwnWrites();
  written.stored('Service', answer('9', 'uid-other'));
  assert.equal(written.versionOf(read), '7');
  assert.equal(written.stored('ConfigMap', answer('9')), false);
});
