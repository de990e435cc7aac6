import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BoundedMap } from './bounded-map.ts';
import { type EventNote, eventKey, eventNamespace, eventObject } from './event-object.ts';
import { takeToken } from './token-bucket.ts';

const note: EventNote = {
  regarding: { apiVersion: 'v1', kind: 'Service', name: 'web', namespace: 'shop', uid: 'u1' },
  ...{ type: 'Warning', reason: 'PoolExhausted', action: 'Allocate', message: 'no address left' },
};
const reporter = { controller: 'fairlead.dev/controller', instance: 'pod-1' };
const at = { wallMs: 0, suffix: 'abc' };

test('two notes are one event only when object, type, reason and message agree', () => {
  const others: EventNote[] = [
    { ...note, reason: 'NoPool' },
    { ...note, message: 'other' },
    { ...note, type: 'Normal' },
    { ...note, regarding: { ...note.regarding, uid: 'u2' } },
    { ...note, regarding: { ...note.regarding, name: 'api' } },
  ];
  assert.equal(eventKey(note), eventKey({ ...note, action: 'Again' }));
  for (const other of others) assert.notEqual(eventKey(note), eventKey(other));
});

test('a message is cut at 1024 bytes, never inside a character', () => {
  for (const message of ['x'.repeat(3_000), 'ü'.repeat(3_000), `x${'€'.repeat(3_000)}`]) {
    const text = String(eventObject({ ...note, message }, reporter, at)['note']);
    const bytes = new TextEncoder().encode(text).length;
    assert.ok(bytes <= 1_024 && bytes > 1_000, `${bytes} bytes`);
    assert.ok(message.startsWith(text.slice(0, -1)) && text.endsWith('…'));
  }
});

test('events of cluster-scoped objects are in default', () => {
  const { namespace: _, ...regarding } = note.regarding;
  assert.equal(eventNamespace({ ...note, regarding }), 'default');
  assert.equal(eventNamespace(note), 'shop');
});

test('a bucket allows its burst, then one per interval', () => {
  const size = { burst: 2, refillMs: 1_000 };
  let bucket: ReturnType<typeof takeToken>['bucket'] | undefined;
  const allowed = [0, 0, 0, 500, 1_000, 1_100, 60_000, 60_000, 60_000].map((nowMs) => {
    const taken = takeToken(size, bucket, nowMs);
    bucket = taken.bucket;
    return taken.isAllowed;
  });
  assert.deepEqual(allowed, [true, true, false, false, true, false, true, true, false]);
});

test('a bounded map forgets what was written longest ago', () => {
  const map = new BoundedMap<number>(2);
  map.set('a', 1);
  map.set('b', 2);
  map.set('a', 3);
  map.set('c', 4);
  assert.deepEqual([map.get('a'), map.get('b'), map.get('c'), map.size], [3, undefined, 4, 2]);
});
