import assert from 'node:assert/strict';
import { test } from 'node:test';
import { textDigest } from './digest.ts';

test('the name of a text is 16 hexadecimal digits and never changes', () => {
  assert.equal(textDigest(''), textDigest(''));
  assert.match(textDigest('frontend a'), /^[0-9a-f]{16}$/);
});

test('fifty thousand similar texts have fifty thousand names', () => {
  const names = Array.from({ length: 50_000 }, (_, index) => textDigest(`bind 10.0.0.1:${index}`));
  assert.equal(new Set(names).size, names.length);
});
