import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aFrontend, aPool } from '../render/desired-fixture.ts';
import { poolWaves, servedAddresses } from './pool-waves.ts';

const withAddress = (pool: string, ...addresses: string[]) => ({
  ...aPool([]),
  pool,
  haproxy: {
    maxConnections: 1,
    frontends: addresses.map((address) => ({ ...aFrontend('web'), address })),
  },
  keepalived: { routerId: 'n1', instances: [] },
});
const names = (waves: ReturnType<typeof poolWaves>) =>
  waves.map((wave) => wave.map(({ pool }) => pool));

test('a pool that takes an address over waits for the one that gives it up (A47)', () => {
  const before = [withAddress('a'), withAddress('b', '10.0.0.8', '10.0.0.9'), withAddress('c')];
  const served = new Map(before.map((pool) => [pool.pool, servedAddresses(pool)]));
  const after = [withAddress('a', '10.0.0.8'), withAddress('b', '10.0.0.9'), withAddress('c')];
  assert.deepEqual(names(poolWaves(served, after)), [['b', 'c'], ['a']]);
});

test('pools that only add and remove addresses of their own go all at once', () => {
  const served = new Map([['a', new Set(['10.0.0.8'])]]);
  const after = [withAddress('a', '10.0.0.8', '10.0.0.10'), withAddress('b', '10.0.0.9')];
  assert.deepEqual(names(poolWaves(served, after)), [['a', 'b'], []]);
});
