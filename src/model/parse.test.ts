import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { propertyRuns } from '../../test/run/seeds.ts';
import { parseEndpointSlice, parseLease, parseNamespace, parseNode } from './parse-cluster.ts';
import { parsePool } from './parse-pool.ts';
import { parseSelector, selects } from './parse-selector.ts';
import { parseService } from './parse-service.ts';
import { parseInstance, parseVip } from './parse-vip.ts';
import { parseVipNode } from './parse-vip-node.ts';
import { formatTimestamp, parseTimestamp } from './timestamp.ts';

const seeded = propertyRuns(import.meta.filename, 200);
const metadata = {
  name: 'x',
  namespace: 'shop',
  uid: 'u',
  creationTimestamp: '2026-01-01T00:00:00Z',
};

test('no parser throws, whatever comes over the wire', () => {
  const parsers = [
    ...[parseService, parseNode, parseNamespace, parseLease, parseEndpointSlice],
    ...[parsePool, parseVip, parseInstance, parseVipNode],
  ];
  const anything = fc.oneof(
    fc.anything(),
    fc.record({ metadata: fc.constant(metadata), spec: fc.anything(), status: fc.anything() }),
  );
  fc.assert(
    fc.property(anything, (raw) => {
      for (const parse of parsers) parse(raw);
    }),
    seeded,
  );
});

test('what has no name, a Vip without address and an instance without VRID are none', () => {
  assert.equal(parseService({ spec: {} }), undefined);
  assert.equal(parseVip({ metadata, spec: { address: 'nonsense' } }), undefined);
  assert.equal(parseInstance({ metadata, spec: { vrid: 256 } }), undefined);
});

test('a Service whose name is no label is none: no Vip could name it', () => {
  for (const name of ['web.old', 'a'.repeat(64), '-web']) {
    assert.equal(parseService({ metadata: { ...metadata, name }, spec: {} }), undefined);
  }
  const longest = { ...metadata, name: 'a'.repeat(63) };
  assert.equal(parseService({ metadata: longest, spec: {} })?.name, longest.name);
});

test('a Service keeps what decides and drops the rest', () => {
  const service = parseService({
    metadata: { ...metadata, annotations: { 'fairlead.dev/pool': 'edge', 'example.com/x': 'y' } },
    spec: {
      type: 'LoadBalancer',
      clusterIPs: ['10.96.0.1', 'fd00::1'],
      ipFamilies: ['IPv4', 'IPv6'],
      ports: [{ port: 80 }, { name: 'dns', protocol: 'UDP', port: 53 }],
      loadBalancerIP: '',
    },
    status: { loadBalancer: { ingress: [{ hostname: 'a.example.com' }, { ip: '10.0.0.1' }] } },
  });
  assert.deepEqual(service?.annotations, { 'fairlead.dev/pool': 'edge' });
  assert.deepEqual(service?.ports, [
    { name: '', protocol: 'TCP', port: 80 },
    { name: 'dns', protocol: 'UDP', port: 53 },
  ]);
  assert.equal(service?.loadBalancerIp, undefined);
  assert.deepEqual(
    service?.ingress.map(({ ip }) => ip),
    ['', '10.0.0.1'],
  );
});

test('a minimal pool is valid and has the defaults of design.md section 1', () => {
  const pool = parsePool({ metadata, spec: { addresses: ['192.0.2.10-192.0.2.40'] } });
  assert.deepEqual(pool?.problems, []);
  assert.deepEqual(pool?.vrrp, {
    advertIntervalMs: 100,
    maxMembers: 5,
    firstVrid: 100,
    lastVrid: 199,
  });
  assert.equal(pool?.coolDownSeconds, 60);
});

