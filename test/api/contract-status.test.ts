/**
 * The contract about a Service's status (k8s-requirements.md R17, R21–R29, R34–R36, R89, R90) on a
 * real API server.
 */
import assert from 'node:assert/strict';
import { after, afterEach, before } from 'node:test';
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
import { type FaultProxy, type ProxiedCall, startFaultProxy } from './fault-proxy.ts';
import { accounts } from './installed.ts';
import type { RunningController } from './running-controller.ts';
import { waitUntil } from './wait-until.ts';

let cluster: Cluster;
let proxy: FaultProxy;
let controller: RunningController;

before(async () => {
  cluster = await startCluster({ audited: [accounts.controller] });
  proxy = await startFaultProxy(cluster.api);
  const addresses = ['10.77.0.100-10.77.0.149', 'fd00:10:77::100-fd00:10:77::149'];
  await cluster.create(aVipPool('edge', { addresses }));
  controller = await cluster.start({ server: proxy.url });
});
afterEach(() => {
  cluster?.vrrp.unblock();
  cluster?.vrrp.silence(false);
  proxy?.heal();
});
after(async () => {
  await proxy?.stop();
  await cluster?.stop();
});

const single = { ipFamilyPolicy: 'SingleStack' };
const aService = (key: string, spec = {}) => aLoadBalancer(key, { spec: { ...single, ...spec } });
const ingressOf = async (key: string) =>
  (await cluster.service(key))?.status?.loadBalancer?.ingress ?? [];

/** Waits until a condition of a Service has this reason; its whole, for a closer look. */
async function said(key: string, type: string, reason: string) {
  let condition = conditionOf(await cluster.service(key), type);
  await waitUntil(`${key} says ${type} ${reason}`, async () => {
    condition = conditionOf(await cluster.service(key), type);
    return condition?.reason === reason;
  });
  return condition;
}

/** What the controller has written about objects of this name. */
function writesAbout(name: string): AuditedCall[] {
  return auditedCalls(cluster.api).filter((call) => call.verb === 'patch' && call.name === name);
}

test('R21, R22: one entry a family, the primary one first, whole and in Proxy mode', async () => {
  const ports = [
    { name: 'http', port: 80 },
    { name: 'https', port: 443 },
  ];
  const spec = { ipFamilyPolicy: 'RequireDualStack', ipFamilies: ['IPv6', 'IPv4'], ports };
  await cluster.create(aService('shop/exact', spec));
  await cluster.published('shop/exact');
  const shown = [
    { port: 80, protocol: 'TCP' },
    { port: 443, protocol: 'TCP' },
  ];
  assert.deepEqual(await ingressOf('shop/exact'), [
    { ip: 'fd00:10:77::100', ipMode: 'Proxy', ports: shown },
    { ip: '10.77.0.100', ipMode: 'Proxy', ports: shown },
  ]);
});

test('R6: while its finalizers are refused, a Service is allocated nothing', async () => {
  const isFinalizers = ({ path, query }: ProxiedCall) =>
    path.endsWith('/services/unprepared/status') && !query.has('fieldManager');
  proxy.fail((call) => (isFinalizers(call) ? { kind: 'answer', status: 409 } : undefined));
  const { metadata } = await cluster.create(aService('shop/unprepared'));
  const tries = () => proxy.calls.filter(isFinalizers).length;
  await waitUntil('it has been tried three times', () => tries() >= 3);
  const vips = JSON.stringify(await cluster.vips());
  assert.ok(!vips.includes(metadata.uid));
  proxy.heal();
  await cluster.published('shop/unprepared');
});

test('R27: an address is shown once a node has it programmed and holds it', async () => {
  cluster.vrrp.block();
  const { metadata } = await cluster.create(aService('shop/actuated'));
  await said('shop/actuated', 'Programmed', 'NotProgrammed');
  assert.deepEqual(await ingressOf('shop/actuated'), []);
  cluster.vrrp.unblock();
  await cluster.published('shop/actuated');
  assert.equal((await cluster.service('shop/actuated'))?.metadata.uid, metadata.uid);
});

test('R28: with no node that holds it an address stays, and its owner is told', async () => {
  await cluster.create(aService('shop/lost'));
  const addresses = await cluster.published('shop/lost');
  cluster.vrrp.silence(true);
  const told = await said('shop/lost', 'Programmed', 'NoHolder');
  assert.equal(told?.status, 'False');
  assert.deepEqual(addressesOf(await cluster.service('shop/lost')), addresses);
  const isTold = (text: string) => text.startsWith('Warning NoHolder: no node holds');
  await waitUntil('there is an event', async () => (await cluster.events('lost')).some(isTold));
  cluster.vrrp.silence(false);
  await said('shop/lost', 'Programmed', 'Programmed');
});

