import assert from 'node:assert/strict';
import { isIPv4, isIPv6 } from 'node:net';
import { test } from 'node:test';
import {
  clientMachine,
  clientsMax,
  controlPlane,
  nodeIndexes,
  nodeMachine,
  nodesMax,
  podSubnets,
} from './addresses.ts';

test('no two machines of a lab share an address, in either family', () => {
  const clients = Array.from({ length: clientsMax }, (_, at) => clientMachine(at + 1));
  const machines = [controlPlane, ...nodeIndexes.map(nodeMachine), ...clients];
  for (const family of ['ipv4', 'ipv6'] as const) {
    assert.equal(new Set(machines.map((machine) => machine[family])).size, machines.length);
  }
  assert.ok(machines.every(({ ipv4, ipv6 }) => isIPv4(ipv4) && isIPv6(ipv6)));
});

test('clients leave the range that stories use for VIPs alone', () => {
  const last = Number(clientMachine(clientsMax).ipv4.split('.').at(-1));
  const first = Number(clientMachine(1).ipv4.split('.').at(-1));
  assert.ok(first > 200 && last < 255, `${first}-${last}`);
});

test('every node has pod ranges of its own', () => {
  const ranges = nodeIndexes.flatMap((index) => Object.values(podSubnets(index)));
  assert.equal(new Set(ranges).size, nodesMax * 2);
});
