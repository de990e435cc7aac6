import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatAddress } from '../net/format-address.ts';
import type { Endpoint, EndpointSlice, ServicePort } from './objects.ts';
import { parseEndpointSlice } from './parse-cluster.ts';
import { selectEndpoints } from './select-endpoints.ts';

const http: ServicePort = { name: 'http', protocol: 'TCP', port: 80 };

const endpoint = (address: string, more: Partial<Endpoint> = {}): Endpoint => ({
  ...{ address, ready: true, serving: true, terminating: false, node: undefined, ...more },
});
const slice = (endpoints: Endpoint[], more: Partial<EndpointSlice> = {}): EndpointSlice => ({
  ...{ namespace: 'shop', name: 'web-1', service: 'web', family: 'IPv4' as const },
  ports: [{ name: 'http', protocol: 'TCP', port: 8080 }],
  endpoints,
  ...more,
});

function chosen(slices: EndpointSlice[], port = http, family: 'IPv4' | 'IPv6' = 'IPv4') {
  const isVip = ({ value }: { value: bigint }) => value === 0x0a28_0008n;
  const { endpoints, notes } = selectEndpoints({ slices, port, family, isVip });
  const texts = endpoints.map((e) => `${formatAddress(e.address)}:${e.port} ${e.state}`);
  return { texts, notes };
}

const ready = { ready: true };
const leaving = { ready: false, serving: true, terminating: true };
const gone = { ready: false, serving: false, terminating: true };
const unready = { ready: false, serving: false, terminating: false };

test('all slices are joined; numbers come from the slice (R62, R65)', () => {
  const other = slice([endpoint('10.1.0.5')], {
    name: 'web-2',
    ports: [
      { name: 'http', protocol: 'TCP', port: 9090 },
      { name: 'http', protocol: 'UDP', port: 53 },
      { name: 'metrics', protocol: 'TCP', port: 9100 },
    ],
  });
  const { texts } = chosen([slice([endpoint('10.1.0.4')]), other]);
  assert.deepEqual(texts, ['10.1.0.4:8080 ready', '10.1.0.5:9090 ready']);
});

test('one address and port is one server, usable if any copy is ready (R63)', () => {
  const copies = [slice([endpoint('10.1.0.4', unready)]), slice([endpoint('10.1.0.4', ready)])];
  assert.deepEqual(chosen(copies).texts, ['10.1.0.4:8080 ready']);
  assert.deepEqual(chosen(copies.toReversed()).texts, ['10.1.0.4:8080 ready']);
});

test('terminating endpoints serve while nothing is ready, else drain (R67, R69)', () => {
  const both = slice([endpoint('10.1.0.4'), endpoint('10.1.0.5', leaving)]);
  assert.deepEqual(chosen([both]).texts, ['10.1.0.4:8080 ready', '10.1.0.5:8080 drain']);
  const last = slice([endpoint('10.1.0.4', unready), endpoint('10.1.0.5', leaving)]);
  assert.deepEqual(chosen([last]).texts, ['10.1.0.4:8080 unready', '10.1.0.5:8080 ready']);
  const deaf = slice([endpoint('10.1.0.5', gone)]);
  assert.deepEqual(chosen([deaf]).texts, ['10.1.0.5:8080 drain'], 'never a new connection');
});

test('who is not ready is there for the connections that it has, and not to serve (R69)', () => {
  const both = slice([endpoint('10.1.0.4'), endpoint('10.1.0.5', unready)]);
  assert.deepEqual(chosen([both]).texts, ['10.1.0.4:8080 ready', '10.1.0.5:8080 unready']);
  assert.deepEqual(chosen([slice([endpoint('10.1.0.4', unready)])]).texts, [
    '10.1.0.4:8080 unready',
  ]);
});

test('ready is trusted while terminating: publishNotReadyAddresses is folded into it (R68)', () => {
  const folded = endpoint('10.1.0.4', { ready: true, serving: false, terminating: true });
  assert.deepEqual(chosen([slice([folded])]).texts, ['10.1.0.4:8080 ready']);
});

test('what HAProxy must never dial is dropped and named (P11)', () => {
  const bad = [
    '127.0.0.1',
    '169.254.169.254',
    '224.0.0.1',
    '0.0.0.0',
    '10.40.0.8',
    'a.example',
    '::1',
  ];
  const { texts, notes } = chosen([slice([...bad, '10.1.0.4'].map((text) => endpoint(text)))]);
  assert.deepEqual(texts, ['10.1.0.4:8080 ready']);
  assert.deepEqual(
    notes.map(({ address }) => address),
    bad,
  );
  assert.match(notes[0]?.why ?? '', /loopback/);
  assert.match(notes[4]?.why ?? '', /VIP/);
});

const read = (...endpoints: readonly object[]) => {
  const labels = { 'kubernetes.io/service-name': 'web' };
  const slice = parseEndpointSlice({
    metadata: { namespace: 'shop', name: 'web-1', uid: 'u', labels },
    addressType: 'IPv4',
    ports: [{ name: 'http', protocol: 'TCP', port: 8080 }],
    endpoints,
  });
  assert.ok(slice);
  return slice;
};

test('an endpoint needs no node and no pod: Services without a selector work (R71)', () => {
  const byHand = read({ addresses: ['192.0.2.77'] });
  assert.deepEqual(chosen([byHand]).texts, ['192.0.2.77:8080 ready']);
});

test('topology hints send nobody away (R73)', () => {
  const hints = { forZones: [{ name: 'zone-0' }], forNodes: [{ name: 'n1' }] };
  const [near, far] = ['zone-0', 'zone-1'].map((zone, index) => {
    return { addresses: [`10.1.0.${4 + index}`], zone, hints };
  });
  const { texts } = chosen([read(near ?? {}, far ?? {})]);
  assert.deepEqual(texts, ['10.1.0.4:8080 ready', '10.1.0.5:8080 ready']);
});

test('each family has its own servers', () => {
  const six = slice([endpoint('fd00::4')], { family: 'IPv6' });
  const slices = [slice([endpoint('10.1.0.4')]), six];
  assert.deepEqual(chosen(slices, http, 'IPv6').texts, ['fd00::4:8080 ready']);
});
