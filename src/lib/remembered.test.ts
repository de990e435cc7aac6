import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Remembered } from './remembered.ts';

test('what is made of the same inputs is the same object', () => {
  const remembered = new Remembered<object, { readonly sum: number }>();
  const key = {};
  const first = remembered.of(key, [1, 2], () => ({ sum: 3 }));
  const again = remembered.of(key, [1, 2], () => assert.fail('made again'));
  assert.equal(again, first);
});

test('another input, one more, or another key: it is made anew', () => {
  const remembered = new Remembered<object, string>();
  const key = {};
  remembered.of(key, ['a'], () => 'old');
  assert.equal(
    remembered.of(key, ['b'], () => 'other'),
    'other',
  );
  assert.equal(
    remembered.of(key, ['b', 'c'], () => 'longer'),
    'longer',
  );
  assert.equal(
    remembered.of({}, ['b', 'c'], () => 'of another'),
    'of another',
  );
  assert.equal(
    remembered.of(key, [{}], () => 'one'),
    'one',
  );
  assert.equal(
    remembered.of(key, [{}], () => 'alike is not the same'),
    'alike is not the same',
  );
});
