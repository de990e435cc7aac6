import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseWatchLine } from './watch-event.ts';

const object = { metadata: { name: 'web', namespace: 'shop', resourceVersion: '42' } };
const parse = (event: unknown) => parseWatchLine('/api/v1/services', JSON.stringify(event));

test('additions and changes are the same to us, deletion is absence', () => {
  const put = { kind: 'put', object, resourceVersion: '42' };
  assert.deepEqual(parse({ type: 'ADDED', object }), put);
  assert.deepEqual(parse({ type: 'MODIFIED', object }), put);
  assert.equal(parse({ type: 'DELETED', object }).kind, 'removed');
});

test('a bookmark has a version and no name', () => {
  const bookmark = { type: 'BOOKMARK', object: { metadata: { resourceVersion: '77' } } };
  assert.deepEqual(parse(bookmark), { kind: 'bookmark', resourceVersion: '77' });
});

test('an ERROR event of code 410 asks for a new list (ecosystem.md section 3)', () => {
  const status = { kind: 'Status', code: 410, message: 'too old resource version' };
  assert.throws(() => parse({ type: 'ERROR', object: status }), { code: 'Gone' });
});

test('anything else is a failure, never skipped', () => {
  const odd = [
    ...[null, 7, [], {}, { type: 'ADDED' }, { type: 'ADDED', object: {} }, { type: 'NEW', object }],
    { type: 'ADDED', object: { metadata: { name: 'x' } } },
    { type: 'MODIFIED', object: { metadata: { resourceVersion: '1' } } },
  ];
  for (const event of odd) assert.throws(() => parse(event), { code: 'Invalid' });
  assert.throws(() => parseWatchLine('/x', '{"type":"ADDED",'), { code: 'Invalid' });
});
