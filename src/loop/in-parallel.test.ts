import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inParallel } from './in-parallel.ts';

test('a refusal holds up nobody else, and is said', async () => {
  const seen: number[] = [];
  const work = async (value: number) => {
    seen.push(value);
    return value !== 2;
  };
  assert.equal(await inParallel([1, 2, 3], work), false);
  assert.deepEqual(seen, [1, 2, 3]);
  assert.equal(await inParallel([1, 3], work), true);
});

test('a failure is thrown when everything has been tried', async () => {
  const seen: number[] = [];
  const work = async (value: number) => {
    seen.push(value);
    if (value === 1) throw new Error('broken');
    return true;
  };
  await assert.rejects(inParallel([1, 2, 3], work), /broken/);
  assert.deepEqual(seen, [1, 2, 3]);
});

test('never more than eight at once', async () => {
  let now = 0;
  let most = 0;
  await inParallel(Array.from({ length: 50 }), async () => {
    now += 1;
    most = Math.max(most, now);
    await new Promise((resolve) => setImmediate(resolve));
    now -= 1;
    return true;
  });
  assert.equal(most, 8);
});
