/**
 * The contract about a Service's life (k8s-requirements.md R2, R6–R15, R20, R26): finalizers,
 * deletion, changes of type and class, namesakes; on a real API server.
 */
import assert from 'node:assert/strict';
import { after, afterEach, before } from 'node:test';
import { boundedTest as test } from './bounded-test.ts';
import {
  addressesOf,
  aLoadBalancer,
  aVipPool,
  type Cluster,
  servicePath,
  startCluster,
} from './controller-fixture.ts';
import { recordHistory } from './history.ts';
import { holdersOf } from './history-rules.ts';
import type { RunningController } from './running-controller.ts';
import { waitUntil } from './wait-until.ts';

const ours = 'fairlead.dev/vip-cleanup';
const wellKnown = 'service.kubernetes.io/load-balancer-cleanup';
const foreign = 'example.com/theirs';

let cluster: Cluster;
let controller: RunningController;

before(async () => {
  cluster = await startCluster();
  await cluster.create(aVipPool('edge', { addresses: ['10.77.0.100-10.77.0.199'] }));
  controller = await cluster.start();
});
afterEach(() => cluster?.vrrp.unblock());
after(() => cluster?.stop());

const single = { ipFamilyPolicy: 'SingleStack' };
const aService = (key: string, metadata = {}) => aLoadBalancer(key, { spec: single, metadata });
const remove = (key: string) => cluster.api.call('DELETE', servicePath(key));

async function finalizersOf(key: string): Promise<readonly string[]> {
  return (await cluster.service(key))?.metadata.finalizers ?? [];
}

async function vipOf(uid: string) {
  return (await cluster.vips()).find((vip) => holdersOf(vip).includes(uid));
}

async function released(uid: string): Promise<void> {
  await waitUntil('its Vip is gone', async () => (await vipOf(uid)) === undefined);
}

/** Merge patches replace lists whole, as somebody with an editor does. */
async function setFinalizers(key: string, finalizers: readonly string[]): Promise<void> {
  await cluster.patch(servicePath(key), { metadata: { finalizers } });
}

test('R6: both finalizers stand before a Vip names the Service', async () => {
  const history = await recordHistory(cluster.api);
  const { metadata } = await cluster.create(aService('shop/early'));
  await cluster.published('shop/early');
  const changes = await history.changes();
  await history.stop();
  const vip = changes.findIndex(
    (c) => c.kind === 'Vip' && holdersOf(c.object).includes(metadata.uid),
  );
  const before = changes.slice(0, vip).filter(({ object }) => object.metadata.name === 'early');
  assert.ok(vip > 0);
  assert.deepEqual(before.at(-1)?.object.metadata.finalizers, [ours, wellKnown]);
});

test('R7: a deleted Service goes, after its address has', async () => {
  const history = await recordHistory(cluster.api);
  const { metadata } = await cluster.create(aService('shop/deleted'));
  await cluster.published('shop/deleted');
  await remove('shop/deleted');
  await cluster.gone('shop/deleted');
  const ends = (await history.changes()).filter(({ isDeletion }) => isDeletion);
  await history.stop();
  assert.equal(await vipOf(metadata.uid), undefined);
  assert.deepEqual(
    ends.map(({ kind }) => kind),
    ['Vip', 'Service'],
  );
});

test('R8, N2: the address is withdrawn though somebody strips the well-known finalizer', async () => {
  const { metadata } = await cluster.create(aService('shop/stripped'));
  await cluster.published('shop/stripped');
  cluster.vrrp.block();
  await remove('shop/stripped');
  await setFinalizers('shop/stripped', [ours]);
  await waitUntil('it is being withdrawn', async () => {
    return (await vipOf(metadata.uid))?.spec['phase'] === 'Releasing';
  });
  assert.deepEqual(await finalizersOf('shop/stripped'), [ours], 'it waits for the nodes');
  cluster.vrrp.unblock();
  await cluster.gone('shop/stripped');
  assert.equal(await vipOf(metadata.uid), undefined);
});

test('R9: a Service of another type lives on without address and finalizers', async () => {
  const { metadata } = await cluster.create(aService('shop/retyped'));
  await cluster.published('shop/retyped');
  await cluster.patch(servicePath('shop/retyped'), {
    spec: { type: 'ClusterIP', loadBalancerClass: null },
  });
  await waitUntil('its finalizers are gone', async () => {
    return (await finalizersOf('shop/retyped')).length === 0;
  });
  await released(metadata.uid);
  const service = await cluster.service('shop/retyped');
  assert.deepEqual(service?.status?.loadBalancer, {});
  assert.deepEqual(service.status?.conditions ?? [], []);
});

test('R9, L8: and it gets an address again when it is a load balancer again', async () => {
  const spec = { type: 'LoadBalancer', loadBalancerClass: 'fairlead.dev/vip' };
  await cluster.patch(servicePath('shop/retyped'), { spec });
  await cluster.published('shop/retyped');
  assert.deepEqual(await finalizersOf('shop/retyped'), [ours, wellKnown]);
});

