// What a Service's settings make of its frontends.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aPool, aService } from '../../test/build/cluster.ts';
import type { EndpointSlice, ServicePort, Vip } from '../model/objects.ts';
import { vipName } from '../net/format-address.ts';
import { parseAddress } from '../net/parse-address.ts';
import { keysOf } from '../render/wanted-keys.ts';
import { desiredFrontends } from './desired-frontends.ts';

const parsed = parseAddress('10.99.0.100');
assert.ok(parsed.ok);
const address = parsed.value;
const port = (number: number, protocol: 'TCP' | 'UDP' = 'TCP'): ServicePort => {
  return { name: `p${number}${protocol}`, protocol, port: number };
};
const ports = [port(80), port(443), port(53, 'UDP')];

/** The frontends of a Service with ports 80, 443 and 53/UDP on one VIP. */
function frontends(
  annotations: Readonly<Record<string, string>>,
  state: Partial<Slice> = {},
  more: readonly string[] = [],
) {
  const service = { ...aService('shop/web'), annotations, ports };
  const holder = { ...{ namespace: 'shop', name: 'web', uid: service.uid }, ports };
  const vip = {
    ...{ name: vipName(address), uid: 'v', pool: 'edge', instance: 'i', phase: 'Held' },
    ...{ address, holders: [{ ...holder, leavingSinceMs: undefined }], next: undefined },
  } as unknown as Vip;
  const all: EndpointSlice = {
    ...{ namespace: 'shop', name: 'web-1', service: 'web', family: 'IPv4' },
    ports: ports.map((each) => ({ ...each, port: 8080 })),
    endpoints: [
      ...[endpoint('10.244.2.7'), endpoint('10.244.2.8', state)],
      ...more.map((text) => endpoint(text)),
    ],
  };
  const made = desiredFrontends([vip], {
    services: new Map([['shop/web', service]]),
    slicesOf: new Map([['shop/web', [all]]]),
    pools: new Map([['edge', aPool('edge', ['10.99.0.100'])]]),
    ...{ place: { node: 'n1', zone: undefined }, vipNames: new Set<string>() },
  });
  const of = (number: number) => made.frontends.find((each) => each.port === number);
  return { plain: of(80), tls: of(443), udp: made.flows[0], all: made.frontends };
}
type Slice = EndpointSlice['endpoints'][number];
const endpoint = (text: string, state: Partial<Slice> = {}): Slice => ({
  ...{ address: text, ready: true, serving: true, terminating: false, node: 'n2', ...state },
});
const key = (kind: 'certificate' | 'authority', secret: string) => {
  return { kind, namespace: 'shop', secret };
};

test('TLS is ended on 443 with the Secrets of the Service’s own namespace; 80 is redirected', () => {
  const { plain, tls, all } = frontends({
    'fairlead.dev/tls-secrets': 'shop-tls, blog-tls',
    'fairlead.dev/tls-client-ca': 'clients',
    'fairlead.dev/https-redirect': 'Enabled',
    'fairlead.dev/protocol': 'HTTP',
  });
  assert.deepEqual(tls?.tls, {
    certificates: [key('certificate', 'shop-tls'), key('certificate', 'blog-tls')],
    clientAuthority: key('authority', 'clients'),
  });
  assert.deepEqual(tls?.http, { serverProtocol: 'HTTP1' });
  assert.deepEqual(plain?.http, { serverProtocol: 'HTTP1', redirectPort: 443 });
  assert.equal(plain?.tls, undefined);
  assert.deepEqual(
    keysOf(all).map(({ file, services }) => [file, services]),
    [
      ['ca_shop_clients.pem', ['shop/web']],
      ['tls_shop_blog-tls.pem', ['shop/web']],
      ['tls_shop_shop-tls.pem', ['shop/web']],
    ],
  );
});

test('TLS to the pods: with an authority where it is verified, without where it is not', () => {
  const verified = {
    'fairlead.dev/server-tls': 'Verified',
    'fairlead.dev/server-tls-ca': 'pods',
    'fairlead.dev/server-tls-name': 'web.shop.svc',
  };
  const wanted = { authority: key('authority', 'pods'), name: 'web.shop.svc' };
  assert.deepEqual(frontends(verified).plain?.serverTls, wanted);
  const unverified = {
    'fairlead.dev/server-tls': 'Unverified',
    'fairlead.dev/server-tls-name': 'web.shop.svc',
  };
  assert.deepEqual(frontends(unverified).plain?.serverTls, { name: 'web.shop.svc' });
});

