import assert from 'node:assert/strict';
import { test } from 'node:test';
import { soakTimes } from './soak-time.ts';

test('one number is the time of both soaks; without it each has its own', () => {
  assert.deepEqual(soakTimes({ FAIRLEAD_SOAK_SECONDS: '90' }), { network: 90, kube: 90 });
  assert.equal(soakTimes({}).network, 600);
  assert.deepEqual(soakTimes({ FAIRLEAD_SOAK_SECONDS: '' }), soakTimes({}));
});

test('what is no number of seconds is refused with what to write', () => {
  for (const wrong of ['0', '10m', '-5', '86401', '1e3']) {
    assert.throws(() => soakTimes({ FAIRLEAD_SOAK_SECONDS: wrong }), /write 1 to 86400 seconds/);
  }
});
