import assert from 'node:assert/strict';
import { test } from 'node:test';
import { missingLine } from './expected-output.ts';

const printed = ['NAME   READY   AGE', 'edge   True    5m', 'lab    False   3s (a.b)'].join('\n');

test('lines that are there, in their order, miss nothing, whatever the width of columns', () => {
  assert.equal(missingLine(['NAME READY  AGE', 'lab False 3s (a.b)'], printed), undefined);
});

test('… stands for any text in a line, and alone for any line', () => {
  assert.equal(missingLine(['…', 'edge True …', 'lab … (a.b)'], printed), undefined);
  assert.equal(missingLine(['…', '…', '…', '…'], printed), '…');
});

test('a line that differs, is only part of one, or comes too early is missing', () => {
  assert.equal(missingLine(['NAME …', 'edge False …'], printed), 'edge False …');
  assert.equal(missingLine(['edge True'], printed), 'edge True');
  assert.equal(missingLine(['lab …', 'edge …'], printed), 'edge …');
  assert.equal(missingLine(['edge …', 'edge …'], printed), 'edge …');
});

test('what has a meaning in a pattern has none in a guide', () => {
  for (const line of ['lab … .a.b.', 'lab.*', '.*', 'lab … (a.b)|']) {
    assert.equal(missingLine([line], printed), line);
  }
});
