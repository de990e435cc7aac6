import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Written } from './written.ts';

const object = (resourceVersion: string, uid = 'u1') => ({
  name: '10.0.0.1',
  uid,
  resourceVersion,
});

test('R37: an object we wrote is seen before the watch shows it', () => {
  const written = new Written();
  written.stored(object('7'));
  assert.deepEqual(written.over([], '0'), [object('7')]);
});

test('a newer object of the watch wins, and ours is forgotten', () => {
  const written = new Written();
  written.stored(object('7'));
  assert.deepEqual(written.over([object('9')], '0'), [object('9')]);
  assert.deepEqual(written.over([], '0'), []);
});

test('versions are compared as numbers, not as text', () => {
  const written = new Written();
  written.stored(object('10'));
  assert.deepEqual(written.over([object('9')], '0'), [object('10')]);
});

test('a removed object stays away until the watch has lost it; a namesake with another uid is shown', () => {
  const written = new Written();
  written.removed({ name: '10.0.0.1' }, 'u1');
  assert.deepEqual(written.over([object('7')], '0'), []);
  assert.deepEqual(written.over([object('8', 'u2')], '0'), [object('8', 'u2')]);
});

test('what the watch has passed without showing was deleted by somebody: it is forgotten', () => {
  const written = new Written();
  written.stored(object('7'));
  assert.deepEqual(written.over([], '6'), [object('7')]);
  assert.deepEqual(written.over([], '12'), []);
});

test('namesakes of two namespaces are two objects; the newest answer is known by its name', () => {
  const written = new Written();
  const inShop = { ...object('7'), namespace: 'shop' };
  const inBank = { ...object('8', 'u2'), namespace: 'bank' };
  written.stored(inShop);
  written.stored(inBank);
  assert.deepEqual(written.over([], '0'), [inShop, inBank]);
  assert.deepEqual(written.newest({ namespace: 'bank', name: '10.0.0.1' }), inBank);
  assert.equal(written.newest({ name: '10.0.0.1' }), undefined);
});

test('a whole list stands in for a cache that is behind it, and what is not in it is gone', () => {
  const written = new Written();
  const other = { ...object('8', 'u2'), name: '10.0.0.2' };
  written.stored(object('7'));
  written.looked([other], '9');
  assert.deepEqual(written.over([object('6')], '6'), [other]);
  written.stored({ ...other, resourceVersion: '11' });
  assert.deepEqual(written.over([object('6')], '6'), [{ ...other, resourceVersion: '11' }]);
});

test('a cache that has come as far as the list is believed again', () => {
  const written = new Written();
  written.looked([object('7')], '9');
  assert.deepEqual(written.over([object('6')], '8'), [object('7')]);
  assert.deepEqual(written.over([], '9'), []);
  assert.deepEqual(written.over([object('6')], '8'), [object('6')]);
});

test('what a watch shows of our own write is the object that we have; all else is read', () => {
  const written = new Written();
  const ours = object('7');
  const read = written.orRead(({ metadata }) => object(metadata.resourceVersion ?? '', 'read'));
  written.stored(ours);
  const metadata = { name: '10.0.0.1', uid: 'u1', resourceVersion: '7' };
  assert.equal(read({ metadata }), ours);
  assert.equal(read({ metadata: { ...metadata, resourceVersion: '8' } })?.uid, 'read');
  assert.equal(read({ metadata: { ...metadata, uid: 'u2' } })?.uid, 'read');
  assert.equal(read({ metadata: { ...metadata, namespace: 'shop' } })?.uid, 'read');
  assert.equal(read({ metadata: { name: 'another' } })?.uid, 'read');
  const deletionTimestamp = '2026-01-01T00:00:00Z';
  assert.equal(read({ metadata: { ...metadata, deletionTimestamp } })?.uid, 'read');
});
