import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anInstance, aPool } from '../render/desired-fixture.ts';
import type { KernelAddress } from './kernel-addresses.ts';
import { addressesOf, staleAddresses } from './stale-addresses.ts';

const at = (address: string, keepalived = true): KernelAddress => ({
  interface: 'eth0',
  address,
  length: 32,
  keepalived,
});
const desired = aPool([], anInstance('10.99.0.12')).keepalived;
const kernel = ['169.254.77.51', '192.0.2.10', '192.0.2.99'].map((address) => at(address));
const record = [...addressesOf(desired), '192.0.2.99'];
const stale = (input: Partial<Parameters<typeof staleAddresses>[0]>) =>
  staleAddresses({ kernel, record, desired, supervised: true, ...input }).map((one) => one.address);

test('a recorded address nobody wants is stale', () => {
  assert.deepEqual(stale({}), ['192.0.2.99']);
});

test("an address of another pool's or somebody's Keepalived is not ours to remove", () => {
  assert.deepEqual(stale({ record: addressesOf(desired) }), []);
});

test('an address without the mark is never removed', () => {
  assert.deepEqual(stale({ kernel: [at('192.0.2.99', false)] }), []);
});

test('without a Keepalived all go: a backup holds them by now', () => {
  assert.deepEqual(stale({ supervised: false }), ['169.254.77.51', '192.0.2.10', '192.0.2.99']);
});

test('a lone node keeps what it has: nobody else could hold it', () => {
  const alone = aPool([], anInstance()).keepalived;
  assert.deepEqual(stale({ supervised: false, desired: alone }), ['192.0.2.99']);
});
