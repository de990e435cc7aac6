/**
 * The rights of the installation are exactly what is used (P8, P9): the API server's audit log over
 * everything that a controller and its agents do, held against their Roles.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type AuditedCall, auditedCalls } from './audit.ts';
import {
  aLoadBalancer,
  aVipPool,
  type Cluster,
  conditionOf,
  servicePath,
  startCluster,
} from './controller-fixture.ts';
import { accounts, base, createPod, installed } from './installed.ts';
import type { Manifest } from './manifests.ts';
import { covers, neededBy, type Permission, permissionsOf, permissionText } from './permissions.ts';
import { waitUntil } from './wait-until.ts';

/** A repeated event is counted after 30 s, and an agent that has nothing to say calls as often. */
const quietMsMax = 50_000;
const testMsMax = 180_000;

let cluster: Cluster;
let calls: readonly AuditedCall[];

before(
  async () => {
    cluster = await startCluster({ audited: [accounts.controller, accounts.agent] });
    await everythingThereIsToDo();
    calls = auditedCalls(cluster.api);
  },
  { timeout: testMsMax },
);
after(() => cluster?.stop());

async function everythingThereIsToDo(): Promise<void> {
  const controller = await cluster.start();
  await cluster.create(aVipPool('edge'));
  for (const name of ['a', 'b', 'c']) await cluster.create(aLoadBalancer(`shop/${name}`));
  for (const name of ['a', 'b', 'c']) await cluster.published(`shop/${name}`);
  await refuseTwice('shop/c');
  await deleteByHand('shop/a');
  await replacePod();
  await editPool();
  await cluster.patch(servicePath('shop/b'), {
    spec: { type: 'ClusterIP', loadBalancerClass: null },
  });
  await waitUntil('b has let go', async () => (await cluster.vips()).length === 4);
  await waitUntil('repeats are counted', () => used('patch', 'events'), quietMsMax);
  await waitUntil('quiet agents still call', () => used('get', 'vipnodes'), quietMsMax);
  for (const name of ['a', 'c']) await cluster.api.call('DELETE', servicePath(`shop/${name}`));
  await cluster.api.call('DELETE', `${base}/vippools/edge`);
  await waitUntil('the pool is gone', async () => {
    return (await cluster.api.call('GET', `${base}/vippools/edge`)).status === 404;
  });
  await cluster.start();
  assert.equal(await controller.end(), 0);
  await waitUntil('the other one leads', () => used('update', 'leases', 3));
}

function used(verb: string, resource: string, times = 1): boolean {
  const found = auditedCalls(cluster.api).filter(
    (call) => call.verb === verb && call.resource === resource,
  );
  return found.length >= times;
}

/** The same refusal twice is one event with a count. */
async function refuseTwice(key: string): Promise<void> {
  for (const denied of ['nonsense', null, 'nonsense', null]) {
    const annotations = { 'fairlead.dev/denied-source-ranges': denied };
    await cluster.patch(servicePath(key), { metadata: { annotations } });
    const isServed = denied === null ? 'True' : 'False';
    await waitUntil(`${key} is served: ${isServed}`, async () => {
      return conditionOf(await cluster.service(key), 'Programmed')?.status === isServed;
    });
  }
}

/** A Vip, which stays, and its VrrpInstance, which comes back as it was. */
async function deleteByHand(key: string): Promise<void> {
  const [address] = await cluster.published(key);
  const vip = `${base}/vips/${address}`;
  type Stored = {
    readonly spec: { readonly instance: string };
    readonly metadata: { readonly uid: string };
    readonly status?: { readonly conditions?: readonly { readonly type: string }[] };
  };
  const read = async () => (await cluster.api.call('GET', vip)).body as never as Stored;
  const { spec, metadata } = await read();
  await cluster.api.call('DELETE', vip);
  await waitUntil('the Vip says that it stays', async () => {
    const { conditions = [] } = (await read()).status ?? {};
    return conditions.some(({ type }) => type === 'DeletionWaits');
  });
  assert.equal((await read()).metadata.uid, metadata.uid);
  const instance = `${base}/vrrpinstances/${spec.instance}`;
  await cluster.api.call('DELETE', instance);
  await waitUntil('the instance is made anew', async () => {
    return (await cluster.api.call('GET', instance)).status === 200;
  });
}

/** A pod that an older version left: there is no DaemonSet controller here to make one. */
async function replacePod(): Promise<void> {
  const path = '/apis/apps/v1/namespaces/fairlead-nodes/daemonsets/pool-edge';
  const set = (await cluster.api.call('GET', path)).body as never as {
    spec: { template: { metadata: Manifest['metadata']; spec: unknown } };
  };
  const { metadata, spec } = set.spec.template;
  const annotations = { 'fairlead.dev/data-plane-hash': 'older' };
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { ...metadata, annotations }, spec };
  const named = { ...pod.metadata, name: 'pool-edge-n1', namespace: 'fairlead-nodes' };
  const answer = await createPod(
    cluster.api,
    { ...pod, metadata: named, spec: { ...(spec as object), nodeName: 'n1' } },
    false,
  );
  assert.equal(answer.status, 201, JSON.stringify(answer.body));
  await waitUntil('the outdated pod is deleted', () => used('delete', 'pods'));
}

/** Its first range goes, so that what is held of it is stranded, and comes back. */
async function editPool(): Promise<void> {
  const pool = `${base}/vippools/edge`;
  const addresses = ['10.77.0.105-10.77.0.109', 'fd00:10:77::100-fd00:10:77::109'];
  const phases = async () => (await cluster.vips()).map(({ spec }) => spec['phase']);
  await cluster.patch(pool, { spec: { addresses } });
  await waitUntil('Vips are stranded', async () => (await phases()).includes('Stranded'));
  await cluster.patch(pool, { spec: aVipPool('edge')['spec'] });
  await waitUntil('they are held again', async () => !(await phases()).includes('Stranded'));
}

const of = (account: string): readonly AuditedCall[] =>
  calls.filter(({ user }) => user === account);

for (const [name, account] of [
  ['controller', accounts.controller],
  ['agent', accounts.agent],
] as const) {
  const allowed = permissionsOf(installed, account);

  test(`the ${name} uses every right it has`, () => {
    const needed = of(account).flatMap(neededBy);
    const isUsed = (permission: Permission) => needed.some((one) => covers(permission, one));
    assert.ok(allowed.length > 10);
    assert.deepEqual(allowed.filter((permission) => !isUsed(permission)).map(permissionText), []);
  });

  test(`the ${name} has every right it uses`, () => {
    const forbidden = of(account).filter(({ code }) => code === 403);
    assert.deepEqual(
      forbidden.map(({ verb, path }) => `${verb} ${path}`),
      [],
    );
    const isAllowed = (needed: Permission) => allowed.some((one) => covers(one, needed));
    const missing = of(account)
      .flatMap(neededBy)
      .filter((needed) => !isAllowed(needed));
    assert.deepEqual([...new Set(missing.map(permissionText))], []);
  });
}
