import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isNamespaceOf, labNames, namespaceOf } from './names.ts';

test('a lab’s namespaces are told from those of a lab whose id begins alike', () => {
  const short = labNames('a');
  const long = labNames('ab');
  assert.ok(isNamespaceOf(short, namespaceOf(short, 'n1')));
  assert.ok(!isNamespaceOf(short, namespaceOf(long, 'n1')));
  assert.ok(isNamespaceOf(long, long.switchNamespace));
});

test('an id that would not do as part of a name is refused with what to write instead', () => {
  for (const id of ['', 'A', 'a/b', 'a-b', '../x', 'x'.repeat(21)]) {
    assert.throws(() => labNames(id), /LAB_USAGE|lower-case letters and digits/);
  }
});