test('denied networks count for TCP and UDP, of the VIP’s family only', () => {
  const denied = { 'fairlead.dev/denied-source-ranges': '192.0.2.7/24, 2001:db8::/32' };
  const { plain, udp } = frontends(denied);
  assert.deepEqual([plain?.denied, udp?.denied], [['192.0.2.0/24'], ['192.0.2.0/24']]);
  assert.equal(plain?.sources, undefined);
  const trusted = frontends({ 'fairlead.dev/proxy-protocol-from': '192.0.2.10/32' });
  assert.deepEqual(trusted.plain?.proxies, ['192.0.2.10/32']);
});

test('behind a proxy denied and allowed networks are those of both families, for TCP only', () => {
  const ranges = 'service.beta.kubernetes.io/load-balancer-source-ranges';
  const denied = { 'fairlead.dev/denied-source-ranges': '2001:db8:bad::/48, 192.0.2.7/24' };
  const trusted = { ...denied, 'fairlead.dev/proxy-protocol-from': '192.0.2.10/32, fd99::1/128' };
  const { plain, udp } = frontends({ ...trusted, [ranges]: '203.0.113.0/24, 2001:db8::/32' });
  assert.deepEqual(plain?.proxies, ['192.0.2.10/32']);
  assert.deepEqual(plain?.denied, ['192.0.2.0/24', '2001:db8:bad::/48']);
  assert.deepEqual(plain?.sources, ['2001:db8::/32', '203.0.113.0/24']);
  assert.deepEqual([udp?.denied, udp?.sources], [['192.0.2.0/24'], ['203.0.113.0/24']]);
  const other = { 'fairlead.dev/proxy-protocol-from': 'fd99::1/128' };
  const unmet = frontends({ ...denied, ...other }).plain;
  assert.deepEqual([unmet?.proxies, unmet?.denied], [undefined, ['192.0.2.0/24']]);
  const only = (text: string) => frontends({ ...trusted, [ranges]: text }).plain?.sources;
  assert.deepEqual(only('0.0.0.0/0'), ['0.0.0.0/0'], 'clients of IPv4, not everybody');
  assert.deepEqual(only('::/0'), ['::/0']);
  assert.equal(only('0.0.0.0/0, ::/0'), undefined);
});

test('a server that ends gets nobody who has a cookie: it is put into maintenance (R69)', () => {
  const ending = { ready: false, terminating: true };
  const cookie = { 'fairlead.dev/session-cookie': 'KEPT', 'fairlead.dev/protocol': 'HTTP' };
  const states = (annotations: Readonly<Record<string, string>>) =>
    frontends(annotations, ending).plain?.servers.map(({ state }) => state);
  assert.deepEqual(states(cookie), ['ready', 'maint']);
  assert.deepEqual(states({}), ['ready', 'drain']);
  const bytes = { ...cookie, 'fairlead.dev/protocol': 'TCP' };
  assert.deepEqual(states(bytes), ['ready', 'drain'], 'no cookie where no request is read');
});

test('who is not ready is a server of TCP, whatever clients remember, and has no flows (R69)', () => {
  for (const annotations of [{}, { 'fairlead.dev/canary-service': 'none' }]) {
    const { plain, udp } = frontends(annotations, { ready: false, serving: false });
    const states = plain?.servers.map(({ state }) => state);
    assert.deepEqual(states, ['ready', 'unready']);
    assert.deepEqual(udp?.endpoints.length, 1);
  }
});

test('where there is no room, who is not ready gives way', () => {
  const many = Array.from({ length: 1_665 }, (_, n) => `10.245.${n >> 8}.${n & 255}`);
  const { plain } = frontends({}, { ready: false, serving: false }, many);
  assert.equal(plain?.servers.length, 1_666);
  assert.ok(plain?.servers.every(({ state }) => state === 'ready'));
});

test('a setting of one port counts there only', () => {
  const { plain, tls } = frontends({
    'fairlead.dev/balance': 'First',
    'fairlead.dev/balance.443': 'LeastConnections',
  });
  assert.deepEqual(
    [plain?.settings?.balance, tls?.settings?.balance],
    ['First', 'LeastConnections'],
  );
});

test('no Service has more servers than a node can check, and its first ones on every node', () => {
  const many = Array.from(
    { length: 4_000 },
    (_, n) => `10.${100 + (n >> 16)}.${(n >> 8) & 255}.${n & 255}`,
  );
  const { plain, tls } = frontends({}, {}, many);
  // Three ports share the room.
  assert.deepEqual([plain?.servers.length, tls?.servers.length], [1_666, 1_666]);
  assert.deepEqual(
    plain?.servers.map(({ address: each }) => each),
    tls?.servers.map(({ address: each }) => each),
  );
});
