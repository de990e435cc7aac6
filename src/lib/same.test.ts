import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { canonicalJson } from '../model/canonical-json.ts';
import { isSame } from './same.ts';

test('the order of keys and fields that are undefined do not matter, that of lists does', () => {
  assert.ok(isSame({ a: 1, b: [1n, { c: undefined }] }, { b: [1n, {}], a: 1 }));
  assert.ok(!isSame([1, 2], [2, 1]));
  assert.ok(!isSame({ a: 1 }, { a: 1, b: null }));
  assert.ok(!isSame({}, []));
  assert.ok(!isSame({ a: undefined, b: 1 }, { a: 1 }));
});

test('it says of any two JSON values what their canonical texts say', () => {
  const value = fc.jsonValue({ maxDepth: 3, noUnicodeString: true } as never);
  const seeded = { seed: 20260801, numRuns: 500 };
  fc.assert(
    fc.property(value, value, (a, b) => {
      assert.equal(isSame(a, b), canonicalJson(a) === canonicalJson(b));
      assert.ok(isSame(a, JSON.parse(JSON.stringify(a))));
    }),
    seeded,
  );
});
