/**
 * What a tenant cannot do (allocation.md A33, A60, k8s-requirements.md P10, C23): somebody with all
 * rights of `admin` in one namespace takes, squats and reads nothing of another's, and nothing he
 * writes comes out of logs and conditions as more than text.
 */
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { apiCall } from './api-call.ts';
import { boundedTest as test } from './bounded-test.ts';
import {
  addressesOf,
  aLoadBalancer,
  aVipPool,
  type Cluster,
  conditionOf,
  servicePath,
  startCluster,
} from './controller-fixture.ts';
import { base } from './installed.ts';
import { collectionPath, type Manifest } from './manifests.ts';
import type { RunningController } from './running-controller.ts';
import type { ApiAnswer } from './server.ts';
import { waitUntil } from './wait-until.ts';

let cluster: Cluster;
let controller: RunningController;

before(async () => {
  cluster = await startCluster({ users: { mallory: { name: 'mallory' } } });
  const { api } = cluster;
  await api.call('POST', '/api/v1/namespaces', { metadata: { name: 'mallory' } });
  await bindAdmin('mallory', 'mallory');
  const reservations = [{ addresses: ['10.77.0.109'], namespace: 'shop', serviceName: 'reserved' }];
  const addresses = ['10.77.0.100-10.77.0.109'];
  await cluster.create(aVipPool('edge', { addresses, reservations, maxRetainSeconds: 600 }));
  controller = await cluster.start();
  const annotations = {
    'fairlead.dev/sharing-key': 'secret-key',
    'fairlead.dev/retain-seconds': '600',
  };
  await cluster.create(aService('shop/web', annotations));
  await cluster.published('shop/web');
});
after(() => cluster?.stop());

/**
 * All rights of the cluster's own role `admin`: the roles that a controller of Kubernetes, which
 * does not run here, would put together in it.
 */
async function bindAdmin(user: string, namespace: string): Promise<void> {
  const rbac = '/apis/rbac.authorization.k8s.io/v1';
  const { body } = await cluster.api.call('GET', `${rbac}/clusterroles`);
  const roles = body['items'] as { metadata: { name: string; labels?: object } }[];
  const parts = roles.filter(({ metadata }) =>
    Object.keys(metadata.labels ?? {}).some((label) => label.includes('/aggregate-to-')),
  );
  assert.ok(parts.some(({ metadata }) => metadata.name === 'fairlead-view'));
  for (const { metadata } of parts) {
    const answer = await cluster.api.call('POST', `${rbac}/namespaces/${namespace}/rolebindings`, {
      metadata: { name: metadata.name },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: metadata.name },
      subjects: [{ kind: 'User', name: user, apiGroup: 'rbac.authorization.k8s.io' }],
    });
    assert.equal(answer.status, 201, JSON.stringify(answer.body));
  }
}

const single = { ipFamilyPolicy: 'SingleStack' };
const aService = (key: string, annotations = {}, spec = {}): Manifest =>
  aLoadBalancer(key, { spec: { ...single, ...spec }, metadata: { annotations } });

function asMallory(method: string, path: string, body?: unknown): Promise<ApiAnswer> {
  const contentType = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
  const token = cluster.api.token('mallory');
  return apiCall(cluster.api, { method, path, body, token, contentType });
}

async function createAsMallory(manifest: Manifest): Promise<void> {
  const answer = await asMallory('POST', collectionPath(manifest), manifest);
  assert.equal(answer.status, 201, JSON.stringify(answer.body));
}

/** Waits until the Service is told why it gets nothing, and says what. */
async function refusalOf(key: string): Promise<string> {
  let message = '';
  await waitUntil(`${key} is refused`, async () => {
    const allocated = conditionOf(await cluster.service(key), 'Allocated');
    message = `${allocated?.reason}: ${allocated?.message}`;
    return allocated?.status === 'False';
  });
  assert.deepEqual(addressesOf(await cluster.service(key)), []);
  return message;
}

const heldByWeb = async (): Promise<string> =>
  addressesOf(await cluster.service('shop/web'))[0] ?? '';

test('an address that another has is not had by asking for it, and the holder stays unnamed', async () => {
  const address = await heldByWeb();
  const wishes: readonly (readonly [string, Record<string, string>, object])[] = [
    ['mallory/asks', { 'fairlead.dev/ip-addresses': address }, {}],
    ['mallory/asks-in-spec', {}, { loadBalancerIP: address }],
  ];
  for (const [key, annotations, spec] of wishes) {
    await createAsMallory(aService(key, annotations, spec));
    const told = await refusalOf(key);
    assert.match(told, /^AddressTaken: 10\.77\.0\.\d+ is held by a Service in namespace shop; ask/);
    assert.match(told, /or remove (spec\.loadBalancerIP|fairlead\.dev\/ip-addresses)$/);
  }
});

