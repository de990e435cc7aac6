import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { apiCall } from './api-call.ts';
import { collectionPath, type Manifest, readManifests } from './manifests.ts';
import { type ApiAnswer, type ApiServer, startApiServer } from './server.ts';
import { waitUntil } from './wait-until.ts';

const crdFiles = ['vippools', 'vippolicies', 'vips', 'vrrpinstances', 'vipnodes'];
const base = '/apis/fairlead.dev/v1alpha1';
let api: ApiServer;

before(async () => {
  api = await startApiServer();
  for (const name of crdFiles) await installCrd(`crds/${name}.yaml`);
});
after(() => api?.stop());

async function installCrd(file: string): Promise<void> {
  const [crd] = readManifests(file);
  assert.ok(crd !== undefined);
  const answer = await api.call('POST', `${collectionPath(crd)}?fieldValidation=Strict`, crd);
  assert.equal(answer.status, 201, JSON.stringify(answer.body));
  const path = `${collectionPath(crd)}/${crd.metadata.name}`;
  await waitUntil(`${file} is established`, async () => established(await api.call('GET', path)));
}

function established(answer: ApiAnswer): boolean {
  const status = answer.body['status'] as { conditions?: { type: string; status: string }[] };
  return (status.conditions ?? []).some((c) => c.type === 'Established' && c.status === 'True');
}

type Raw = Readonly<Record<string, unknown>>;

const objectOf = (kind: string, name: string, spec: Raw): Manifest => ({
  apiVersion: 'fairlead.dev/v1alpha1',
  kind,
  metadata: { name },
  spec,
});

function dryRun(manifest: Manifest): Promise<ApiAnswer> {
  return api.call(
    'POST',
    `${collectionPath(manifest)}?dryRun=All&fieldValidation=Strict`,
    manifest,
  );
}

function aPool(spec: Raw, name = 'edge'): Manifest {
  return objectOf('VipPool', name, { addresses: ['192.0.2.10-192.0.2.40'], ...spec });
}

function aVip(spec: Raw = {}, name = '192.0.2.10'): Manifest {
  return objectOf('Vip', name, {
    address: '192.0.2.10',
    pool: 'edge',
    instance: '192.0.2.0-24.100',
    phase: 'Held',
    phaseSince: '2026-11-01T10:00:00Z',
    ...spec,
  });
}

function anInstance(spec: Raw = {}, name = '10.99.0.0-24.100'): Manifest {
  return objectOf('VrrpInstance', name, {
    segment: '10.99.0.0-24',
    vrid: 100,
    pool: 'edge',
    anchor: '169.254.77.100',
    advertIntervalMilliseconds: 100,
    members: [aMember('n1', '10.99.0.11')],
    ...spec,
  });
}

function aMember(node: string, address: string): Raw {
  const since = '2026-11-01T10:00:00Z';
  return { node, address, interface: 'eth0', rank: 0, state: 'Member', sinceGeneration: 1, since };
}

test('a pool of addresses alone is accepted and gets every default', async () => {
  const answer = await dryRun(aPool({}));
  assert.equal(answer.status, 201, JSON.stringify(answer.body));
  assert.deepEqual(answer.body['spec'], {
    addresses: ['192.0.2.10-192.0.2.40'],
    excludedAddresses: [],
    assignment: 'Automatic',
    addressRequests: 'Allowed',
    priority: 0,
    namespaceSelector: {},
    serviceSelector: {},
    quotas: [],
    reservations: [],
    coolDownSeconds: 60,
    icmpEcho: 'Allowed',
    maxRetainSeconds: 0,
    strandedPolicy: 'Keep',
    nodeSelector: {},
    tolerations: [],
    interfaces: [],
    gateways: [],
    announce: {
      mode: 'VRRP',
      vrrp: {
        advertIntervalMilliseconds: 100,
        transport: 'Unicast',
        maxMembers: 5,
        vridRange: '100-199',
      },
    },
    rebalance: { policy: 'WhenNew', windows: [] },
    serviceDefaults: {},
    serviceLimits: {},
    drainSeconds: 60,
  });
});

