/**
 * Two controllers that both believe they lead, over a pool too small for all (N5, R37, metallb
 * #725). An election fences nobody: what keeps addresses apart is that a Vip is created, never
 * overwritten.
 */
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { boundedTest as test } from './bounded-test.ts';
import {
  addressesOf,
  aLoadBalancer,
  aVipPool,
  type Cluster,
  conditionOf,
  type Shown,
  servicePath,
  startCluster,
} from './controller-fixture.ts';
import { type FaultProxy, isWatch, startFaultProxy } from './fault-proxy.ts';
import { type History, recordHistory } from './history.ts';
import { everShown, shownTwice, shownWithoutVip } from './history-rules.ts';
import type { LogLine, RunningController } from './running-controller.ts';
import { waitUntil } from './wait-until.ts';

const keys = Array.from({ length: 30 }, (_, index) => `shop/s${index + 10}`);
const poolSize = 20;
const single = { ipFamilyPolicy: 'SingleStack' };
let cluster: Cluster;
let proxy: FaultProxy;
let history: History;
let leaders: readonly RunningController[];

before(async () => {
  cluster = await startCluster();
  await cluster.create(aVipPool('edge', { addresses: ['10.77.0.100-10.77.0.119'] }));
  proxy = await startFaultProxy(cluster.api);
  history = await recordHistory(cluster.api);
  await allowOtherLease('other-leader');
});
after(async () => {
  await history?.stop();
  await proxy?.stop();
  await cluster?.stop();
});

/** The controller's Role names its one Lease; the second leader of this test has another. */
async function allowOtherLease(name: string): Promise<void> {
  const path = '/apis/rbac.authorization.k8s.io/v1/namespaces/fairlead-system';
  const leases = { apiGroups: ['coordination.k8s.io'], resources: ['leases'] };
  const rules = [{ ...leases, resourceNames: [name], verbs: ['get', 'update'] }];
  await cluster.api.call('POST', `${path}/roles`, { metadata: { name }, rules });
  await cluster.api.call('POST', `${path}/rolebindings`, {
    metadata: { name },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name },
    subjects: [
      { kind: 'ServiceAccount', name: 'fairlead-controller', namespace: 'fairlead-system' },
    ],
  });
}

async function services(): Promise<Shown[]> {
  return Promise.all(
    keys.map(async (key) => {
      const service = await cluster.service(key);
      assert.ok(service !== undefined, key);
      return service;
    }),
  );
}

const isSettled = (service: Shown): boolean =>
  addressesOf(service).length === 1 || conditionOf(service, 'Allocated')?.status === 'False';

const isRefused = ({ event }: LogLine): boolean => event === 'write-refused';

async function converged(published: number): Promise<void> {
  await waitUntil(`${published} Services are published and the others told why not`, async () => {
    const all = await services();
    const count = all.filter((service) => addressesOf(service).length === 1).length;
    return count === published && all.every(isSettled);
  });
}

test('R37: two leaders at once never give one address twice', async () => {
  // What it sees is half a second old, so that the two decide from different snapshots.
  proxy.fail((call) => (isWatch(call) ? { kind: 'lag', delayMs: 500 } : undefined));
  leaders = await Promise.all([
    cluster.start(),
    cluster.start({ server: proxy.url, flags: { 'lease-name': 'other-leader' } }),
  ]);
  await Promise.all(leaders.map((leader) => leader.logged('leader-gained')));
  // Of one second the second wave goes before the first (A2): who sees less decides otherwise.
  for (const wave of [keys.slice(10), keys.slice(0, 10)]) {
    await Promise.all(wave.map((key) => cluster.create(aLoadBalancer(key, { spec: single }))));
  }
  await converged(poolSize);
  const refused = leaders.flatMap((leader) => leader.log()).filter(isRefused);
  assert.ok(refused.length > 0, 'they never met: this test shows nothing');
  const changes = await history.changes();
  assert.deepEqual(shownTwice(changes), []);
  assert.deepEqual(shownWithoutVip(changes), []);
  assert.equal((await cluster.vips()).length, poolSize);
});

test('when one of them ends, the other gives a freed address to one who waits', async () => {
  assert.equal(await leaders[0]?.end(), 0);
  const before = (await services()).filter((service) => addressesOf(service).length === 1);
  const [leaving, ...staying] = before.map(({ metadata }) => `shop/${metadata.name}`);
  assert.ok(leaving !== undefined);
  await cluster.api.call('DELETE', servicePath(leaving));
  keys.splice(keys.indexOf(leaving), 1);
  await converged(poolSize);
  const changes = await history.changes();
  assert.deepEqual(shownTwice(changes), []);
  for (const key of staying) assert.equal(everShown(changes, key).length, 1, `${key} has moved`);
});