test('A33: a guessed sharing key joins nobody of another namespace', async () => {
  const address = await heldByWeb();
  const annotations = { 'fairlead.dev/sharing-key': 'secret-key' };
  await createAsMallory(aService('mallory/shares', annotations, { ports: [{ port: 8080 }] }));
  assert.notDeepEqual(await cluster.published('mallory/shares'), [address]);
  const asking = { ...annotations, 'fairlead.dev/ip-addresses': address };
  await createAsMallory(aService('mallory/shares-by-force', asking, { ports: [{ port: 8081 }] }));
  assert.match(await refusalOf('mallory/shares-by-force'), /^AddressTaken: .* in namespace shop/);
});

test('A60: a reserved address is not squatted before its owner comes', async () => {
  const annotations = { 'fairlead.dev/ip-addresses': '10.77.0.109' };
  await createAsMallory(aService('mallory/reserved', annotations));
  assert.match(
    await refusalOf('mallory/reserved'),
    /^AddressReserved: .* is reserved .*for others; ask for another/,
  );
});

test('A61: a retained address is not taken while its Service is being re-created', async () => {
  const address = await heldByWeb();
  await cluster.api.call('DELETE', servicePath('shop/web'));
  await cluster.gone('shop/web');
  const annotations = { 'fairlead.dev/ip-addresses': address };
  await createAsMallory(aService('mallory/web', annotations));
  assert.match(await refusalOf('mallory/web'), /^AddressTaken: .* in namespace shop, which was/);
  await cluster.create(aService('shop/web', { 'fairlead.dev/sharing-key': 'secret-key' }));
  assert.deepEqual(await cluster.published('shop/web'), [address]);
});

test('an address is not claimed by writing it into status', async () => {
  const address = await heldByWeb();
  await createAsMallory(aService('mallory/claims'));
  const status = { loadBalancer: { ingress: [{ ip: address, ipMode: 'Proxy' }] } };
  const path = `${servicePath('mallory/claims')}/status`;
  const refused = await asMallory('PATCH', path, { status });
  assert.equal(refused.status, 403, 'services/status is for controllers alone (P9)');
  // And where a cluster grants it all the same, the Vip decides.
  await cluster.patch(path, { status });
  await waitUntil('it has another one', async () => {
    const [shown] = addressesOf(await cluster.service('mallory/claims'));
    return shown !== undefined && shown !== address;
  });
  assert.equal(await heldByWeb(), address);
});

test('Vips, instances, pools and reports are neither written nor read by a tenant', async () => {
  const address = await heldByWeb();
  for (const plural of ['vips', 'vrrpinstances', 'vippools', 'vipnodes']) {
    const path = `${base}/${plural}`;
    const name = plural === 'vips' ? address : 'n1';
    const calls = [
      asMallory('GET', path),
      asMallory('GET', `${path}/${name}`),
      asMallory('POST', path, { metadata: { name } }),
      asMallory('PATCH', `${path}/${name}`, { spec: {} }),
      asMallory('PATCH', `${path}/${name}/status`, { status: {} }),
      asMallory('DELETE', `${path}/${name}`),
    ];
    const statuses = (await Promise.all(calls)).map(({ status }) => status);
    assert.deepEqual(statuses, [403, 403, 403, 403, 403, 403], plural);
  }
});

const long = 'x'.repeat(64 * 1024);
const red = '\u001b[31mred\u001b[0m';
const hostile: readonly (readonly [string, Record<string, string>])[] = [
  ['newline', { 'fairlead.dev/ip-addresses': '10.77.0.1\n{"event":"forged"}' }],
  ['escape', { 'fairlead.dev/pool': red }],
  ['long', { 'fairlead.dev/ip-addresses': long }],
  ['long-pool', { 'fairlead.dev/pool': long }],
  ['long-key', { 'fairlead.dev/sharing-key': long }],
  ['markup', { 'fairlead.dev/pool': '<script>%s%n$(id)`id`\u2028' }],
  ['null', { 'fairlead.dev/pool': 'a\u0000b' }],
  ['unknown', { [`fairlead.dev/${'y'.repeat(63)}`]: red }],
];

test('hostile text stays text: bounded in conditions and events, escaped in logs (C23)', async () => {
  for (const [name, annotations] of hostile) {
    await createAsMallory(aService(`mallory/${name}`, annotations));
  }
  for (const [name] of hostile) {
    await waitUntil(`${name} is judged`, async () => {
      return conditionOf(await cluster.service(`mallory/${name}`), 'Allocated') !== undefined;
    });
    const service = await cluster.service(`mallory/${name}`);
    for (const { message } of service?.status?.conditions ?? []) assertHarmless(message, 4_096);
    for (const text of await cluster.events(name)) assertHarmless(text, 1_200);
  }
  // Every line is one JSON object of ours; a forged one would be another event.
  for (const line of controller.log()) {
    assert.notEqual(line.event, 'forged');
    assert.ok('level' in line && 'component' in line, JSON.stringify(line));
  }
  assert.ok(!controller.rawLog().includes('\u001b'));
});

/** No control characters: nobody's terminal is to be steered by a condition. */
function assertHarmless(text: string, lengthMax: number): void {
  assert.ok(text.length <= lengthMax, `${text.length} characters`);
  assert.doesNotMatch(text, /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/, JSON.stringify(text));
}
