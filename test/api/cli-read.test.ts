/** status, explain and plan on a real API server, beside a real controller. */
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { parse } from 'yaml';
import type { PlanReport } from '../../src/explain/plan-report.ts';
import type { PoolReport } from '../../src/explain/pool-report.ts';
import type { ServiceReport } from '../../src/explain/service-report.ts';
import type { StatusReport } from '../../src/explain/status-report.ts';
import type { VipReport } from '../../src/explain/vip-report.ts';
import { boundedTest as test } from './bounded-test.ts';
import { cli } from './cli-run.ts';
import {
  aLoadBalancer,
  aVipPool,
  type Cluster,
  conditionOf,
  servicePath,
  startCluster,
} from './controller-fixture.ts';
import { base } from './installed.ts';
import type { Manifest } from './manifests.ts';
import { waitUntil } from './wait-until.ts';

let cluster: Cluster;

const users = {
  viewer: { name: 'viewer' },
  tenant: { name: 'tenant' },
};

before(async () => {
  cluster = await startCluster({ users });
  await cluster.start();
  await bind('ClusterRoleBinding', 'fairlead-viewer', 'viewer');
  // The role that `view` is made of: nobody aggregates here.
  await bind('RoleBinding', 'system:aggregate-to-view', 'tenant');
  await cluster.create(
    aVipPool('edge', { addresses: ['10.77.0.100-10.77.0.101', 'fd00:10:77::/64'] }),
  );
  await cluster.create(aLoadBalancer('shop/web'));
  await cluster.published('shop/web');
  for (const family of ['IPv4', 'IPv6'] as const) await cluster.create(aSlice('web', family));
});
after(() => cluster?.stop());

async function bind(kind: string, role: string, user: string): Promise<void> {
  await cluster.create({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind,
    metadata: { name: `test-${user}`, ...(kind === 'RoleBinding' && { namespace: 'shop' }) },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: user }],
  });
}

function aSlice(service: string, family: 'IPv4' | 'IPv6'): Manifest {
  const address = family === 'IPv4' ? '10.244.1.5' : 'fd00:10:244::5';
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      ...{ name: `${service}-${family.toLowerCase()}`, namespace: 'shop' },
      labels: { 'kubernetes.io/service-name': service },
    } as Manifest['metadata'],
    addressType: family,
    ports: [{ name: '', protocol: 'TCP', port: 8080 }],
    endpoints: [{ addresses: [address], conditions: { ready: true } }],
  };
}

const run = (words: string, more: Parameters<typeof cli>[2] = {}) =>
  cli(cluster.api, words.split(' '), more);
const report = async <T>(words: string, more: Parameters<typeof cli>[2] = {}) =>
  (await run(`${words} -o json`, more)).json() as T;

test('status: all is well, for an administrator and for a viewer', async () => {
  await waitUntil('the pool is ready', async () => (await run('status')).status === 0);
  for (const role of ['admin', 'viewer']) {
    const { status, out, err } = await run('status', { role });
    assert.deepEqual([status, err], [0, ''], out);
    assert.match(out, /^All is well: 1 of 1 Service answering/);
    assert.match(out, /10\.77\.0\.100 +shop\/web +edge +Held +n\d +yes/);
  }
});

test('-o json has the documented shape, and -o yaml says the same', async () => {
  const status = await report<StatusReport & { apiVersion: string }>('status');
  assert.equal(status.apiVersion, 'cli.fairlead.dev/v1alpha1');
  assert.equal(status.kind, 'StatusReport');
  assert.deepEqual(
    [status.healthy, status.findings, status.unread],
    [true, [], []],
    JSON.stringify(status.findings),
  );
  assert.equal(status.controller?.leads, true);
  assert.deepEqual(
    status.nodes.map(({ node, alive, reports }) => [node, alive, reports]),
    ['n1', 'n2', 'n3'].map((node) => [node, true, true]),
  );
  const yaml = parse((await run('status -o yaml')).out) as StatusReport;
  assert.deepEqual(Object.keys(yaml), Object.keys(status));
  assert.deepEqual(yaml.vips, status.vips);
});

test('explain: the whole path of a Service that is served', async () => {
  const { status, out } = await run('explain service/web -n shop', { role: 'viewer' });
  assert.equal(status, 0, out);
  assert.match(out, /^shop\/web answers: Programmed|^shop\/web is served: Programmed/);
  const path = await report<ServiceReport>('explain shop/web');
  assert.deepEqual(
    path.pools.map(({ pool, verdict, addresses }) => [pool, verdict, addresses.length]),
    [['edge', 'holds', 2]],
  );
  assert.deepEqual(
    path.frontends.map(({ address, servers }) => [address, servers.map((s) => s.address)]),
    [
      ['10.77.0.100', ['10.244.1.5']],
      ['fd00:10:77::', ['fd00:10:244::5']],
    ],
  );
  assert.ok(
    path.conditions.every(({ stored }) => stored),
    'nothing is said that is not written',
  );
});

