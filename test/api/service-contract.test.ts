/** What the API server itself does with Services: facts our own rules rest on. */
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { apiPath, resources } from '../../src/kube/api-path.ts';
import { applyStatus, patchFinalizers } from '../../src/kube/apply.ts';
import type { KubeClient } from '../../src/kube/client.ts';
import { ownResources } from '../../src/kube/own-resources.ts';
import { apiCall } from './api-call.ts';
import { boundedTest as test } from './bounded-test.ts';
import { clientOf } from './kube-fixture.ts';
import { collectionPath, readManifests } from './manifests.ts';
import { type ApiAnswer, type ApiServer, startApiServer } from './server.ts';
import { waitUntil } from './wait-until.ts';

let api: ApiServer;
let client: KubeClient;

before(async () => {
  api = await startApiServer();
  client = clientOf(api);
});
after(async () => {
  client?.close();
  await api?.stop();
});

type Fields = Readonly<Record<string, unknown>>;
type Seen = {
  readonly metadata: { uid: string; resourceVersion: string; finalizers?: string[] } & Fields;
  readonly spec: { ports: Fields[]; clusterIPs?: string[] } & Fields;
  readonly status: {
    readonly loadBalancer: { readonly ingress?: Fields[] };
    readonly conditions?: readonly { readonly type: string }[];
  };
};

const path = '/api/v1/namespaces/default/services';
const loadBalancer = {
  type: 'LoadBalancer',
  loadBalancerClass: 'fairlead.dev/vip',
  ports: [{ name: 'http', port: 80 }],
};

async function make(name: string, spec: Fields = {}): Promise<Seen> {
  return taken(await attempt(name, spec));
}

function attempt(name: string, spec: Fields): Promise<ApiAnswer> {
  return api.call('POST', path, { metadata: { name }, spec: { ...loadBalancer, ...spec } });
}

function taken({ status, body }: ApiAnswer): Seen {
  assert.ok(status < 300, JSON.stringify(body));
  return body as unknown as Seen;
}

const merge = (target: string, body: Fields) =>
  apiCall(api, {
    ...{ method: 'PATCH', path: `${path}/${target}`, body },
    contentType: 'application/merge-patch+json',
  });
const ingress = (...entries: Fields[]) => ({ status: { loadBalancer: { ingress: entries } } });

test('ports and cluster IPs are what the API server guarantees (R38)', async () => {
  const refused: readonly (readonly [string, Fields])[] = [
    ['no port', { ports: [] }],
    ['two ports without names', { ports: [{ port: 80 }, { port: 81 }] }],
    ['a pair twice', { ports: [80, 80].map((port, i) => ({ name: `p${i}`, port })) }],
    ['an unknown protocol', { ports: [{ port: 80, protocol: 'ICMP' }] }],
    ['no cluster IP', { clusterIP: 'None' }],
  ];
  for (const [what, spec] of refused) {
    assert.equal((await attempt('refused', spec)).status, 422, `a Service with ${what}`);
  }
  assert.equal((await make('granted')).spec.clusterIPs?.length, 1);
});

test('one number for TCP and UDP is taken (R39)', async () => {
  const ports = ['TCP', 'UDP'].map((protocol) => ({
    name: protocol.toLowerCase(),
    port: 53,
    protocol,
  }));
  assert.equal((await make('dns', { ports })).spec.ports.length, 2);
});

test('a class changes by way of another type only, which wipes it and the status (R2, R26)', async () => {
  await make('classes');
  const other = { spec: { loadBalancerClass: 'example.com/other' } };
  assert.equal((await merge('classes', other)).status, 422);
  taken(await merge('classes/status', ingress({ ip: '192.0.2.10', ipMode: 'Proxy' })));
  const plain = taken(await merge('classes', { spec: { type: 'ClusterIP' } }));
  assert.deepEqual([plain.spec['loadBalancerClass'], plain.status.loadBalancer], [undefined, {}]);
  const again = taken(await merge('classes', { spec: { type: 'LoadBalancer', ...other.spec } }));
  assert.equal(again.spec['loadBalancerClass'], 'example.com/other');
});

test('an address in the status of another type is refused (R26)', async () => {
  await make('plain', { type: 'ClusterIP', loadBalancerClass: undefined });
  assert.equal((await merge('plain/status', ingress({ ip: '192.0.2.10' }))).status, 422);
});

test('ipMode stands only beside an ip, and a missing one becomes VIP (R22)', async () => {
  await make('modes');
  const alone = ingress({ hostname: 'a.example.com', ipMode: 'Proxy' });
  assert.equal((await merge('modes/status', alone)).status, 422);
  const seen = taken(await merge('modes/status', ingress({ ip: '192.0.2.10' })));
  assert.equal(seen.status.loadBalancer.ingress?.[0]?.['ipMode'], 'VIP');
});

test('a Service has no generation: nothing of it can be observed by number (R31)', async () => {
  await make('numbers');
  const changed = taken(await merge('numbers', { spec: { sessionAffinity: 'ClientIP' } }));
  assert.equal(changed.metadata['generation'], undefined);
});

test('a status of ours leaves the conditions of others alone (R29)', async () => {
  const { metadata } = await make('shared');
  const condition = (type: string) => ({
    ...{ type, status: 'True', reason: 'Because', message: '' },
    lastTransitionTime: '2026-01-01T00:00:00Z',
  });
  taken(await merge('shared/status', { status: { conditions: [condition('StatusUpdate')] } }));
  const target = { client, resource: resources.services };
  const body = {
    metadata: { name: 'shared', namespace: 'default' },
    status: { conditions: [condition('fairlead.dev/Allocated')] },
  };
  const options = { fieldManager: 'fairlead-test', uid: metadata.uid };
  assert.equal((await applyStatus(target, body, options)).kind, 'ok');
  assert.equal((await applyStatus(target, { ...body, status: {} }, options)).kind, 'ok');
  const left = taken(await api.call('GET', `${path}/shared`));
  assert.deepEqual(
    left.status.conditions?.map(({ type }) => type),
    ['StatusUpdate'],
  );
});

test('finalizers of a Service change through its status (R88)', async () => {
  const { metadata } = await make('finalized');
  const patch = { uid: metadata.uid, finalizers: ['fairlead.dev/vip-cleanup'] };
  const ref = { namespace: 'default', name: 'finalized', subresource: 'status' as const };
  const target = { client, resource: resources.services };
  assert.equal((await patchFinalizers(target, ref, patch)).kind, 'ok');
  const service = taken(await api.call('GET', `${path}/finalized`));
  assert.deepEqual(service.metadata.finalizers, patch.finalizers);
});

test('finalizers of our own kinds do not change through the status (R88)', async () => {
  const [crd] = readManifests('crds/vipnodes.yaml');
  assert.ok(crd !== undefined);
  taken(await api.call('POST', collectionPath(crd), crd));
  const resource = ownResources.vipNodes;
  const all = apiPath(resource);
  await waitUntil('VipNodes are served', async () => (await api.call('GET', all)).status === 200);
  const body = { apiVersion: 'fairlead.dev/v1alpha1', kind: 'VipNode', metadata: { name: 'n1' } };
  const { metadata } = taken(await api.call('POST', all, body));
  const patch = { uid: metadata.uid, finalizers: ['fairlead.dev/vip-cleanup'] };
  const ref = { name: 'n1', subresource: 'status' as const };
  assert.equal((await patchFinalizers({ client, resource }, ref, patch)).kind, 'ok');
  const vipNode = taken(await api.call('GET', apiPath(resource, { name: 'n1' })));
  assert.equal(vipNode.metadata.finalizers, undefined);
});