const goodAddresses = [
  '10.40.0.9/30',
  '10.40.0.20 - 10.40.0.22',
  ' 10.40.0.7 ',
  '10.40.0.7-10.40.0.7',
  '9.255.255.255-10.0.0.0',
  '2001:db8:40::/126',
  'fd00:10:99::100-fd00:10:99::11f',
];
for (const address of goodAddresses) {
  test(`a pool may have the addresses '${address}' (A8)`, async () => {
    const answer = await dryRun(aPool({ addresses: [address] }));
    assert.equal(answer.status, 201, JSON.stringify(answer.body));
  });
}

const whatToWrite = /addresses\[0\].*must be a CIDR, a from-to range or one address, for example/;
const unicastOnly = /must be unicast addresses: not loopback, link-local, multicast/;
const badPools: readonly (readonly [Raw, RegExp])[] = [
  [{ addresses: [] }, /spec.addresses in body should have at least 1 items/],
  [{ addresses: ['10.40.0.08'] }, whatToWrite],
  [{ addresses: ['10.40.0'] }, whatToWrite],
  [{ addresses: ['::ffff:10.40.0.8/128'] }, whatToWrite],
  [{ addresses: ['10.40.0.1-10.40.0.2-10.40.0.3'] }, whatToWrite],
  [{ addresses: ['10.40.0.0/33'] }, whatToWrite],
  [{ addresses: ['fe80::1%eth0'] }, whatToWrite],
  [{ addresses: ['10.40.0.22-10.40.0.20'] }, /must not end before it begins: write the lower/],
  [{ addresses: ['10.0.1.0-10.0.0.255'] }, /must not end before it begins: write the lower/],
  [{ addresses: ['2001:db8::1-10.0.0.1'] }, /one range of IPv4 and another of IPv6/],
  [{ addresses: ['127.0.0.1'] }, unicastOnly],
  [{ addresses: ['10.0.0.0/0'] }, unicastOnly],
  [{ addresses: ['224.0.0.1-224.0.0.9'] }, unicastOnly],
  [{ excludedAddresses: ['*.1'] }, /excludedAddresses\[0\].*or '\*\.0' or '\*\.255'/],
  [{ assignment: 'Manual' }, /Unsupported value: "Manual": supported values: "Automatic"/],
  [{ priority: -1 }, /spec.priority in body should be greater than or equal to 0/],
  [{ interfaces: ['eth0;'] }, /must be the name of a network interface/],
  [{ announce: { vrrp: { vridRange: '100' } } }, /must be two numbers with a dash/],
  [{ announce: { vrrp: { vridRange: '200-100' } } }, /between 1 and 255 .*the lower VRID first/],
  [{ announce: { vrrp: { vridRange: '0-10' } } }, /must lie between 1 and 255/],
  [{ announce: { vrrp: { vridRange: '250-256' } } }, /must lie between 1 and 255/],
  [{ announce: { vrrp: { advertIntervalMilliseconds: 105 } } }, /must be a multiple of 10/],
  [{ announce: { vrrp: { advertIntervalMilliseconds: 20 } } }, /greater than or equal to 30/],
  [{ announce: { vrrp: { maxMembers: 11 } } }, /should be less than or equal to 10/],
  [{ reservations: [{ addresses: ['10.40.0'] }] }, /reservations\[0\].*must be a CIDR, a from-to/],
  [
    { reservations: [{ addresses: ['192.0.2.10'], serviceName: 'web' }] },
    /must name `namespace` where it names `serviceName`/,
  ],
  [{ quotas: [{ maxAddresses: -1 }] }, /quotas\[0\].maxAddresses .* greater than or equal to 0/],
  [{ maxRetainSeconds: 2_592_001 }, /maxRetainSeconds .* less than or equal to 2592000/],
  [{ strandedPolicy: 'Drop' }, /supported values: "Keep", "Reassign"/],
  [
    { namespaceSelector: { matchExpressions: [{ key: 'a', operator: 'In' }] } },
    /must list `values` with the operators 'In' and 'NotIn'/,
  ],
];
for (const [spec, sentence] of badPools) {
  test(`a pool with ${JSON.stringify(spec)} is refused with a sentence (A10)`, async () => {
    await assertRefused(aPool(spec), sentence);
  });
}

