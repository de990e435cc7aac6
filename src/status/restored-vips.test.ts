import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Operation } from '../allocate/operations.ts';
import type { Vip } from '../model/objects.ts';
import { restoredVips } from './restored-vips.ts';

const holder = { namespace: 'shop', name: 'web', uid: 'u1', ports: [] };
const vips = [{ name: '10.0.0.9', holders: [holder] } as unknown as Vip];
const operation = (kind: string) => ({ kind, name: '10.0.0.9' }) as Operation;

test('A65: the Service is told when its Vip was deleted by hand and made anew', () => {
  const [event, ...more] = restoredVips({ vips }, [
    operation('vip-unlock'),
    operation('vip-create'),
  ]);
  assert.deepEqual(more, []);
  assert.deepEqual([event?.reason, event?.regarding.name], ['VipRestored', 'web']);
  assert.match(event?.message ?? '', /Vip 10\.0\.0\.9 was deleted .* the address stays/);
});

test('a Vip that is let go, or made for the first time, is no restoration', () => {
  assert.deepEqual(restoredVips({ vips }, [operation('vip-unlock')]), []);
  assert.deepEqual(restoredVips({ vips }, [operation('vip-create')]), []);
});
