import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { propertyRuns } from '../../test/run/seeds.ts';
import { type Shares, shareWeights, weightMax } from './share-weights.ts';

/** The part of connections, in percent, that the other side gets. */
function percentOf({ own, other }: Shares): number {
  const sum = (side: Shares['own']) => side.weight * side.count;
  return (100 * sum(other)) / (sum(own) + sum(other));
}

test('half of the connections are half, whatever the numbers of pods', () => {
  assert.equal(percentOf(shareWeights(50, { own: 9, other: 1 })), 50);
  assert.equal(percentOf(shareWeights(50, { own: 1, other: 9 })), 50);
});

test('one in a hundred of ten pods each is one weight to ninety-nine', () => {
  const side = (weight: number) => ({ weight, count: 10 });
  assert.deepEqual(shareWeights(1, { own: 10, other: 10 }), { own: side(99), other: side(1) });
});

test('of too many pods for a small share a few take part', () => {
  const { own, other } = shareWeights(1, { own: 1, other: 50 });
  assert.deepEqual([own.count, other.count], [1, 2]);
});

test('every share is met to a fifth of a percent, with weights that HAProxy takes and spares do not have', () => {
  const count = fc.integer({ min: 1, max: 200 });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 99 }), count, count, (percent, own, other) => {
      const shares = shareWeights(percent, { own, other });
      for (const { weight, count: taking } of [shares.own, shares.other]) {
        assert.ok(weight >= 1 && weight <= weightMax && ![2, 32].includes(weight));
        assert.ok(taking >= 1);
      }
      assert.ok(shares.own.count <= own && shares.other.count <= other);
      const met = percentOf(shares);
      assert.ok(Math.abs(met - percent) <= 0.2, `${met} instead of ${percent}`);
    }),
    propertyRuns(import.meta.filename),
  );
});