async function assertRefused(manifest: Manifest, sentence: RegExp): Promise<void> {
  const answer = await dryRun(manifest);
  assert.equal(answer.status, 422, JSON.stringify(answer.body));
  assert.match(String(answer.body['message']), sentence);
}

test('a pool may have quotas, reservations and retention (A60–A62)', async () => {
  const shop = { matchLabels: { 'kubernetes.io/metadata.name': 'shop' } };
  const reservations = Array.from({ length: 32 }, (_, n) => ({
    addresses: [`192.0.2.${n}`],
    namespace: 'shop',
    ...(n % 2 === 0 && { serviceName: 'web' }),
  }));
  const quotas = [{ namespaceSelector: shop, maxAddresses: 4 }, { maxAddresses: 2 }];
  const spec = { quotas, reservations, maxRetainSeconds: 3600, strandedPolicy: 'Reassign' };
  const answer = await dryRun(aPool(spec));
  assert.equal(answer.status, 201, JSON.stringify(answer.body));
});

test('a pool’s settings of Services are typed: a wrong one is refused with its field', async () => {
  const serviceDefaults = { balance: 'LeastConnections', healthCheckPath: '/healthz' };
  const good = { serviceDefaults, serviceLimits: { idleTimeoutSeconds: 600 } };
  const answer = await dryRun(aPool(good));
  assert.equal(answer.status, 201, JSON.stringify(answer.body));
  await assertRefused(aPool({ serviceDefaults: { balance: 'odd' } }), /serviceDefaults\.balance/);
  const path = { serviceDefaults: { healthCheckPath: '/a b' } };
  await assertRefused(aPool(path), /serviceDefaults\.healthCheckPath/);
  const limits = { serviceLimits: { idleTimeoutSeconds: 0 } };
  await assertRefused(aPool(limits), /serviceLimits\.idleTimeoutSeconds/);
});

const unimplemented: readonly (readonly [Raw, string])[] = [
  [{ drainSeconds: 5 }, 'spec.drainSeconds'],
  [{ gateways: ['192.0.2.1'] }, 'spec.gateways'],
  [{ announce: { mode: 'BGP' } }, 'spec.announce.mode'],
  [{ announce: { vrrp: { transport: 'Multicast' } } }, 'spec.announce.vrrp.transport'],
  [{ rebalance: { policy: 'OnRequest' } }, 'spec.rebalance.policy'],
  [{ rebalance: { policy: 'Window' } }, 'spec.rebalance.policy'],
  [{ rebalance: { windows: [{ startTime: '02:00', durationMinutes: 9 }] } }, 'rebalance.windows'],
];
for (const [spec, field] of unimplemented) {
  test(`a pool with ${JSON.stringify(spec)} is told that ${field} is not implemented`, async () => {
    const sentence = new RegExp(`${field}.* implemented .*in this version of Fairlead; leave it`);
    await assertRefused(aPool(spec), sentence);
  });
}

for (const name of ['a'.repeat(41), 'a.b']) {
  test(`a pool may not be named ${name}`, async () => {
    await assertRefused(aPool({}, name), /at most 40 characters without dots: it names files/);
  });
}

test('a misspelt field is refused by strict field validation (C1)', async () => {
  const answer = await dryRun(aPool({ adresses: ['192.0.2.1'] }));
  assert.equal(answer.status, 400);
  assert.match(String(answer.body['message']), /unknown field "spec.adresses"/);
});

