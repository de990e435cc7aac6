/** reassign, reserve, release and uninstall on a real API server, and the plugin under kubectl. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, symlinkSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { after, before } from 'node:test';
import { promisify } from 'node:util';
import type {
  ReassignReport,
  ReleaseReport,
  ReserveReport,
  UninstallReport,
} from '../../src/explain/edit-reports.ts';
import { bundle, bundleFiles } from '../../tools/bundle.ts';
import { boundedTest as test } from './bounded-test.ts';
import { cli } from './cli-run.ts';
import {
  addressesOf,
  aLoadBalancer,
  aVipPool,
  type Cluster,
  servicePath,
  startCluster,
} from './controller-fixture.ts';
import { base } from './installed.ts';
import type { RunningController } from './running-controller.ts';
import { waitUntil } from './wait-until.ts';

let cluster: Cluster;
let controller: RunningController;

before(async () => {
  cluster = await startCluster({
    users: { keeper: { name: 'keeper' }, viewer: { name: 'viewer' } },
  });
  controller = await cluster.start();
  for (const user of ['viewer', 'admin'] as const) await bind(user);
  const spec = { addresses: ['10.77.0.100-10.77.0.109'], coolDownSeconds: 3_600 };
  await cluster.create(aVipPool('edge', { ...spec, maxRetainSeconds: 3_600 }));
  for (const name of ['a', 'b']) await cluster.create(aService(name));
  assert.deepEqual(await cluster.published('shop/a'), ['10.77.0.100']);
  assert.deepEqual(await cluster.published('shop/b'), ['10.77.0.101']);
});
after(() => cluster?.stop());

/** `fairlead-viewer` for the viewer, `fairlead-admin` for the keeper. */
async function bind(role: 'viewer' | 'admin'): Promise<void> {
  const user = role === 'admin' ? 'keeper' : role;
  await cluster.create({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name: `test-${user}` },
    roleRef: {
      apiGroup: 'rbac.authorization.k8s.io',
      kind: 'ClusterRole',
      name: `fairlead-${role}`,
    },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: user }],
  });
}

const aService = (name: string, annotations: Readonly<Record<string, string>> = {}) =>
  aLoadBalancer(`shop/${name}`, {
    metadata: { annotations },
    spec: { ipFamilyPolicy: 'SingleStack' },
  });
const run = (words: string, role = 'keeper') => cli(cluster.api, words.split(' '), { role });
const report = async <T>(words: string) => (await run(`${words} -o json`)).json() as T;
const poolPath = `${base}/vippools/edge`;
const ranges = (...addresses: string[]) =>
  cluster.api.call('PATCH', poolPath, { spec: { addresses } });
const phaseOf = async (address: string): Promise<string | undefined> => {
  const { body, status } = await cluster.api.call('GET', `${base}/vips/${address}`);
  return status === 404 ? undefined : (body['spec'] as { phase: string }).phase;
};
const annotationOf = async (key: string): Promise<unknown> => {
  const shown = await cluster.service(key);
  const metadata = shown?.metadata as { annotations?: Record<string, string> } | undefined;
  return metadata?.annotations?.['fairlead.dev/reassign'];
};

test('reassign: nothing stranded is a refusal that says so', async () => {
  const { status, err } = await run('reassign service/a -n shop');
  assert.equal(status, 1);
  assert.match(err, /Service shop\/a holds 10\.77\.0\.100: nothing of that is stranded/);
  assert.equal((await run('reassign --pool edge')).status, 1);
});

test('reassign: what no pool can take is refused before anything is written', async () => {
  await ranges('10.77.0.101');
  await waitUntil('a is stranded', async () => (await phaseOf('10.77.0.100')) === 'Stranded');
  const { status, err } = await run('reassign service/a -n shop');
  assert.equal(status, 1);
  assert.match(err, /nothing was changed: .*KeptDespiteReassign: .*no free IPv4 address/);
  assert.equal(await annotationOf('shop/a'), undefined);
});

test('reassign: a Service moves, old to new, and the annotation is gone again (A48)', async () => {
  await ranges('10.77.0.101-10.77.0.109');
  const { status, out } = await run('reassign service/a -n shop --address 10.77.0.100');
  assert.deepEqual([status, out], [0, '✔ shop/a  10.77.0.100 → 10.77.0.102\n']);
  assert.deepEqual(addressesOf(await cluster.service('shop/a')), ['10.77.0.102']);
  assert.equal(await annotationOf('shop/a'), undefined);
});

