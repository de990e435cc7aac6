import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { propertyRuns } from '../../test/run/seeds.ts';
import { backoffMs } from './backoff.ts';

const backoff = { firstMs: 5_000, lastMs: 300_000 };

test('a back-off doubles from 5 s to 300 s and stays there', () => {
  const delays = [1, 2, 3, 4, 5, 6, 7, 8, 1000].map((failures) => backoffMs(backoff, failures, 0));
  assert.deepEqual(
    delays,
    [5_000, 10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000, 300_000],
  );
});

test('jitter takes away at most half and never adds', () => {
  const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  fc.assert(
    fc.property(fc.nat(100), random, (failures, at) => {
      const without = backoffMs(backoff, failures, 0);
      const withJitter = backoffMs(backoff, failures, at);
      return withJitter <= without && withJitter > without / 2 - 1;
    }),
    propertyRuns(import.meta.filename),
  );
});
