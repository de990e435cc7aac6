import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Frontend } from '../desired/desired-node.ts';
import { aFrontend, aPool, aServer } from '../render/desired-fixture.ts';
import { admit } from './admission.ts';

const desired = aPool([
  aFrontend('web', aServer(1)),
  { ...aFrontend('api', aServer(2)), port: 81 },
]).haproxy;
const noKeys: ReadonlySet<string> = new Set();
const conflict = { address: '192.0.2.10', port: 80, service: 'shop/web' };
const admitted = (address: string, running: string[] | undefined = []) =>
  admit({
    keys: noKeys,
    lastGood: () => undefined,
    isSharing: false,
    desired,
    listeners: [{ address, port: 80 }],
    running,
    refusals: [],
  });

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
  const listener = (address: string) =>
    admit({
      keys: noKeys,
      lastGood: () => undefined,
      isSharing: false,
      ...input,
      listeners: [{ address, port: 80 }],
    });
  assert.deepEqual(listener('192.0.2.10').conflicts, []);
  assert.deepEqual(listener('0.0.0.0').conflicts, [conflict]);
});

test('while HAProxy does not answer, a listener on the very address may be its own', () => {
  assert.deepEqual(
    admit({
      keys: noKeys,
      lastGood: () => undefined,
      isSharing: false,
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
  const admission = admit({
    keys: noKeys,
    lastGood: () => undefined,
    isSharing: false,
    desired,
    listeners: [],
    running: [],
    refusals,
  });
  assert.deepEqual(
    admission.haproxy.frontends.map((frontend) => frontend.service),
    ['shop/api'],
  );
  assert.deepEqual(admission.refusals, refusals);
});

test('a peers’ port that others have costs the peers only, for a failing bind would cost all', () => {
  const peer = { node: 'n1', family: 'IPv4', address: '10.99.0.11', port: 7351 } as const;
  const peers = { local: 'n1', members: [peer] };
  const isShared = (address: string, isSharing: boolean): boolean => {
    const listeners = [{ address, port: 7351 }];
    const { haproxy, refusals } = admit({
      keys: noKeys,
      lastGood: () => undefined,
      desired: { ...desired, peers },
      listeners,
      running: [],
      isSharing,
      refusals: [],
    });
    assert.equal(haproxy.frontends.length, 2);
    const said = refusals.map(({ service, sentence }) => `${service}: ${sentence}`).join();
    const isSaid = /^: another process has port 7351 of 10\.99\.0\.11: /.test(said);
    assert.equal(isSaid, haproxy.peers === undefined, said);
    return haproxy.peers !== undefined;
  };
  assert.equal(isShared('10.99.0.11', true), true, 'its own listener');
  assert.equal(isShared('10.99.0.11', false), false, 'it runs without peers: not its own');
  assert.equal(isShared('0.0.0.0', true), false);
  assert.equal(isShared('10.99.0.12', false), true);
});

test('a frontend has the certificates that are there, and none without what tells strangers apart', () => {
  const tls = (secret: string) => ({ kind: 'certificate', namespace: 'shop', secret }) as const;
  const authority = { kind: 'authority', namespace: 'shop', secret: 'clients' } as const;
  const certificates = [tls('first'), tls('second')];
  const served = (frontend: Partial<Frontend>, ...keys: string[]) =>
    admit({
      ...{ listeners: [], running: [], refusals: [], keys: new Set(keys) },
      lastGood: () => undefined,
      isSharing: false,
      desired: { maxConnections: 1, frontends: [{ ...aFrontend('web', aServer(1)), ...frontend }] },
    }).haproxy.frontends[0];
  const second = served({ tls: { certificates } }, 'tls_shop_second.pem');
  assert.deepEqual(second?.tls?.certificates, [tls('second')]);
  assert.equal(served({ tls: { certificates } }, 'tls_blog_first.pem'), undefined);
  const strict = { tls: { certificates, clientAuthority: authority } };
  assert.equal(served(strict, 'tls_shop_first.pem'), undefined);
  assert.ok(served(strict, 'tls_shop_first.pem', 'ca_shop_clients.pem'));
  assert.equal(served({ serverTls: { authority } }), undefined);
  assert.ok(served({ serverTls: {} }));
});