test('a Vip is named after its address in one form only (A4)', async () => {
  const ipv6 = { address: '2001:db8::1' };
  const wrong = /`metadata.name` must be `spec.address`; of IPv6 all eight groups with dashes/;
  assert.equal((await dryRun(aVip())).status, 201);
  assert.equal((await dryRun(aVip(ipv6, '2001-db8-0-0-0-0-0-1'))).status, 201);
  await assertRefused(aVip({}, '192.0.2.11'), wrong);
  await assertRefused(aVip(ipv6, '2001-0db8-0-0-0-0-0-1'), wrong);
  await assertRefused(aVip(ipv6, '2001-db8-0-0-0-0-0-2'), wrong);
  await assertRefused(aVip(ipv6, '2001-db8-1'), wrong);
});

test('a Vip has one canonical address', async () => {
  const address = '2001:DB8::1';
  await assertRefused(aVip({ address }, '2001-db8-0-0-0-0-0-1'), /in its canonical form/);
});

test('what a Vip and a VrrpInstance lock may not change', async () => {
  const changes: readonly (readonly [Manifest, Raw, RegExp])[] = [
    [aVip(), { address: '192.0.2.11' }, /`spec.address` may not change/],
    [anInstance(), { vrid: 101 }, /`spec.vrid` may not change/],
    [anInstance(), { segment: '10.98.0.0-24' }, /`spec.segment` may not change/],
    [anInstance(), { anchor: '169.254.77.101' }, /`spec.anchor` may not change/],
    [anInstance(), { pool: 'other' }, /`spec.pool` may not change/],
  ];
  for (const [manifest, spec, sentence] of changes) {
    await api.call('POST', collectionPath(manifest), manifest);
    const path = `${collectionPath(manifest)}/${manifest.metadata.name}`;
    const answer = await api.call('PATCH', path, { spec });
    await api.call('DELETE', path);
    assert.equal(answer.status, 422, JSON.stringify(answer.body));
    assert.match(String(answer.body['message']), sentence);
  }
});

test('a VrrpInstance is named after its segment and VRID', async () => {
  const wrong = /`metadata.name` must be `spec.segment`, a dot and `spec.vrid`/;
  assert.equal((await dryRun(anInstance())).status, 201);
  for (const name of ['10.99.0.0-24.101', '10.98.0.0-24.100', '10.99.0.0-24.0100']) {
    await assertRefused(anInstance({}, name), wrong);
  }
});

test('a node may stand in a VrrpInstance with two addresses while one leaves', async () => {
  const members = [aMember('n1', '10.99.0.11'), aMember('n1', '10.99.0.21')];
  assert.equal((await dryRun(anInstance({ members }))).status, 201);
  const twice = anInstance({ members: [...members, aMember('n1', '10.99.0.11')] });
  await assertRefused(twice, /Duplicate value/);
});

test('creating an address that exists is refused: the lock (R37)', async () => {
  const first = await api.call('POST', `${base}/vips`, aVip());
  const second = await api.call('POST', `${base}/vips`, aVip({ pool: 'other' }));
  await api.call('DELETE', `${base}/vips/192.0.2.10`);
  assert.deepEqual([first.status, second.status], [201, 409]);
});

test('a VipNode needs no spec, and its status is written beside it', async () => {
  const node = { apiVersion: 'fairlead.dev/v1alpha1', kind: 'VipNode', metadata: { name: 'n1' } };
  const status = {
    interfaces: [{ name: 'eth0', mac: '02:00:00:00:00:01', addresses: ['10.99.0.11/24'] }],
    pools: [{ name: 'edge', ready: true }],
    instances: [
      {
        name: '10.99.0.0-24.100',
        pool: 'edge',
        generation: 3,
        held: true,
        digest: '0123456789abcdef',
        moveSerial: 1,
      },
    ],
    heldInstances: 1,
    portConflicts: [{ pool: 'edge', address: '10.99.0.100', port: 80, service: 'shop/web' }],
    refusals: [{ pool: 'edge', service: 'shop/web', message: 'bad' }],
    omitted: { portConflicts: 0, refusals: 3, secrets: 0 },
    observedTime: '2026-11-01T10:00:00Z',
    conditions: [aCondition('Ready')],
  };
  assert.equal((await api.call('POST', `${base}/vipnodes`, node)).status, 201);
  const written = await api.call('PATCH', `${base}/vipnodes/n1/status`, { status });
  assert.equal(written.status, 200, JSON.stringify(written.body));
  assert.deepEqual(written.body['status'], status);
});