test('reassign --pool: everybody moves; --no-wait only asks', async () => {
  await ranges('10.77.0.103-10.77.0.109');
  for (const address of ['10.77.0.101', '10.77.0.102']) {
    await waitUntil(`${address} is stranded`, async () => (await phaseOf(address)) === 'Stranded');
  }
  const asked = await report<ReassignReport>('reassign service/b -n shop --no-wait');
  assert.deepEqual(
    asked.moves.map(({ service, from, done }) => [service, from, done]),
    [['shop/b', ['10.77.0.101'], false]],
  );
  assert.equal(await annotationOf('shop/b'), '10.77.0.101');
  await waitUntil('b has moved', async () => {
    return addressesOf(await cluster.service('shop/b'))[0] === '10.77.0.103';
  });
  const moved = await report<ReassignReport>('reassign --pool edge');
  assert.deepEqual(
    moved.moves.map(({ service, to, done }) => [service, to, done]),
    [['shop/a', ['10.77.0.104'], true]],
  );
});

const reservations = async (): Promise<unknown> =>
  ((await cluster.api.call('GET', poolPath)).body['spec'] as { reservations: unknown })
    .reservations;

test('reserve: the pool keeps the address, and the next Service does not get it (A60)', async () => {
  const kept = await report<ReserveReport>(
    'reserve 10.77.0.105 --pool edge -n blog --service front',
  );
  assert.deepEqual([kept.changed, kept.heldByOthers], [true, []]);
  assert.deepEqual(await reservations(), [
    { addresses: ['10.77.0.105'], namespace: 'blog', serviceName: 'front' },
  ]);
  const again = await run('reserve 10.77.0.105 --pool edge -n blog --service front');
  assert.match(again.out, /was reserved already for blog\/front/);
  assert.equal(again.status, 0);
  await cluster.create(aService('c'));
  assert.deepEqual(await cluster.published('shop/c'), ['10.77.0.106']);
});

test('reserve: a present holder keeps it and is named; what cannot be is refused', async () => {
  const held = await run('reserve 10.77.0.106 --pool edge -n blog');
  assert.match(held.out, /10\.77\.0\.106 is held by shop\/c, who keeps it/);
  for (const [words, said] of [
    ['reserve 10.77.0.105 --pool edge', /reserved for blog\/front already/],
    ['reserve 10.78.0.1 --pool edge', /not in VipPool edge/],
    ['reserve 10.77.0.107 --pool none', /there is no VipPool none/],
  ] as const) {
    const { status, err } = await run(words);
    assert.equal(status, 1, words);
    assert.match(err, said);
  }
});

test('release --reservation: the address is anybody’s again', async () => {
  const { status, out } = await run('release --reservation 10.77.0.106 --pool edge');
  assert.equal(status, 0);
  assert.match(out, /no longer reserved/);
  assert.deepEqual(await reservations(), [
    { addresses: ['10.77.0.105'], namespace: 'blog', serviceName: 'front' },
  ]);
  assert.equal((await run('release --reservation 10.77.0.109 --pool edge')).status, 1);
});

test('release: what is held is refused, what cools down or is retained is given free', async () => {
  const held = await run('release 10.77.0.103');
  assert.equal(held.status, 1);
  assert.match(held.err, /10\.77\.0\.103 is held by shop\/b: delete the Service/);
  const free = await run('release 10.77.0.109');
  assert.match(free.err, /nothing keeps 10\.77\.0\.109: 10\.77\.0\.109 is free in VipPool edge/);
  await cluster.create(aService('kept', { 'fairlead.dev/retain-seconds': '3600' }));
  const [address = ''] = await cluster.published('shop/kept');
  for (const key of ['shop/kept', 'shop/c']) {
    await cluster.api.call('DELETE', servicePath(key));
    await cluster.gone(key);
  }
  await waitUntil('it is retained', async () => (await phaseOf(address)) === 'Retained');
  await waitUntil('it cools', async () => (await phaseOf('10.77.0.106')) === 'Cooling');
  const explained = await run('explain service/kept -n shop');
  assert.match(explained.err, new RegExp(`${address} is kept for it`));
  const done = await report<ReleaseReport>(`release ${address},10.77.0.106`);
  assert.match(done.released[0]?.was ?? '', /kept until .* for shop\/kept, which was deleted/);
  assert.match(done.released[1]?.was ?? '', /cooling down until/);
  assert.deepEqual([await phaseOf(address), await phaseOf('10.77.0.106')], [undefined, undefined]);
});