test('R24, R25, R40: a port no kernel serves has its error, the others are served', async () => {
  const ports = [
    { name: 'tcp', port: 53, protocol: 'TCP' },
    { name: 'sctp', port: 53, protocol: 'SCTP' },
  ];
  cluster.vrrp.lacks('SCTP');
  await cluster.create(aService('shop/mixed', { ports }));
  await cluster.published('shop/mixed');
  const told = await said('shop/mixed', 'PortsServed', 'ProtocolUnsupported');
  assert.equal(told?.status, 'False');
  assert.deepEqual((await ingressOf('shop/mixed'))[0]?.ports, [
    { port: 53, protocol: 'TCP' },
    { port: 53, protocol: 'SCTP', error: 'fairlead.dev/ProtocolUnsupported' },
  ]);
  const isTold = (text: string) => text.startsWith('Warning ProtocolUnsupported: port 53');
  await waitUntil('there is an event', async () => (await cluster.events('mixed')).some(isTold));
  cluster.vrrp.lacks();
  await said('shop/mixed', 'PortsServed', 'PortsServed');
  assert.deepEqual((await ingressOf('shop/mixed'))[0]?.ports, [
    { port: 53, protocol: 'TCP' },
    { port: 53, protocol: 'SCTP' },
  ]);
});

test('R17: changes that concern nobody cause no write', async () => {
  await cluster.create(aService('shop/still'));
  await cluster.published('shop/still');
  const isLast = (text: string) => text.startsWith('Normal EnsuredLoadBalancer');
  await waitUntil('all is told', async () => (await cluster.events('still')).some(isLast));
  const before = writesAbout('still').length;
  const events = await cluster.events('still');
  const metadata = { labels: { a: 'b' }, annotations: { 'example.com/note': 'new' } };
  await cluster.patch(servicePath('shop/still'), { metadata });
  // What comes after it has been worked off shows that it has been, too.
  await cluster.create(aService('shop/after'));
  await cluster.published('shop/after');
  assert.equal(writesAbout('still').length, before);
  assert.deepEqual(await cluster.events('still'), events);
});

test('R29: conditions of others survive ours', async () => {
  await cluster.create(aService('shop/shared'));
  const foreign = {
    type: 'StatusUpdate',
    status: 'True',
    reason: 'E2E',
    message: 'Set from a test',
    lastTransitionTime: '2026-11-01T10:00:00Z',
  };
  const path = '/api/v1/namespaces/shop/services/shared';
  await cluster.published('shop/shared');
  await said('shop/shared', 'Programmed', 'Programmed');
  const { conditions = [] } = (await cluster.service('shop/shared'))?.status ?? {};
  await cluster.patch(`${path}/status`, { status: { conditions: [...conditions, foreign] } });
  await cluster.patch(path, {
    metadata: { annotations: { 'fairlead.dev/denied-source-ranges': 'x' } },
  });
  await said('shop/shared', 'Programmed', 'GuardInvalid');
  assert.deepEqual(conditionOf(await cluster.service('shop/shared'), 'StatusUpdate'), foreign);
});

test('R26: a status that comes too late because the type changed is no alarm', async () => {
  cluster.vrrp.block();
  const { metadata } = await cluster.create(aService('shop/racing'));
  await said('shop/racing', 'Programmed', 'NotProgrammed');
  const isStatus = ({ path, query }: ProxiedCall) =>
    path.endsWith('/services/racing/status') && query.has('fieldManager');
  proxy.fail((call) => (isStatus(call) ? { kind: 'delay', delayMs: 1_000 } : undefined));
  const late = proxy.calls.filter(isStatus).length;
  cluster.vrrp.unblock();
  await waitUntil('the address is on its way', () => proxy.calls.filter(isStatus).length > late);
  await cluster.patch(servicePath('shop/racing'), {
    spec: { type: 'ClusterIP', loadBalancerClass: null },
  });
  await waitUntil('it is refused', () => writesAbout('racing').some(({ code }) => code === 409));
  proxy.heal();
  await waitUntil('it is let go', async () => {
    return (await cluster.service('shop/racing'))?.metadata.finalizers === undefined;
  });
  assert.ok(
    !(await cluster.vips()).some(({ spec }) => JSON.stringify(spec).includes(metadata.uid)),
  );
  assert.ok(controller.isRunning());
  const warnings = (await cluster.events('racing')).filter((text) => text.startsWith('Warning'));
  assert.deepEqual(warnings, []);
});

