import assert from 'node:assert/strict';
import { test } from 'node:test';
import { leftoverOf } from './leftovers.ts';

const object = (...finalizers: string[]) => ({
  metadata: { name: 'a', namespace: 'shop', uid: 'u', resourceVersion: '7', finalizers },
});

test('our finalizers go and those of others stay (R12, R14)', () => {
  const service = leftoverOf(
    'Service',
    object(
      'example.com/theirs',
      'fairlead.dev/vip-cleanup',
      'service.kubernetes.io/load-balancer-cleanup',
    ),
  );
  assert.deepEqual(service?.finalizers, ['example.com/theirs']);
  assert.deepEqual([service?.namespace, service?.isDeleted], ['shop', false]);
  const pool = leftoverOf('VipPool', object('fairlead.dev/pool-in-use'));
  assert.deepEqual(pool?.finalizers, []);
});

test('the well-known finalizer alone is somebody else’s (R10)', () => {
  const foreign = object('service.kubernetes.io/load-balancer-cleanup');
  assert.equal(leftoverOf('Service', foreign), undefined);
  assert.equal(leftoverOf('VipPool', object('example.com/theirs')), undefined);
});

test('Vips and VrrpInstances are deleted, with finalizers or without', () => {
  assert.deepEqual(leftoverOf('Vip', object('fairlead.dev/vip-held'))?.finalizers, []);
  const cooling = leftoverOf('Vip', object());
  assert.deepEqual([cooling?.finalizers, cooling?.isDeleted], [undefined, true]);
  assert.equal(leftoverOf('VrrpInstance', object())?.isDeleted, true);
});