function aCondition(type: string): Raw {
  const lastTransitionTime = '2026-11-01T10:00:00Z';
  return { type, status: 'True', reason: type, message: `${type}.`, lastTransitionTime };
}

async function columnsOf(resource: string): Promise<Record<string, unknown>[]> {
  const accept = 'application/json;as=Table;v=v1;g=meta.k8s.io';
  const { body } = await apiCall(api, { path: `${base}/${resource}`, accept });
  const names = (body['columnDefinitions'] as { name: string }[]).map((column) => column.name);
  const rows = body['rows'] as { cells: unknown[] }[];
  return rows.map((row) => Object.fromEntries(row.cells.map((cell, i) => [names[i], cell])));
}

test('kubectl get vippools says what is used and what is free', async () => {
  await api.call('POST', `${base}/vippools`, aPool({}));
  const addresses = [
    { family: 'IPv4', size: '31', used: '2', free: '29', cooling: '0', stranded: '0' },
    { family: 'IPv6', size: '18446744073709551616', used: '2', free: '18446744073709551614' },
  ];
  const status = { addresses, waitingServices: 4, conditions: [aCondition('Ready')] };
  const answer = await api.call('PATCH', `${base}/vippools/edge/status`, { status });
  const [row] = await columnsOf('vippools');
  await api.call('DELETE', `${base}/vippools/edge`);
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  assert.deepEqual(
    { ...row, Age: '' },
    {
      Name: 'edge',
      Addresses: '["192.0.2.10-192.0.2.40"]',
      Ready: 'True',
      'IPv4 Used': '2',
      'IPv4 Free': '29',
      'IPv6 Used': '2',
      'IPv6 Free': '18446744073709551614',
      Waiting: 4,
      Valid: null,
      Reason: 'Ready.',
      Age: '',
    },
  );
});

test('kubectl get vips, vrrpinstances and vipnodes answer who holds what', async () => {
  const ports = [{ protocol: 'TCP', port: 80 }];
  const holder = { namespace: 'shop', name: 'web', uid: 'u1', ports };
  await api.call('POST', `${base}/vips`, aVip({ holders: [holder] }));
  const status = { node: 'n2', services: 'shop/web', conditions: [aCondition('Programmed')] };
  await api.call('PATCH', `${base}/vips/192.0.2.10/status`, { status });
  await api.call('POST', `${base}/vrrpinstances`, anInstance());
  await api.call('PATCH', `${base}/vrrpinstances/10.99.0.0-24.100/status`, {
    status: { holder: 'n2', members: 'n1 n2 n3', conditions: [aCondition('Held')] },
  });
  const vip = { Pool: 'edge', Services: 'shop/web', Node: 'n2', Phase: 'Held' };
  const instance = { VRID: 100, Holder: 'n2', Held: 'True', Members: 'n1 n2 n3' };
  assert.partialDeepStrictEqual((await columnsOf('vips'))[0], { Address: '192.0.2.10', ...vip });
  assert.partialDeepStrictEqual((await columnsOf('vrrpinstances'))[0], instance);
  assert.partialDeepStrictEqual((await columnsOf('vipnodes'))[0], { Ready: 'True', Held: 1 });
});

for (const file of readdirSync('examples').toSorted()) {
  test(`examples/${file} is accepted`, async () => {
    for (const manifest of readManifests(`examples/${file}`)) {
      const namespace = manifest.kind === 'VipPool' ? undefined : 'default';
      const path = `${collectionPath(manifest, namespace)}?dryRun=All&fieldValidation=Strict`;
      const answer = await api.call('POST', path, manifest);
      assert.equal(answer.status, 201, JSON.stringify(answer.body));
    }
  });
}