test('what the schema lets pass makes a pool invalid, naming it (A10, A11, A51)', () => {
  const whyOf = (spec: Record<string, unknown>) => {
    const problem = parsePool({ metadata, spec: { addresses: ['10.0.0.0/24'], ...spec } })
      ?.problems[0];
    return `${problem?.code} ${problem?.data['why'] ?? problem?.data['field']}`;
  };
  assert.match(whyOf({ addresses: [] }), /PoolInvalid spec.addresses is empty/);
  assert.match(
    whyOf({ addresses: ['10.0.0.9-10.0.0.1'] }),
    /spec.addresses\[0\] "10.0.0.9-10.0.0.1" starts after/,
  );
  assert.match(
    whyOf({ addresses: ['10.0.0.0/24', '10.0.0.7'] }),
    /10.0.0.0\/24 and 10.0.0.7 .* overlap/,
  );
  assert.match(whyOf({ excludedAddresses: ['x'] }), /spec.excludedAddresses\[0\] "x"/);
  assert.match(whyOf({ announce: { vrrp: { vridRange: '0-300' } } }), /vridRange is "0-300"/);
  const reserved = [{ addresses: ['10.0.0.8/30'] }, { addresses: ['10.0.0.9'] }];
  assert.match(whyOf({ reservations: reserved }), /10.0.0.9 stands in spec.reservations\[0\] and/);
  assert.match(whyOf({ reservations: [{ addresses: ['x'] }] }), /spec.reservations\[0\].addresses/);
  assert.match(whyOf({ announce: { mode: 'BGP' } }), /FieldNotImplemented spec.announce.mode/);
});

test('the shorthands for old equipment are exclusions by last octet (A14)', () => {
  const spec = { addresses: ['10.0.0.0/24'], excludedAddresses: ['*.0', ' *.255', '10.0.0.7'] };
  const pool = parsePool({ metadata, spec });
  assert.deepEqual(pool?.excludedLastOctets, [0, 255]);
  assert.equal(pool?.excluded.length, 1);
});

test('an EndpointSlice is read by its label; nil means ready and serving (R61, R64–R66)', () => {
  const labels = { 'kubernetes.io/service-name': 'web' };
  const slice = parseEndpointSlice({
    metadata: { ...metadata, labels },
    addressType: 'IPv4',
    ports: [{ port: 8080 }, { name: 'nil' }, { name: 'zero', port: 0 }],
    endpoints: [{ addresses: ['10.1.0.4', '10.1.0.5'] }, { addresses: [] }],
  });
  assert.deepEqual(slice?.ports, [{ name: '', protocol: 'TCP', port: 8080 }]);
  const { address, ready, serving, terminating } = slice?.endpoints[0] ?? {};
  assert.deepEqual([address, ready, serving, terminating], ['10.1.0.4', true, true, false]);
  assert.equal(slice?.endpoints.length, 1);
  assert.equal(parseEndpointSlice({ metadata, addressType: 'IPv4' }), undefined);
  assert.equal(
    parseEndpointSlice({ metadata: { ...metadata, labels }, addressType: 'FQDN' }),
    undefined,
  );
});

test('selectors fit as Kubernetes has it; what nobody knows fits nothing (A19)', () => {
  const expression = (operator: string, values: string[] = []) =>
    parseSelector({ matchExpressions: [{ key: 'tier', operator, values }] });
  assert.ok(selects(parseSelector({}), {}));
  assert.ok(selects(parseSelector({ matchLabels: { tier: 'web' } }), { tier: 'web' }));
  assert.ok(!selects(parseSelector({ matchLabels: { tier: 'web' } }), {}));
  assert.ok(selects(expression('In', ['web']), { tier: 'web' }));
  assert.ok(selects(expression('NotIn', ['web']), {}));
  assert.ok(!selects(expression('Exists'), {}));
  assert.ok(!selects(expression('DoesNotExist'), { tier: '' }));
  assert.ok(!selects(expression('Gt', ['1']), { tier: '2' }));
});

test('times are read and written as the API has them; Date is the oracle', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 4_102_444_800 }), (seconds) => {
      const text = new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
      assert.equal(formatTimestamp(seconds * 1000 + 999), text);
      assert.equal(parseTimestamp(text), seconds * 1000);
    }),
    seeded,
  );
  assert.equal(parseTimestamp('2026-01-01T00:00:00.250000Z'), 1_767_225_600_250);
  assert.equal(parseTimestamp('yesterday'), undefined);
});