test('R23, N21: a server that drops ipMode is told of, and not written to for ever', async () => {
  const isStatus = ({ path, query }: ProxiedCall) =>
    path.endsWith('/services/modeless/status') && query.has('fieldManager');
  const body = (text: string) => text.replaceAll(',"ipMode":"Proxy"', '');
  proxy.fail((call) => (isStatus(call) ? { kind: 'rewrite', body } : undefined));
  await cluster.create(aService('shop/modeless'));
  const told = await said('shop/modeless', 'Programmed', 'IPModeUnsupported');
  assert.equal(told?.status, 'False');
  assert.equal((await ingressOf('shop/modeless'))[0]?.ipMode, 'VIP');
  const count = () => proxy.calls.filter(isStatus).length;
  const before = count();
  await cluster.create(aService('shop/beside'));
  await cluster.published('shop/beside');
  assert.ok(count() <= before + 1, `${count() - before} more writes`);
});

test('R34: a family that comes and goes brings and takes its address, and no other', async () => {
  await cluster.create(aService('shop/stacked'));
  const [first] = await cluster.published('shop/stacked');
  await cluster.patch(servicePath('shop/stacked'), { spec: { ipFamilyPolicy: 'PreferDualStack' } });
  const both = await cluster.published('shop/stacked');
  assert.equal(both.length, 2);
  assert.equal(both[0], first);
  const { spec } = (await cluster.service('shop/stacked')) ?? {};
  const clusterIPs = ((spec?.['clusterIPs'] ?? []) as string[]).slice(0, 1);
  await cluster.patch(servicePath('shop/stacked'), {
    spec: { ...single, clusterIPs, ipFamilies: ['IPv4'] },
  });
  await waitUntil('the second address is gone', async () => {
    return (await ingressOf('shop/stacked')).length === 1;
  });
  assert.deepEqual(addressesOf(await cluster.service('shop/stacked')), [first]);
});

test('R35, R36: who cannot be given all is told why, and gets it when it is there', async () => {
  const small = { addresses: ['10.77.0.200'], assignment: 'OnRequest' };
  await cluster.create(aVipPool('small', small));
  const wish = { annotations: { 'fairlead.dev/pool': 'small' } };
  await cluster.create(aLoadBalancer('shop/wants-both', { metadata: wish }));
  assert.equal((await said('shop/wants-both', 'Allocated', 'FamilyUnavailable'))?.status, 'False');
  assert.deepEqual(await ingressOf('shop/wants-both'), []);
  await cluster.create(aLoadBalancer('shop/takes-it', { metadata: wish, spec: single }));
  await cluster.published('shop/takes-it');
  await cluster.create(aLoadBalancer('shop/waits', { metadata: wish, spec: single }));
  await said('shop/waits', 'Allocated', 'PoolExhausted');
  await cluster.api.call('DELETE', servicePath('shop/takes-it'));
  assert.deepEqual(await cluster.published('shop/waits'), ['10.77.0.200']);
});

test('R32, R33: spec.loadBalancerIP is a wish: granted as it is, or refused with a reason', async () => {
  await cluster.create(aService('shop/wished', { loadBalancerIP: '10.77.0.131' }));
  assert.deepEqual(await cluster.published('shop/wished'), ['10.77.0.131']);
  await cluster.create(aService('shop/outside', { loadBalancerIP: '192.0.2.1' }));
  const told = await said('shop/outside', 'Allocated', 'AddressInNoPool');
  assert.match(told?.message ?? '', /^192\.0\.2\.1 is in no VipPool this Service may use/);
  assert.deepEqual(await ingressOf('shop/outside'), []);
});

test('R90: a restart writes nothing, where nothing has changed', async () => {
  assert.equal(await controller.end(), 0);
  const writes = () =>
    auditedCalls(cluster.api).filter(
      ({ verb, resource }) => !['get', 'list', 'watch'].includes(verb) && resource !== 'leases',
    );
  const before = writes().length;
  controller = await cluster.start({ server: proxy.url });
  await controller.logged('leader-gained');
  await cluster.create(aService('shop/newcomer'));
  await cluster.published('shop/newcomer');
  const after = writes().slice(before);
  const about = (name: string) => after.filter((call) => call.name === name);
  for (const name of ['exact', 'still', 'lost', 'mixed']) assert.deepEqual(about(name), [], name);
});

test('R89: nothing is written before every watch has synced', async () => {
  await controller.end();
  const isVips = ({ path, method }: ProxiedCall) => method === 'GET' && path.endsWith('/vips');
  proxy.fail((call) => (isVips(call) ? { kind: 'answer', status: 503 } : undefined));
  controller = await cluster.start({ server: proxy.url });
  await controller.logged('leader-gained');
  await cluster.create(aService('shop/unsynced'));
  const tries = proxy.calls.filter(isVips).length;
  await waitUntil('the list is tried again', () => proxy.calls.filter(isVips).length > tries + 1);
  assert.deepEqual(writesAbout('unsynced'), []);
  proxy.heal();
  await cluster.published('shop/unsynced');
});
