import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Vip } from '../model/objects.ts';
import { vipsDigest } from '../model/vips-digest.ts';
import { withdrawnInstances } from './withdrawn-instances.ts';

const released = (name: string, change: Partial<Vip> = {}): Vip =>
  ({
    ...{ name, uid: `uid-${name}`, generation: 2, instance: '10.0.0.0-24.100' },
    ...{ phase: 'Releasing', awaitedNodes: ['n1', 'n2'], ...change },
  }) as Vip;

test('R7, A64: a node that is asked about an instance it does not run says so', () => {
  const vips = [released('10.0.0.8'), released('10.0.0.9', { awaitedNodes: ['n2'] })];
  const digest = vipsDigest(vips);
  const answer = [{ instance: '10.0.0.0-24.100', digest }];
  assert.deepEqual(withdrawnInstances('n1', { vips, running: [] }), answer);
  assert.deepEqual(withdrawnInstances('n1', { vips, running: ['10.0.0.0-24.100'] }), []);
  assert.deepEqual(withdrawnInstances('n3', { vips, running: [] }), []);
});

test('A47: it says so of the instance that the address passed from as well', () => {
  const vips = [released('10.0.0.8', { previousInstance: '10.0.0.0-24.99' })];
  const answers = withdrawnInstances('n1', { vips, running: ['10.0.0.0-24.100'] });
  assert.deepEqual(answers, [{ instance: '10.0.0.0-24.99', digest: vipsDigest([]) }]);
});
