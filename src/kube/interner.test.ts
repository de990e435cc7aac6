import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Interner } from './interner.ts';

const objects = () => [
  { name: 'a', labels: { zone: 'north', 'a-b': '' }, ports: [80, 443], value: 1n, gone: undefined },
  {
    name: 'b',
    labels: { zone: 'north' },
    list: ['north', ['south']],
    none: null,
    long: 'x'.repeat(99),
  },
];

test('what is interned says the same as before', () => {
  const interner = new Interner();
  assert.deepEqual(
    objects().map((each) => interner.intern(each)),
    objects(),
  );
  assert.equal(interner.intern(undefined), undefined);
});

test('more texts than are remembered change nothing', () => {
  const interner = new Interner(2);
  for (let round = 0; round < 3; round += 1) {
    assert.deepEqual(
      objects().map((each) => interner.intern(each)),
      objects(),
    );
  }
});

test('frozen values are left alone', () => {
  const frozen = Object.freeze({ list: ['north'] });
  assert.equal(new Interner().intern(frozen), frozen);
});
