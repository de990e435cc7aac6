import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isFree, type LeaseRecord, leaseRecordOf, sighted } from './lease-record.ts';
import { microTime } from './micro-time.ts';

const record: LeaseRecord = {
  ...{ holder: 'a', leaseMs: 15_000, transitions: 3, renewTime: '2026-01-01T00:00:00.000000Z' },
};

test('a Lease expires by standing still before our eyes, whatever its timestamps say (R84)', () => {
  const first = sighted(undefined, record, 1_000);
  const again = sighted(first, { ...record }, 15_000);
  assert.equal(isFree(again, 'b', 16_000), false);
  assert.equal(isFree(again, 'b', 16_001), true);
});

test('a renewal starts the waiting anew', () => {
  const first = sighted(undefined, record, 0);
  const renewed = sighted(first, { ...record, renewTime: '2026-01-01T00:00:02.000000Z' }, 14_000);
  assert.equal(isFree(renewed, 'b', 20_000), false);
});

test('a released Lease and our own are free at once', () => {
  assert.equal(isFree(sighted(undefined, { ...record, holder: '' }, 0), 'b', 0), true);
  assert.equal(isFree(sighted(undefined, record, 0), 'a', 0), true);
  assert.equal(isFree(sighted(undefined, record, 0), 'b', 0), false);
});

test('reads what a Lease holds; what is missing counts as released', () => {
  const metadata = { name: 'fairlead' };
  assert.deepEqual(leaseRecordOf({ metadata }), {
    ...{ holder: '', leaseMs: 0, transitions: 0, renewTime: '' },
  });
  const spec = { holderIdentity: 'a', leaseDurationSeconds: 15, leaseTransitions: 2 };
  assert.deepEqual(leaseRecordOf({ metadata, spec }), {
    ...{ holder: 'a', leaseMs: 15_000, transitions: 2, renewTime: '' },
  });
});

test('MicroTime has six fraction digits', () => {
  assert.equal(microTime(Date.UTC(2026, 10, 22, 7, 8, 9, 10)), '2026-11-22T07:08:09.010000Z');
});