test('a viewer may not write: exit status 3, in the API server’s words', async () => {
  for (const words of ['reserve 10.77.0.107 --pool edge', 'uninstall --yes --ignore-leader']) {
    const { status, err } = await run(words, 'viewer');
    assert.equal(status, 3, words);
    assert.match(err, /forbidden/);
  }
});

const execute = promisify(execFile);

/** The plugin's three names in a folder of PATH, as an installation has them. */
async function pluginPath(): Promise<string> {
  await bundle();
  const folder = join(cluster.api.directory, 'bin');
  mkdirSync(folder);
  for (const name of ['fairlead', 'kubectl-fairlead', 'kubectl_complete-fairlead']) {
    symlinkSync(bundleFiles.bundle, join(folder, name));
  }
  const inherited = process.env['PATH'] ?? '';
  return [folder, dirname(process.execPath), inherited].join(delimiter);
}

test('kubectl finds the plugin, hands on its flags and its exit status, and completes', async () => {
  const env = { ...process.env, PATH: await pluginPath(), KUBECONFIG: cluster.api.kubeconfig() };
  const kubectl = (...words: string[]) =>
    execute(cluster.api.binaries.kubectl, words, { env }).then(
      ({ stdout }) => ({ status: 0, stdout }),
      (error: { code: number; stdout: string }) => ({ status: error.code, stdout: error.stdout }),
    );
  const version = await kubectl('fairlead', 'version');
  assert.deepEqual(version, { status: 0, stdout: '0.1.0\n' });
  const explained = await kubectl('fairlead', 'explain', 'vip/10.77.0.103', '-o', 'json');
  assert.equal(explained.status, 0);
  assert.equal(JSON.parse(explained.stdout).kind, 'VipReport');
  assert.equal((await kubectl('fairlead', 'explain', 'nothing', '-n', 'shop')).status, 1);
  assert.equal((await kubectl('fairlead', 'statsu')).status, 2);
  const listed = await kubectl('plugin', 'list');
  assert.match(listed.stdout, /kubectl-fairlead/);
  const verbs = await kubectl('__complete', 'fairlead', 'rel');
  assert.match(verbs.stdout, /^release\n:4/);
  const names = await kubectl('__complete', 'fairlead', 'explain', '-n', 'shop', 'service/');
  assert.match(names.stdout, /^service\/a\nservice\/b\n:4/);
});

test('uninstall: refused while a controller leads; without --yes it only counts (R14)', async () => {
  const refused = await run('uninstall --yes', 'admin');
  assert.equal(refused.status, 1);
  assert.match(refused.err, /controller controller-1.* leads .*scale/);
  const counted = (await run('uninstall -o json', 'admin')).json() as UninstallReport;
  assert.equal(counted.dryRun, true);
  assert.match(counted.blockedBy ?? '', /leads/);
  assert.deepEqual(
    counted.counts.map(({ kind, finalizers, left }) => [kind, finalizers, left > 0]),
    [
      ['Service', 2, true],
      ['VipPool', 1, true],
      ['Vip', 2, true],
      ['VrrpInstance', 0, true],
    ],
  );
  assert.deepEqual(await cluster.published('shop/a'), ['10.77.0.104'], 'nothing was done');
});

test('uninstall: nothing of ours holds anything back, and once more is the same (R12, R14)', async () => {
  await controller.end();
  const foreign = { metadata: { finalizers: ['example.com/theirs'] } };
  const service = await cluster.service('shop/a');
  const finalizers = [...(service?.metadata.finalizers ?? []), ...foreign.metadata.finalizers];
  await cluster.api.call('PATCH', servicePath('shop/a'), { metadata: { finalizers } });
  const done = await run('uninstall --yes', 'admin');
  assert.equal(done.status, 0, done.out + done.err);
  assert.match(done.out, /helm uninstall fairlead/);
  assert.deepEqual((await cluster.service('shop/a'))?.metadata.finalizers, ['example.com/theirs']);
  assert.deepEqual(await cluster.vips(), []);
  assert.deepEqual(await cluster.instances(), []);
  const again = (await run('uninstall --yes -o json', 'admin')).json() as UninstallReport;
  assert.deepEqual(
    again.counts.map(({ finalizers: f, deletions, left }) => [f, deletions, left]),
    [1, 2, 3, 4].map(() => [0, 0, 0]),
  );
  for (const path of [servicePath('shop/b'), poolPath]) {
    await cluster.api.call('DELETE', path);
    assert.equal((await cluster.api.call('GET', path)).status, 404, `${path} is gone`);
  }
  assert.deepEqual(addressesOf(await cluster.service('shop/a')), ['10.77.0.104']);
});
