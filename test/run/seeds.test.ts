import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { drawSeed, propertyRuns, type Seeds, seedsOf } from './seeds.ts';

const file = 'src/net/range.test.ts';

test('without a wish the seed is fixed and the runs are few', () => {
  const seeds = seedsOf({});
  assert.deepEqual(seeds, seedsOf({ FAIRLEAD_TEST_LONG: '', FAIRLEAD_SEED: '' }));
  assert.equal(propertyRuns(file, 30, seeds).numRuns, 30);
});

test('a long run draws a fresh seed, unless it is told one', () => {
  assert.deepEqual(
    seedsOf({ FAIRLEAD_TEST_LONG: '1' }, () => 17),
    { seed: 17, isLong: true, runsMin: 0 },
  );
  const given = seedsOf({ FAIRLEAD_TEST_LONG: '1', FAIRLEAD_SEED: '7' }, assert.fail);
  assert.deepEqual(given, { seed: 7, isLong: true, runsMin: 0 });
  assert.ok(propertyRuns(file, 30, given).numRuns > 1000);
  assert.equal(new Set(Array.from({ length: 20 }, drawSeed)).size, 20);
});

test('a seed that is none is refused with what to write', () => {
  for (const wrong of ['x', '-1', '1.5', '1:', ':4', '99999999999', '4294967295']) {
    assert.throws(() => seedsOf({ FAIRLEAD_SEED: wrong }), /write a whole number up to 2147483647/);
  }
});

test('what a failure prints repeats the failure: same values, in the same run', () => {
  const found = failure(seedsOf({ FAIRLEAD_TEST_LONG: '1', FAIRLEAD_SEED: '5' }));
  const given = /Repeat it: FAIRLEAD_SEED=(\S+) npx node --test src\/net\/range\.test\.ts$/.exec(
    found.message,
  )?.[1];
  assert.ok(given, found.message);
  assert.ok(Number(given.split(':')[1]) > 100, 'only a long run goes so far');
  const repeated = failure(seedsOf({ FAIRLEAD_SEED: given }));
  assert.equal(repeated.message, found.message);
  assert.ok(found.cause instanceof Error && found.cause.message.startsWith('unlucky'));
});

/** A property of the few: about one value in three hundred breaks it. */
function failure(seeds: Seeds): Error {
  const rare = fc.property(fc.integer({ min: 0, max: 99_999 }), (value) => {
    if (value % 300 === 234) throw new Error(`unlucky: ${value}`);
  });
  try {
    fc.assert(rare, propertyRuns(file, 10, seeds));
  } catch (error) {
    if (error instanceof Error) return error;
  }
  return assert.fail('nothing was found');
}
