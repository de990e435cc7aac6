/**
 * What of a Service decides something here: a change of it makes another value, so that a
 * reconcile follows; a change of anything else reads the same, so that nothing does.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseService } from './parse-service.ts';

type Fields = Readonly<Record<string, unknown>>;
type Change = { readonly metadata?: Fields; readonly spec?: Fields; readonly status?: Fields };

const port = { name: 'http', protocol: 'TCP', port: 80, targetPort: 8080, nodePort: 30_080 };
const metadata = { namespace: 'shop', name: 'web', uid: 'u', resourceVersion: '7' };
const spec = {
  type: 'LoadBalancer',
  loadBalancerClass: 'fairlead.dev/vip',
  clusterIPs: ['10.96.0.9'],
  ipFamilies: ['IPv4'],
  ipFamilyPolicy: 'SingleStack',
  ports: [port],
};

const read = (change: Change = {}) =>
  parseService({
    metadata: { ...metadata, ...change.metadata },
    spec: { ...spec, ...change.spec },
    status: { ...change.status },
  });

const decides = (change: Change) => assert.notDeepEqual(read(change), read());
const decidesNothing = (change: Change) => assert.deepEqual(read(change), read());
const ports = (...changes: Fields[]) => ({ ports: changes.map((c) => ({ ...port, ...c })) });

test('every field that decides something is seen to change (R16)', () => {
  const specs: readonly Fields[] = [
    { type: 'NodePort' },
    { loadBalancerClass: undefined },
    { loadBalancerSourceRanges: ['192.0.2.0/24'] },
    ...[ports({ port: 81 }), ports({ protocol: 'UDP' }), ports({ name: 'web' })],
    ...[ports({}, { name: 'more', port: 81 }), { sessionAffinity: 'ClientIP' }],
    ...[{ loadBalancerIP: '192.0.2.10' }, { externalTrafficPolicy: 'Local' }],
    { ipFamilies: ['IPv4', 'IPv6'], clusterIPs: ['10.96.0.9', 'fd00::9'] },
    { ipFamilyPolicy: 'PreferDualStack' },
  ];
  for (const change of specs) decides({ spec: change });
  const metadatas: readonly Fields[] = [
    ...[{ uid: 'v' }, { labels: { tier: 'web' } }, { deletionTimestamp: '2026-01-01T00:00:00Z' }],
    ...[{ annotations: { 'fairlead.dev/pool': 'edge' } }, { finalizers: ['example.com/x'] }],
    { annotations: { 'service.beta.kubernetes.io/load-balancer-source-ranges': '10.0.0.0/8' } },
  ];
  for (const change of metadatas) decides({ metadata: change });
  decides({ status: { loadBalancer: { ingress: [{ ip: '192.0.2.10' }] } } });
});

test('the order of ports is seen to change (R16)', () => {
  const [a, b] = [{}, { name: 'more', port: 81 }];
  assert.notDeepEqual(read({ spec: ports(a, b) }), read({ spec: ports(b, a) }));
});

test('what nobody decides from reads the same (R17)', () => {
  decidesNothing({ metadata: { managedFields: [{ manager: 'kubectl' }], generation: 9 } });
  decidesNothing({ metadata: { annotations: { 'example.com/team': 'shop' } } });
  decidesNothing({ spec: { selector: { app: 'other' } } });
});

test('spec.externalIPs decides nothing: no foreign address is taken for ours (R4)', () => {
  decidesNothing({ spec: { externalIPs: ['192.0.2.66'] } });
});

test('an unknown appProtocol decides nothing: the port is plain TCP (R43)', () => {
  decidesNothing({ spec: ports({ appProtocol: 'example.com/unknown' }) });
  decidesNothing({ spec: ports({ appProtocol: 'HTTP' }) });
});

test('internalTrafficPolicy decides nothing (R48)', () => {
  decidesNothing({ spec: { internalTrafficPolicy: 'Local' } });
});

test('node ports decide nothing: none, others, and whether any are made (R50)', () => {
  decidesNothing({ spec: { ...ports({ nodePort: 0 }), allocateLoadBalancerNodePorts: false } });
  decidesNothing({ spec: ports({ nodePort: 30_081 }) });
});

test('trafficDistribution is a hint and decides nothing (R73)', () => {
  decidesNothing({ spec: { trafficDistribution: 'PreferSameZone' } });
});