test('explain: a Service that waits is told by the words of its condition', async () => {
  await cluster.create(aLoadBalancer('shop/second'));
  await cluster.published('shop/second');
  await cluster.create(aLoadBalancer('shop/late'));
  await waitUntil('shop/late is refused', async () => {
    const shown = await cluster.service('shop/late');
    return conditionOf(shown, 'Allocated')?.status === 'False';
  });
  const condition = conditionOf(await cluster.service('shop/late'), 'Allocated');
  const answer = await run('explain late -n shop');
  assert.equal(answer.status, 1);
  const path = await report<ServiceReport>('explain late -n shop');
  assert.deepEqual(
    [path.verdict.state, path.verdict.code, path.verdict.sentence],
    ['waits', condition?.reason, condition?.message],
  );
  assert.deepEqual(
    path.pools.map(({ code, sentence }) => [code, sentence]),
    [[condition?.reason, condition?.message]],
  );
  const { body } = await cluster.api.call('GET', '/apis/events.k8s.io/v1/events');
  const events = body['items'] as { regarding: { name: string }; note: string }[];
  const notes = events.filter(({ regarding }) => regarding.name === 'late').map(({ note }) => note);
  assert.ok(notes.includes(condition?.message ?? ''), notes.join());
  const status = await run('status');
  assert.equal(status.status, 1);
  assert.match(status.out, /✖ Service shop\/late {2}PoolExhausted/);
});

test('explain: what does not exist, whose an address is, what a pool gives', async () => {
  const none = await run('explain service/none -n shop');
  assert.deepEqual([none.status, none.out], [1, '']);
  assert.match(none.err, /there is no Service none in namespace shop/);
  assert.equal((await run('explain pool/none')).status, 1);
  const vip = await report<VipReport>('explain 10.77.0.100');
  assert.deepEqual([vip.vip?.services, vip.pool, vip.well], [['shop/web'], 'edge', true]);
  const free = await report<VipReport>('explain vip/fd00:10:77::77');
  assert.deepEqual([free.vip, free.verdict.code], [null, 'AddressFree']);
  const pool = await report<PoolReport>('explain pool/edge');
  assert.deepEqual(
    pool.waiting.map(({ service }) => service),
    ['shop/late'],
  );
  assert.equal((await run('explain pool/edge')).status, 1, 'somebody waits');
});

test('a Service of another kind is told why it is not served', async () => {
  const plain = aLoadBalancer('shop/plain', {
    spec: { type: 'ClusterIP', loadBalancerClass: undefined, ipFamilyPolicy: 'SingleStack' },
  });
  await cluster.create(plain);
  const { status, out } = await run('explain plain -n shop');
  assert.equal(status, 1);
  assert.match(out, /spec\.type is ClusterIP/);
});

const poolFile = (addresses: readonly string[], more: object = {}) =>
  JSON.stringify(aVipPool('edge', { addresses, ...more }));
const versions = async (): Promise<string> => {
  const paths = [`${base}/vippools`, `${base}/vips`, `${base}/vrrpinstances`, '/api/v1/services'];
  const lists = await Promise.all(paths.map((path) => cluster.api.call('GET', path)));
  const items = lists.flatMap(
    ({ body }) => body['items'] as { metadata: Record<string, string> }[],
  );
  return items.map(({ metadata }) => `${metadata['uid']} ${metadata['resourceVersion']}`).join();
};

test('plan: a pool’s edit, told before it is made; nothing is written', async () => {
  const before = await versions();
  const wider = poolFile(['10.77.0.100-10.77.0.105', 'fd00:10:77::/64']);
  const gain = await run('plan -f -', { stdin: wider });
  assert.equal(gain.status, 0, gain.out + gain.err);
  assert.match(gain.out, /shop\/late +get +- +10\.77\.0\.102,fd00:10:77::2 +edge/);
  const narrow = poolFile(['10.77.0.101-10.77.0.102', 'fd00:10:77::/64']);
  const loss = await report<PlanReport>('plan -f -', { stdin: narrow });
  assert.deepEqual(
    loss.services.map(({ service, change, harm }) => [service, change, harm]),
    [
      ['shop/late', 'gets', false],
      ['shop/web', 'stranded', true],
    ],
  );
  assert.equal((await run('plan -f -', { stdin: narrow })).status, 1);
  assert.equal(await versions(), before);
});

