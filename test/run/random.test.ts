import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from './random.ts';

test('a seed decides every draw', () => {
  const draws = (seed: number) => {
    const random = new Random(seed);
    return Array.from({ length: 100 }, () => random.below(1000));
  };
  assert.deepEqual(draws(7), draws(7));
  assert.notDeepEqual(draws(7), draws(8));
});

test('every number below the bound comes up, about equally often', () => {
  const random = new Random(1);
  const counts = new Map<number, number>();
  for (let drawn = 0; drawn < 7000; drawn += 1) {
    const value = random.below(7);
    counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  assert.deepEqual([...counts.keys()].toSorted(), [0, 1, 2, 3, 4, 5, 6]);
  assert.ok([...counts.values()].every((count) => count > 850 && count < 1150));
});

test('a weight says how likely a value is, and none is never', () => {
  const random = new Random(3);
  const list = [
    { value: 'often', weight: 9 },
    { value: 'seldom', weight: 1 },
    { value: 'never', weight: 0 },
  ];
  const drawn = Array.from({ length: 2000 }, () => random.pickWeighted(list));
  const often = drawn.filter((value) => value === 'often').length;
  assert.ok(often > 1700 && often < 1900, `${often}`);
  assert.ok(!drawn.includes('never'));
  assert.throws(() => random.pick([]), /nothing to pick from/);
});
