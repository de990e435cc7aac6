import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aPool, aService, aSnapshot } from '../../test/build/cluster.ts';
import { converged, notesOf } from '../../test/build/converge.ts';

const pools = [aPool('edge', ['10.40.0.8/29'])];
const port = (protocol: string, number: number) => ({ name: `p${number}`, protocol, port: number });

function said(spec: object, annotations: Readonly<Record<string, string>> = {}): string[] {
  const service = aService('shop/web', {
    spec: { ports: [port('TCP', 80)], ...spec },
    annotations,
  });
  return notesOf(converged(aSnapshot({ pools, services: [service] })), service);
}

const local = { externalTrafficPolicy: 'Local' };

test('R46: Local on a TCP port says that pods do not see the client, and what shows it', () => {
  assert.deepEqual(said(local), ['ClientAddressHidden']);
  assert.deepEqual(said({}), [], 'nobody asked');
  assert.deepEqual(said(local, { 'fairlead.dev/proxy-protocol': 'V2' }), []);
  assert.deepEqual(said(local, { 'fairlead.dev/protocol': 'HTTP' }), []);
  assert.deepEqual(said({ ...local, ports: [port('UDP', 53)] }), [], 'nftables hides nobody');
});

test('R46: only the ports that hide the client are said, each by its own setting', () => {
  const ports = [port('TCP', 80), port('TCP', 81), port('UDP', 53)];
  const annotations = { 'fairlead.dev/proxy-protocol.81': 'V2' };
  assert.deepEqual(said({ ...local, ports }, annotations), ['ClientAddressHidden']);
  const both = { ...annotations, 'fairlead.dev/proxy-protocol.80': 'V1' };
  assert.deepEqual(said({ ...local, ports }, both), []);
});