test('plan: what the API server would refuse is refused in its words', async () => {
  const { status, err } = await run('plan -f -', { stdin: poolFile(['10.77.0.300']) });
  assert.equal(status, 1);
  assert.match(err, /the API server would refuse VipPool edge: .*10\.77\.0\.300/);
});

test('plan: Services of a file, new and edited, with several documents', async () => {
  const before = await versions();
  const fresh = aLoadBalancer('shop/fresh', { spec: { ipFamilyPolicy: 'SingleStack' } });
  const asking = aLoadBalancer('shop/late', {
    metadata: { annotations: { 'fairlead.dev/ip-addresses': '192.0.2.9' } },
    spec: { ipFamilyPolicy: 'SingleStack', ipFamilies: ['IPv4'] },
  });
  const other = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web' } };
  const stdin = [fresh, asking, other].map((object) => JSON.stringify(object)).join('\n---\n');
  const plan = await report<PlanReport>('plan -f -', { stdin });
  assert.deepEqual(plan.remarks, ['Deployment web (apps/v1) is not looked at']);
  assert.deepEqual(
    plan.services.map(({ service, change, told }) => [service, change, told[0]?.code]),
    [
      ['shop/fresh', 'waits', 'PoolExhausted'],
      ['shop/late', 'waits', 'AddressInNoPool'],
    ],
  );
  assert.equal(await versions(), before);
});

test('plan: who may not write gets the same plan, and is told what was not checked', async () => {
  const stdin = poolFile(['10.77.0.101-10.77.0.102', 'fd00:10:77::/64']);
  const plan = await report<PlanReport>('plan -f -', { stdin, role: 'viewer' });
  assert.match(plan.remarks[0] ?? '', /VipPool edge was not checked by the API server/);
  assert.deepEqual(
    plan.services.map(({ service, change }) => `${service} ${change}`),
    ['shop/late gets', 'shop/web stranded'],
  );
  const service = JSON.stringify(aLoadBalancer('shop/new'));
  const fresh = await report<PlanReport>('plan -f -', { stdin: service, role: 'viewer' });
  assert.deepEqual(
    fresh.services.filter(({ service: key }) => key === 'shop/new').map(({ change }) => change),
    ['waits'],
  );
  const same = JSON.stringify(aLoadBalancer('shop/web'));
  const kept = await report<PlanReport>('plan -f -', { stdin: same, role: 'viewer' });
  const web = kept.services.find(({ service: key }) => key === 'shop/web');
  assert.deepEqual([web?.change, web?.after], ['keeps', ['10.77.0.100', 'fd00:10:77::']]);
});

test('plan service/NAME: what it would get now', async () => {
  const waits = await run('plan service/late -n shop');
  assert.equal(waits.status, 1);
  assert.match(waits.out, /shop\/late +wait/);
  assert.equal((await run('plan service/web -n shop')).status, 0);
});

test('a tenant sees what is his: his Services as they are stored, and which right is missing', async () => {
  const status = await run('status -n shop', { role: 'tenant' });
  assert.equal(status.status, 1, 'one of them waits');
  assert.match(status.out, /✖ Service shop\/late {2}PoolExhausted/);
  assert.match(status.out, /not shown: you may not list vippools of the cluster; ClusterRole/);
  const explained = await run('explain web -n shop', { role: 'tenant' });
  assert.match(explained.out, /Allocated=True +Allocated +holds 10\.77\.0\.100/);
  assert.equal((await run('plan service/web -n shop', { role: 'tenant' })).status, 3);
});

test('who may read nothing gets exit status 3 and a sentence', async () => {
  for (const words of [
    'status',
    'explain web -n shop',
    'explain vip/10.77.0.100',
    'explain pool/edge',
  ]) {
    const { status, out, err } = await run(words, { role: 'nobody' });
    assert.deepEqual([status, out], [3, ''], words);
    assert.match(err, /may not list|forbidden/, words);
  }
});

test('nothing of a user’s object reaches the terminal as it is', async () => {
  const path = servicePath('shop/late');
  const wish = '\x1b[2J\u202e10.0.0.1';
  const body = { metadata: { annotations: { 'fairlead.dev/ip-addresses': wish } } };
  await cluster.api.call('PATCH', path, body);
  await waitUntil('the controller says so', async () => {
    const shown = await cluster.service('shop/late');
    return conditionOf(shown, 'Allocated')?.reason === 'RequestUnparsable';
  });
  for (const words of ['status', 'explain late -n shop', 'explain late -n shop -o yaml']) {
    const { out } = await run(words);
    assert.match(out, /\uFFFD\[2J/, words);
    assert.doesNotMatch(out, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/, words);
  }
});
