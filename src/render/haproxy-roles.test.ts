import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Server } from '../desired/desired-node.ts';
import { isSpareWeight } from '../tables/spare-weights.ts';
import type { Sharing } from './haproxy-balance.ts';
import { roleOptions, weightOf } from './haproxy-roles.ts';

const plain: Server = { name: 'a', address: '10.1.0.7', port: 8080, state: 'ready' };
const spare: Server = { ...plain, role: 'Spare' };
const last: Server = { ...plain, role: 'LastSpare' };

const byTurns: readonly Sharing[] = [{}, { settings: { balance: 'First' }, affinitySeconds: 60 }];
const byHash: readonly Sharing[] = [
  { affinitySeconds: 60 },
  { settings: { balance: 'SourceHash' } },
];

test('R73: spares are backup servers, told from others by their weight', () => {
  for (const sharing of [...byTurns, ...byHash]) {
    assert.deepEqual(roleOptions(plain, sharing), []);
    for (const server of [spare, last]) {
      assert.ok(isSpareWeight(weightOf(server, sharing)));
      assert.equal(roleOptions(server, sharing).at(-1), 'backup');
    }
  }
  assert.equal(isSpareWeight(weightOf(plain, {})), false);
});

test('a hash has 16 points for each unit of weight: spares have few units there (ADR 24)', () => {
  for (const sharing of byTurns) assert.equal(weightOf(spare, sharing), 256);
  for (const sharing of byHash) assert.equal(weightOf(spare, sharing), 32);
});
