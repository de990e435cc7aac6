/**
 * Living beside others (k8s-requirements.md R1, R4, S1, X7, X10): Services that are not ours, and
 * controllers that write where we write; on a real API server.
 */
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { apiCall } from './api-call.ts';
import { type AuditedCall, auditedCalls } from './audit.ts';
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
import { accounts, base } from './installed.ts';
import type { RunningController } from './running-controller.ts';
import { waitUntil } from './wait-until.ts';

let cluster: Cluster;
let controller: RunningController;

before(async () => {
  cluster = await startCluster({ audited: [accounts.controller] });
  await cluster.create(aVipPool('edge', { addresses: ['10.77.0.100-10.77.0.149'] }));
});
after(() => cluster?.stop());

const single = { ipFamilyPolicy: 'SingleStack' };
const aService = (key: string, spec = {}) => aLoadBalancer(key, { spec: { ...single, ...spec } });

/** What the controller has written about objects of this name. */
function writesAbout(name: string): AuditedCall[] {
  const reads = ['get', 'list', 'watch'];
  return auditedCalls(cluster.api).filter(
    (call) => call.name === name && !reads.includes(call.verb),
  );
}

/** A status that another manager puts there, by force. */
async function foreignStatus(name: string, ingress: readonly unknown[]): Promise<number> {
  const answer = await apiCall(cluster.api, {
    method: 'PATCH',
    path: `${servicePath(`shop/${name}`)}/status?fieldManager=somebody-else&force=true`,
    contentType: 'application/apply-patch+yaml',
    body: {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name, namespace: 'shop' },
      status: { loadBalancer: { ingress } },
    },
  });
  return answer.status;
}

const malformed: readonly (readonly [string, readonly unknown[]])[] = [
  ['a host name', [{ hostname: 'lb.example.com' }]],
  ['an address of no pool', [{ ip: '203.0.113.9', ipMode: 'VIP' }]],
  ['several of one family', [{ ip: '10.77.0.140' }, { ip: '10.77.0.141' }, { ip: '10.77.0.142' }]],
  ['the other family', [{ ip: '2001:db8::9' }]],
  // Servers of today refuse a leading zero; those of 1.32 take it (R30).
  ['a leading zero', [{ ip: '010.077.000.149' }]],
];

test('X10: what stands in status before us is read, and replaced in one pass', async () => {
  const names = malformed.map((_, index) => `before-${index}`);
  for (const [index, [, ingress]] of malformed.entries()) {
    await cluster.create(aService(`shop/before-${index}`));
    await foreignStatus(`before-${index}`, ingress);
  }
  controller = await cluster.start();
  for (const name of names) {
    await waitUntil(`${name} has one address of the pool, and nothing else`, async () => {
      const service = await cluster.service(`shop/${name}`);
      const ingress = service?.status?.loadBalancer?.ingress ?? [];
      return ingress.length === 1 && ingress[0]?.ip?.startsWith('10.77.0.') === true;
    });
    const statuses = writesAbout(name).filter(({ path }) => path.includes('fieldManager'));
    assert.ok(statuses.length <= 3, `${name}: ${statuses.length} writes are a loop`);
  }
});

test('A53: an address of the pool that stands in status is kept', async () => {
  const service = await cluster.service('shop/before-2');
  assert.ok(['10.77.0.140', '10.77.0.141', '10.77.0.142'].includes(addressesOf(service)[0] ?? ''));
});

test('S1, R1: a Service of another class is nobody’s business of ours', async () => {
  const path = servicePath('shop/foreign');
  await cluster.create(aService('shop/foreign', { loadBalancerClass: 'example.com/internal-vip' }));
  await cluster.patch(`${path}/status`, {
    metadata: { annotations: { patchedstatus: 'true' } },
    status: { loadBalancer: { ingress: [{ ip: '203.0.113.1' }] } },
  });
  const condition = { type: 'StatusUpdate', status: 'True', reason: 'E2E', message: 'Set' };
  const lastTransitionTime = '2026-11-01T10:00:00Z';
  const status = { conditions: [{ ...condition, lastTransitionTime }] };
  await cluster.patch(`${path}/status`, { status });
  await cluster.patch(path, { metadata: { labels: { 'test-service': 'patched' } } });
  await cluster.create(aService('shop/after-foreign'));
  await cluster.published('shop/after-foreign');
  const service = await cluster.service('shop/foreign');
  assert.deepEqual(addressesOf(service), ['203.0.113.1']);
  assert.equal(service?.metadata.finalizers, undefined);
  assert.equal(conditionOf(service, 'StatusUpdate')?.status, 'True');
  assert.deepEqual(writesAbout('foreign'), []);
  assert.deepEqual(await cluster.events('foreign'), []);
  await cluster.api.call('DELETE', path);
  assert.equal(await cluster.service('shop/foreign'), undefined);
});

test('R1: a Service without a class is counted, not touched, while the switch is off', async () => {
  await cluster.create(aService('shop/classless', { loadBalancerClass: undefined }));
  await waitUntil('the pool counts it', async () => {
    const { body } = await cluster.api.call('GET', `${base}/vippools/edge`);
    const told = conditionOf(body as never, 'ClasslessServices');
    return told?.status === 'True' && told.message.startsWith('1 Services without');
  });
  assert.deepEqual(writesAbout('classless'), []);
});

test('R3: with the switch on, as upstream tests want it, it is served', async () => {
  await controller.end();
  controller = await cluster.start({ flags: { 'default-class': 'true' } });
  await cluster.published('shop/classless');
  await cluster.api.call('DELETE', servicePath('shop/classless'));
  await cluster.gone('shop/classless');
  await controller.end();
  controller = await cluster.start();
});

test('R4: spec.externalIPs asks for nothing and gives nothing', async () => {
  await cluster.create(aService('shop/external', { externalIPs: ['10.77.0.149'] }));
  const [address] = await cluster.published('shop/external');
  assert.notEqual(address, '10.77.0.149');
});

test('X7: who keeps rewriting our status is answered ever more seldom, and told of once', async () => {
  await cluster.create(aService('shop/contested'));
  const [ours] = await cluster.published('shop/contested');
  let isFighting = true;
  let rounds = 0;
  const rival = async (): Promise<void> => {
    while (isFighting) {
      const [shown] = addressesOf(await cluster.service('shop/contested'));
      if (shown === ours) {
        rounds += 1;
        await foreignStatus('contested', [{ ip: '203.0.113.77' }]);
      }
      await pause(5);
    }
  };
  const ended = rival();
  await waitUntil('the owner is told', async () => {
    const events = await cluster.events('contested');
    return events.some((text) => text.startsWith('Warning StatusContested: somebody else keeps'));
  });
  const answered = rounds;
  // Others are served meanwhile, in runs that would each have answered.
  for (const name of ['beside-1', 'beside-2', 'beside-3']) {
    await cluster.create(aService(`shop/${name}`));
    await cluster.published(`shop/${name}`);
  }
  assert.ok(answered <= 5, `${answered} rounds before it was noticed`);
  assert.ok(rounds <= answered + 1, `${rounds - answered} more rounds in no time`);
  isFighting = false;
  await ended;
  await cluster.published('shop/contested');
  await waitUntil('our address is back', async () => {
    return addressesOf(await cluster.service('shop/contested'))[0] === ours;
  });
  const told = (await cluster.events('contested')).filter((text) => text.includes('Contested'));
  assert.equal(told.length, 1);
});
