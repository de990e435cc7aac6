import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aFrontend, aPool, aServer } from '../render/desired-fixture.ts';
import { admit } from './admission.ts';

const desired = aPool([
  aFrontend('web', aServer(1)),
  { ...aFrontend('api', aServer(2)), port: 81 },
]).haproxy;
const conflict = { address: '192.0.2.10', port: 80, service: 'shop/web' };
const admitted = (address: string, running: string[] | undefined = []) =>
  admit({ desired, listeners: [{ address, port: 80 }], running, refusals: [] });

for (const everywhere of ['0.0.0.0', '::']) {
  test(`a process on ${everywhere}:80 leaves port 80 out and nobody else`, () => {
    const { haproxy, conflicts } = admitted(everywhere);
    assert.deepEqual(
      haproxy.frontends.map((frontend) => frontend.service),
      ['shop/api'],
    );
    assert.deepEqual(conflicts, [conflict]);
  });
}

test('a process on another address does not matter', () => {
  assert.deepEqual(admitted('10.99.0.11').conflicts, []);
});

test('a listener on the very address is ours when the frontend runs, else it is a conflict', () => {
  assert.deepEqual(admitted('192.0.2.10', ['shop_web_80_192.0.2.10']).conflicts, []);
  assert.deepEqual(admitted('192.0.2.10', ['shop_api_81_192.0.2.10']).conflicts, [conflict]);
});

test('a port that goes from one Service to another on a shared address is ours all the time', () => {
  assert.deepEqual(admitted('192.0.2.10', ['shop_old_80_192.0.2.10']).conflicts, []);
});

test('a port that two pools have while the VIP passes on is no conflict (A47)', () => {
  const passing = { ...aFrontend('web', aServer(1)), isPassing: true as const };
  const input = { desired: aPool([passing]).haproxy, running: [], refusals: [] };
  const listener = (address: string) => admit({ ...input, listeners: [{ address, port: 80 }] });
  assert.deepEqual(listener('192.0.2.10').conflicts, []);
  assert.deepEqual(listener('0.0.0.0').conflicts, [conflict]);
});

test('while HAProxy does not answer, a listener on the very address may be its own', () => {
  assert.deepEqual(
    admit({
      desired,
      listeners: [{ address: '192.0.2.10', port: 80 }],
      running: undefined,
      refusals: [],
    }).conflicts,
    [],
  );
});

test('a refused Service is left out and stays named', () => {
  const refusals = [{ service: 'shop/web', sentence: 'invalid address' }];
  const admission = admit({ desired, listeners: [], running: [], refusals });
  assert.deepEqual(
    admission.haproxy.frontends.map((frontend) => frontend.service),
    ['shop/api'],
  );
  assert.deepEqual(admission.refusals, refusals);
});

test('a peers’ port that others have costs the peers only, for a failing bind would cost all', () => {
  const peer = { node: 'n1', family: 'IPv4', address: '10.99.0.11', port: 7351 } as const;
  const peers = { local: 'n1', members: [peer] };
  const isShared = (address: string, running?: string[]): boolean => {
    const listeners = [{ address, port: 7351 }];
    const { haproxy } = admit({ desired: { ...desired, peers }, listeners, running, refusals: [] });
    assert.equal(haproxy.frontends.length, 2);
    return haproxy.peers !== undefined;
  };
  assert.equal(isShared('10.99.0.11', []), true, 'its own listener');
  assert.equal(isShared('10.99.0.11'), false);
  assert.equal(isShared('0.0.0.0', []), false);
  assert.equal(isShared('10.99.0.12'), true);
});
