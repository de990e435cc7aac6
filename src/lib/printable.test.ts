import assert from 'node:assert/strict';
import { test } from 'node:test';
import { printable } from './printable.ts';

test('C23: what steers a terminal or a line does not get through', () => {
  assert.equal(printable('a\u001b[31mb\nc\u0000', 99), 'a\uFFFD[31mb\uFFFDc\uFFFD');
  assert.equal(printable('\u202eevil\u2028', 99), '\uFFFDevil\uFFFD');
});

test('text of any language stays as it is', () => {
  assert.equal(printable('Größe 10 µs 東京', 99), 'Größe 10 µs 東京');
});

test('a long text is cut, and one sees that it is', () => {
  assert.equal(printable('x'.repeat(10), 10), 'x'.repeat(10));
  assert.equal(printable('x'.repeat(11), 10), `${'x'.repeat(9)}…`);
});
