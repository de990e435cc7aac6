import assert from 'node:assert/strict';
import { test } from 'node:test';
import { medianInterval } from './median-interval.ts';

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

test('the median is the middle, or the mean of the two in the middle', () => {
  assert.equal(medianInterval([9, 1, 2]).median, 2);
  assert.equal(medianInterval([4, 1, 3, 2]).median, 2.5);
  assert.equal(medianInterval([]).median, Number.NaN);
});

test('the bounds are those of the published tables for 95 %', () => {
  const published = { 6: [1, 6], 8: [1, 8], 9: [2, 8], 12: [3, 10], 15: [4, 12], 20: [6, 15] };
  for (const [count, [low, high]] of Object.entries(published)) {
    assert.deepEqual(medianInterval(upTo(Number(count))).interval, { low, high }, count);
  }
});

test('five samples have no interval: all of them lie on one side in one of sixteen cases', () => {
  assert.equal(medianInterval(upTo(5)).interval, undefined);
});

test('one sample that was disturbed moves neither the median nor a bound far', () => {
  const calm = medianInterval(upTo(12));
  const disturbed = medianInterval([...upTo(11), 1_000_000]);
  assert.deepEqual(disturbed, calm);
});

test('the interval holds the true median in at least 95 % of all outcomes', () => {
  // Twelve samples, each above the median or not: 4,096 outcomes, all equally likely.
  const count = 12;
  const outcomes = upTo(2 ** count).map((number) => {
    return upTo(count).map((index) => (((number - 1) >> (index - 1)) & 1 ? index : -index));
  });
  const holds = outcomes.filter((samples) => {
    const { interval } = medianInterval(samples);
    return interval !== undefined && interval.low < 0 && interval.high > 0;
  });
  assert.ok(holds.length / outcomes.length >= 0.95);
  assert.ok(holds.length / outcomes.length < 0.97, 'and is not wider than it has to be');
});
