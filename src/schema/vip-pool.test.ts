import assert from 'node:assert/strict';
import { test } from 'node:test';
import { vipPoolSpec } from './vip-pool.ts';

test('a pool of addresses alone has the defaults of design.md section 1', () => {
  const pool = vipPoolSpec.parse({ addresses: ['192.0.2.10-192.0.2.40'] });
  assert.equal(pool.coolDownSeconds, 60);
  assert.deepEqual(pool.announce.vrrp, {
    advertIntervalMilliseconds: 100,
    transport: 'Unicast',
    maxMembers: 5,
    vridRange: '100-199',
  });
  assert.deepEqual(pool.rebalance, { policy: 'WhenNew', windows: [] });
});

test('a pool without addresses is refused', () => {
  assert.equal(vipPoolSpec.safeParse({ addresses: [] }).success, false);
  assert.equal(vipPoolSpec.safeParse({}).success, false);
});
