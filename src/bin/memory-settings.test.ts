import assert from 'node:assert/strict';
import { test } from 'node:test';
import { getHeapStatistics } from 'node:v8';
import { garbageCollector } from './memory-settings.ts';

const usedBytes = () => getHeapStatistics().used_heap_size;
const mebibyte = 2 ** 20;

/** Lists of 64 bytes and more, all garbage once this returns. */
function litter(mebibytes: number): void {
  const lists: number[][] = [];
  for (let index = 0; index < mebibytes * 2 ** 13; index += 1) {
    lists.push(Array.from({ length: 16 }, () => index));
  }
  assert.ok(lists.length > 0);
}

test('a heap that has grown is collected, and one that has not is left alone', () => {
  const collectGarbage = garbageCollector(6);
  collectGarbage();
  litter(32);
  const grown = usedBytes();
  collectGarbage();
  const left = usedBytes();
  assert.ok(left < grown - 8 * mebibyte, `${grown} bytes before, ${left} after`);
  litter(1);
  const little = usedBytes();
  collectGarbage();
  assert.ok(usedBytes() >= little, 'nothing was collected');
});
