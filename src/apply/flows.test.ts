import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FlowFrontend } from '../desired/desired-node.ts';
import { changedFrontends, frontendKey, leftFlows, parseFlows, staleFlows } from './flows.ts';

const listed = [
  'udp      17 29 src=192.0.2.9 dst=10.99.0.50 sport=4200 dport=53 src=10.1.0.7 dst=10.99.0.11 sport=5353 dport=4200 [ASSURED] mark=4194305 use=1',
  'udp      17 3 src=fd99::9 dst=fd99::50 sport=1 dport=53 [UNREPLIED] src=fd00::7 dst=fd99::11 sport=5353 dport=1 mark=0 use=1',
  'tcp      6 9 TIME_WAIT src=192.0.2.9 dst=10.99.0.50 sport=1 dport=53 src=10.1.0.7 dst=10.99.0.11 sport=5353 dport=1 mark=4194305 use=1',
  'sctp     132 9 src=192.0.2.9 dst=10.99.0.50 sport=42 dport=53 src=10.1.0.7 dst=10.99.0.11 sport=5353 dport=42 mark=4194306 use=1',
  'conntrack v1.4.8 (conntrack-tools): 2 flow entries have been shown.',
].join('\n');

const frontend = (address: string, ...endpoints: string[]): FlowFrontend =>
  ({
    ...{ name: address, protocol: 'UDP', address, port: 53 },
    endpoints: endpoints.map((each) => ({ address: each, port: 5353, state: 'ready' })),
  }) as unknown as FlowFrontend;

test('flows are read from what conntrack prints, answered or not, of protocols that are ours', () => {
  assert.deepEqual(parseFlows(listed), [
    { protocol: 'UDP', vip: '10.99.0.50', port: 53, endpoint: '10.1.0.7', endpointPort: 5353 },
    { protocol: 'UDP', vip: 'fd99::50', port: 53, endpoint: 'fd00::7', endpointPort: 5353 },
    { protocol: 'SCTP', vip: '10.99.0.50', port: 53, endpoint: '10.1.0.7', endpointPort: 5353 },
  ]);
});

test('R76: stale are those whose endpoint their frontend has no more', () => {
  const flows = [...parseFlows(listed), ...parseFlows(listed)];
  const stale = staleFlows(flows, [
    frontend('10.99.0.50', '10.1.0.8'),
    frontend('fd99::50', 'fd00::7'),
  ]);
  assert.deepEqual(
    stale.map(({ endpoint }) => endpoint),
    ['10.1.0.7'],
  );
  assert.deepEqual(staleFlows(flows, [frontend('10.99.0.51')]), [], 'of others nobody is judged');
});

test('flows are looked at where endpoints changed, and where the port has gone', () => {
  const [dns, ntp] = [frontend('10.99.0.50', '10.1.0.7'), frontend('10.99.0.51', '10.1.0.9')];
  const before = new Map([dns, ntp].map((each) => [frontendKey(each), each]));
  assert.deepEqual(changedFrontends(before, [dns, ntp]), []);
  const moved = frontend('10.99.0.50', '10.1.0.8');
  assert.deepEqual(changedFrontends(before, [moved]), [moved, { ...ntp, endpoints: [] }]);
});

test('R76: what an earlier agent left is judged by who serves the port now, of VIPs of the pool only', () => {
  const all = parseFlows(listed);
  const left = (vips: readonly string[], ...frontends: FlowFrontend[]) =>
    leftFlows(all, { frontends, vips: new Set(vips) }).map(
      ({ protocol, vip }) => `${protocol} ${vip}`,
    );
  const both = ['10.99.0.50', 'fd99::50'];
  assert.deepEqual(left(both), ['SCTP 10.99.0.50', 'UDP 10.99.0.50', 'UDP fd99::50']);
  assert.deepEqual(left([]), [], 'of another pool');
  const served = [frontend('10.99.0.50', '10.1.0.7'), frontend('fd99::50', 'fd00::8')];
  assert.deepEqual(left(both, ...served), ['SCTP 10.99.0.50', 'UDP fd99::50']);
});
