import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Vip } from './objects.ts';
import { instanceDigests, vipsDigest } from './vips-digest.ts';

const vip = (uid: string, generation = 1): Vip =>
  ({ uid, generation, instance: '10.0.0.0-24.100' }) as Vip;

test('A57: a Vip more, or at another generation, is another digest of its instance', () => {
  const [one, other, newer] = [vip('u1'), vip('u2'), vip('u2', 2)];
  for (const vips of [[one], [one, other], [one, newer], [one]]) {
    assert.deepEqual([...instanceDigests(vips).values()], [vipsDigest(vips)]);
  }
});