test('R11, N22: a namesake is another Service', async () => {
  const first = await cluster.create(aService('shop/again'));
  await cluster.published('shop/again');
  await remove('shop/again');
  await cluster.gone('shop/again');
  const second = await cluster.create(aService('shop/again'));
  const addresses = await cluster.published('shop/again');
  assert.notEqual(first.metadata.uid, second.metadata.uid);
  await released(first.metadata.uid);
  const vip = await vipOf(second.metadata.uid);
  assert.deepEqual([vip?.spec['address']], addresses);
});

test('R12: finalizers of others stay as they are', async () => {
  await cluster.create(aService('shop/foreign', { finalizers: [foreign] }));
  await cluster.published('shop/foreign');
  assert.deepEqual(await finalizersOf('shop/foreign'), [foreign, ours, wellKnown]);
  await remove('shop/foreign');
  await waitUntil('only theirs is left', async () => {
    return (await finalizersOf('shop/foreign')).join() === foreign;
  });
  await setFinalizers('shop/foreign', []);
  await cluster.gone('shop/foreign');
});

test('R15, N24: a finalizer that somebody takes away comes back', async () => {
  await cluster.create(aService('shop/taken'));
  await cluster.published('shop/taken');
  await setFinalizers('shop/taken', []);
  await waitUntil('they are back', async () => {
    return (await finalizersOf('shop/taken')).join() === [ours, wellKnown].join();
  });
});

test('R15: a Service that goes without a finalizer leaves no Vip', async () => {
  const { metadata } = await cluster.create(aService('shop/torn'));
  await cluster.published('shop/torn');
  // While it is being deleted the API server takes no finalizer back.
  cluster.vrrp.block();
  await remove('shop/torn');
  await setFinalizers('shop/torn', []);
  await cluster.gone('shop/torn');
  cluster.vrrp.unblock();
  await released(metadata.uid);
});

test('R20: another port is another port on the same address', async () => {
  await cluster.create(aService('shop/ported'));
  const addresses = await cluster.published('shop/ported');
  await cluster.patch(servicePath('shop/ported'), { spec: { ports: [{ port: 8080 }] } });
  await waitUntil('the new port is shown', async () => {
    const [entry] = (await cluster.service('shop/ported'))?.status?.loadBalancer?.ingress ?? [];
    return entry?.ports?.[0]?.port === 8080;
  });
  assert.deepEqual(addressesOf(await cluster.service('shop/ported')), addresses);
});

test('R10: after a start, what is no load balancer and carries our finalizer is cleaned', async () => {
  const { metadata } = await cluster.create(aService('shop/missed'));
  await cluster.published('shop/missed');
  await controller.end();
  await cluster.patch(servicePath('shop/missed'), {
    spec: { type: 'ClusterIP', loadBalancerClass: null },
  });
  const spec = { ports: [{ port: 80 }], type: 'ClusterIP', loadBalancerClass: null };
  await cluster.create(
    aLoadBalancer('shop/not-ours', { spec, metadata: { finalizers: [wellKnown] } }),
  );
  controller = await cluster.start();
  await waitUntil('it is cleaned', async () => (await finalizersOf('shop/missed')).length === 0);
  await released(metadata.uid);
  assert.deepEqual(await finalizersOf('shop/not-ours'), [wellKnown]);
});

test('R2, N3: a change of class, seen only when it is over, ends what we had', async () => {
  const { metadata } = await cluster.create(aService('shop/moved-on'));
  await cluster.published('shop/moved-on');
  await controller.end();
  const path = servicePath('shop/moved-on');
  await cluster.patch(path, { spec: { type: 'ClusterIP', loadBalancerClass: null } });
  const spec = { type: 'LoadBalancer', loadBalancerClass: 'example.com/other' };
  await cluster.patch(path, { spec });
  controller = await cluster.start();
  await waitUntil('it is let go', async () => (await finalizersOf('shop/moved-on')).length === 0);
  await released(metadata.uid);
  const service = await cluster.service('shop/moved-on');
  assert.deepEqual(service?.status?.loadBalancer, {});
  assert.deepEqual(service.status?.conditions ?? [], []);
});

test('R13: a dead node holds up nobody: its address is quarantined, the Service goes', async () => {
  const { metadata } = await cluster.create(aService('shop/survivor'));
  await cluster.published('shop/survivor');
  await cluster.nodes.at(-1)?.die();
  await remove('shop/survivor');
  await cluster.gone('shop/survivor', 50_000);
  const vip = await vipOf(metadata.uid);
  assert.equal(vip?.spec['phase'], 'Quarantined');
  assert.deepEqual(vip.spec['awaitedNodes'], ['n3']);
});
