import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aPool, aService, aSnapshot } from '../../test/build/cluster.ts';
import { converged, notesOf } from '../../test/build/converge.ts';

function notes(serviceDefaults: object, own: Readonly<Record<string, string>> = {}): string[] {
  const pools = [aPool('edge', ['10.40.0.8/29'], { spec: { serviceDefaults } })];
  const canary = { 'fairlead.dev/canary-service': 'next', 'fairlead.dev/canary-percent': '5' };
  const service = aService('shop/web', { annotations: { ...canary, ...own } });
  return notesOf(converged(aSnapshot({ pools, services: [service] })), service);
}

test('a share that comes to nothing is said, whoever set what stands against it', () => {
  assert.deepEqual(notes({}), []);
  assert.deepEqual(notes({ agentCheckPort: 8083 }), ['SettingIdle'], 'the pool');
  assert.deepEqual(notes({ balance: 'First' }), ['SettingIdle'], 'the pool');
  assert.deepEqual(notes({}, { 'fairlead.dev/agent-check-port': '8083' }), ['SettingIdle']);
  assert.deepEqual(notes({}, { 'fairlead.dev/agent-check-port.80': '8083' }), ['SettingIdle']);
});
