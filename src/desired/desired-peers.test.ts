import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Instance } from '../model/objects.ts';
import type { Frontend } from './desired-node.ts';
import { desiredPeers } from './desired-peers.ts';

const instance = (vrid: number, members: Readonly<Record<string, string>>): Instance =>
  ({
    name: `10.99.0.0-24.${vrid}`,
    vrid,
    members: Object.entries(members).map(([node, address]) => ({ node, address })),
  }) as unknown as Instance;

const instances = [
  instance(101, { n1: '10.99.0.11', n3: 'fd99::13' }),
  instance(100, { n2: '10.99.0.12', n1: '10.99.0.11' }),
];
const plain = {} as Frontend;
const sticky = { affinitySeconds: 60 } as Frontend;

test('R51: all nodes of a pool know each other, each by the first instance that names it', () => {
  const { local, members } = desiredPeers('n1', { instances, frontends: [plain, sticky] }) ?? {};
  assert.equal(local, 'n1');
  assert.deepEqual(members, [
    { node: 'n1', family: 'IPv4', address: '10.99.0.11', port: 7400 },
    { node: 'n2', family: 'IPv4', address: '10.99.0.12', port: 7400 },
    { node: 'n3', family: 'IPv6', address: 'fd99::13', port: 7401 },
  ]);
  const reversed = desiredPeers('n2', { instances: instances.toReversed(), frontends: [sticky] });
  assert.deepEqual(reversed?.members, members, 'the same on every node');
});

test('nobody is told anything where no client is remembered, or the node is no member', () => {
  assert.equal(desiredPeers('n1', { instances, frontends: [plain] }), undefined);
  assert.equal(desiredPeers('n9', { instances, frontends: [sticky] }), undefined);
});
