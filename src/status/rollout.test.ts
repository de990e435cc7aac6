import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aPool, aSnapshot } from '../../test/build/cluster.ts';
import { clusterView } from '../model/cluster-view.ts';
import type { DaemonSet, PoolPod } from '../model/parse-pool-pods.ts';
import { dataPlaneHash, poolDaemonSet } from './pool-daemonset.ts';
import { nextPodToReplace } from './rollout.ts';

const settings = {
  namespace: 'fairlead-nodes',
  image: 'fairlead.local/fairlead:1',
  imagePullPolicy: 'IfNotPresent',
  defaults: { tolerations: [{ operator: 'Exists', effect: 'NoSchedule' }] },
};

const set = (pool: string): DaemonSet => ({
  ...{ name: `pool-${pool}`, uid: pool, pool, hash: 'new', wanted: 3, ready: 3 },
});
const pod = (pool: string, index: number, more: Partial<PoolPod> = {}): PoolPod => ({
  ...{ name: `pool-${pool}-${index}`, uid: `${pool}${index}`, pool, node: `node-${index}` },
  ...{ hash: 'old', ready: true, deleting: false, ...more },
});
const three = (pool: string, more: Partial<PoolPod> = {}) =>
  [1, 2, 3].map((index) => pod(pool, index, more));

/** node-1 holds an instance. */
const snapshot = aSnapshot();
const held = {
  ...{ name: 'a.100', pool: 'edge', generation: 1, held: true },
  ...{ digest: '', moveSerial: 0, disputeSeen: '' },
};
const view = clusterView({
  ...snapshot,
  vipNodes: snapshot.vipNodes.map((v) => (v.name === 'node-1' ? { ...v, instances: [held] } : v)),
});
const next = (daemonSets: DaemonSet[], pods: PoolPod[]) =>
  nextPodToReplace({ daemonSets, pods, view })?.name;

test('nothing is replaced while every pod is what is wanted', () => {
  assert.equal(next([set('edge')], three('edge', { hash: 'new' })), undefined);
});

test('nodes that hold nothing go first, the holder last (design.md section 1)', () => {
  assert.equal(next([set('edge')], three('edge')), 'pool-edge-2');
  const rest = [pod('edge', 1), pod('edge', 2, { hash: 'new' }), pod('edge', 3, { hash: 'new' })];
  assert.equal(next([set('edge')], rest), 'pool-edge-1');
});

test('one node at a time over all pools: the last one is waited for', () => {
  const pools = [set('edge'), set('lab')];
  const returning = { hash: 'new', ready: false };
  const lab = three('lab');
  assert.equal(
    next(pools, [pod('edge', 1), pod('edge', 2, returning), pod('edge', 3), ...lab]),
    undefined,
  );
  assert.equal(
    next(pools, [pod('edge', 1), pod('edge', 2, { deleting: true }), pod('edge', 3), ...lab]),
    undefined,
  );
  assert.equal(
    next(pools, [pod('edge', 1), pod('edge', 3), ...lab]),
    undefined,
    'not yet made anew',
  );
});

test('a pod that serves nothing is no loss: it goes before all others', () => {
  const pods = [pod('edge', 1, { ready: false }), pod('edge', 2), pod('edge', 3)];
  assert.equal(next([set('edge')], pods), 'pool-edge-1');
});

test('a pod on a dead node does not hold the rollout up', () => {
  const dead = pod('edge', 9, { hash: 'new', ready: false, node: 'node-9' });
  assert.equal(next([set('edge')], [pod('edge', 1), pod('edge', 2), dead]), 'pool-edge-2');
});

test('a pool’s pods may do what their daemons need, no more (dataplane.md section 12)', () => {
  const pool = aPool('edge', ['10.40.0.0/28']);
  const manifest = poolDaemonSet(pool, settings);
  const template = JSON.parse(JSON.stringify(manifest.spec))['template'];
  const [haproxy, keepalived] = template.spec.containers;
  assert.deepEqual(haproxy.securityContext.capabilities, {
    drop: ['ALL'],
    add: ['NET_BIND_SERVICE'],
  });
  assert.deepEqual(keepalived.securityContext.capabilities.add, [
    'NET_ADMIN',
    'NET_RAW',
    'SETUID',
    'SETGID',
    'SYS_NICE',
  ]);
  for (const container of [haproxy, keepalived]) {
    assert.equal(container.securityContext.readOnlyRootFilesystem, true);
    assert.equal(container.securityContext.allowPrivilegeEscalation, false);
    assert.equal(container.resources?.limits, undefined);
  }
  assert.equal(template.spec.automountServiceAccountToken, false);
  assert.equal(manifest.metadata.name, 'pool-edge');
  assert.equal(JSON.parse(JSON.stringify(manifest.spec))['updateStrategy'].type, 'OnDelete');
});

const chosen = { edge: 'yes', disk: 'fast' };
const picky = aPool('edge', ['10.40.0.0/28'], { spec: { nodeSelector: chosen } });

/** Where pods may run, and what tells whether they are outdated. */
function placing(pool: Parameters<typeof poolDaemonSet>[0], recorded: readonly string[] = []) {
  const { metadata, spec } = poolDaemonSet(pool, settings, recorded);
  const { template } = JSON.parse(JSON.stringify(spec));
  const hash = template.metadata.annotations['fairlead.dev/data-plane-hash'];
  const required = 'requiredDuringSchedulingIgnoredDuringExecution';
  const terms = template.spec.affinity?.nodeAffinity[required].nodeSelectorTerms;
  return { metadata, hash, terms, nodeSelector: template.spec.nodeSelector };
}

test('pods stay where an instance names the node, though the pool selects it no more', () => {
  const isChosen = {
    matchExpressions: [
      { key: 'disk', operator: 'In', values: ['fast'] },
      { key: 'edge', operator: 'In', values: ['yes'] },
    ],
  };
  const isNode = (node: string) => ({
    matchFields: [{ key: 'metadata.name', operator: 'In', values: [node] }],
  });
  const { terms, nodeSelector } = placing(picky, ['node-2', 'node-1', 'node-2']);
  assert.deepEqual(terms, [isChosen, isNode('node-1'), isNode('node-2')]);
  assert.equal(nodeSelector, undefined, 'it would have to hold beside every term');
  assert.deepEqual(placing(picky).terms, [isChosen]);
});

test('a pool for all nodes names none: whatever its instances do, its pods stay', () => {
  const all = aPool('edge', ['10.40.0.0/28']);
  assert.equal(placing(all, ['node-1']).terms, undefined);
});

test('who is a member is no reason to replace pods', () => {
  const before = placing(picky, ['node-1']);
  const after = placing(picky, ['node-2', 'node-3']);
  assert.notDeepEqual(after.terms, before.terms);
  assert.equal(after.hash, before.hash);
  assert.deepEqual(after.metadata, before.metadata);
});

test('only a change of what runs is a reason to replace pods', () => {
  const pool = aPool('edge', ['10.40.0.0/28']);
  const hash = dataPlaneHash(pool, settings);
  const elsewhere = aPool('edge', ['10.40.0.0/24'], { spec: { nodeSelector: { a: 'b' } } });
  assert.equal(dataPlaneHash(elsewhere, settings), hash);
  assert.notEqual(dataPlaneHash(pool, { ...settings, image: 'fairlead.local/fairlead:2' }), hash);
});
