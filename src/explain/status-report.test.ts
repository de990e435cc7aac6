import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aPool, aService, aSnapshot, aVipNode } from '../../test/build/cluster.ts';
import { aPicture, aSettledPicture } from '../../test/build/picture.ts';
import type { ClusterSnapshot } from '../model/objects.ts';
import { parseTimestamp } from '../model/timestamp.ts';
import { annotations } from '../tables/names.ts';
import type { Reading } from './picture.ts';
import { settle } from './settle.ts';
import { type StatusReport, statusReport } from './status-report.ts';

const pools = [aPool('edge', ['10.40.0.8-10.40.0.9'])];
const ready = [1, 2, 3].map((index) => aVipNode(index, { pools: [{ name: 'edge', ready: true }] }));
const aCluster = (services: ClusterSnapshot['services']) =>
  aSnapshot({ pools, services, vipNodes: ready });
const web = aService('shop/web');
const well = settle(aCluster([web])).snapshot;

const report = (snapshot: ClusterSnapshot, more: Partial<Reading> = {}) =>
  statusReport(aPicture(snapshot, more), null);
const told = ({ findings }: StatusReport) =>
  findings.map(({ severity, object, code }) => `${severity} ${object} ${code}`);
const later = (snapshot: ClusterSnapshot, seconds: number): ClusterSnapshot => {
  const nowMs = snapshot.nowMs + seconds * 1000;
  return { ...snapshot, nowMs, leases: snapshot.leases.map((l) => ({ ...l, seenMs: nowMs })) };
};

test('a cluster in which everything works has no findings', () => {
  const status = report(well);
  assert.deepEqual(told(status), []);
  assert.ok(status.healthy);
  assert.deepEqual(status.services, { total: 1, answering: 1, waiting: [] });
  assert.equal(status.controller?.leads, true);
  assert.deepEqual(status.unread, []);
});

test('it is one JSON value: reading it back gives the same', () => {
  const status = report(well);
  assert.deepEqual(JSON.parse(JSON.stringify(status)), status);
});

test('a Service that waits is a problem, with the code and sentence of its condition', () => {
  const services = ['a', 'b', 'c'].map((name, i) =>
    aService(`shop/${name}`, { ageSeconds: 9 - i }),
  );
  const { snapshot } = settle(aCluster(services));
  const status = report(snapshot);
  const [condition] = snapshot.services.find(({ name }) => name === 'c')?.conditions ?? [];
  assert.deepEqual(status.services.waiting, [
    { service: 'shop/c', code: condition?.reason, sentence: condition?.message },
  ]);
  assert.deepEqual(told(status), [
    'problem Service shop/c PoolExhausted',
    'note VipPool edge PoolExhausted',
  ]);
  assert.ok(!status.healthy);
});

test('without a controller that leads that is the first problem; what it would say is told', () => {
  const lease = { name: 's/c', holder: 'c-1', renewedMs: well.nowMs - 60_000, leaseMs: 15_000 };
  const dead = { ...well, services: [...well.services, aService('shop/new')] };
  const status = report(dead, { lease });
  assert.equal(told(status)[0], 'problem controller NoLeader');
  assert.equal(status.controller?.leads, false);
  assert.ok(told(status).includes('problem Service shop/new NotProgrammed'), 'nobody programs it');
  const none = { name: 's/c', holder: '', renewedMs: undefined, leaseMs: 0 };
  assert.match(report(well, { lease: none }).findings[0]?.sentence ?? '', /there is no Lease s\/c/);
});

test('an address that is new is a note for half a minute, then a problem', () => {
  const fresh = { ...well, services: [...well.services, aService('shop/new')] };
  assert.deepEqual(told(report(fresh)), ['note Service shop/new NotProgrammed']);
  const written = aPicture(fresh).now;
  const old = later(written, 60);
  assert.ok(told(report(old)).includes('problem Service shop/new NotProgrammed'));
});

test('a silent node and an instance that nobody holds are told, the cause first', () => {
  const nowMs = well.nowMs + 120_000;
  const holder = well.instances[0]?.statusHolder;
  const leases = well.leases.map(({ node }) => ({
    node,
    seenMs: node === holder ? well.nowMs : nowMs,
  }));
  const status = report({ ...well, nowMs, leases });
  assert.deepEqual(told(status).slice(0, 3), [
    `problem node ${holder} NodeSilent`,
    `problem VrrpInstance ${well.instances[0]?.name} NoHolder`,
    'problem Service shop/web NoHolder',
  ]);
  assert.equal(status.nodes.find(({ node }) => node === holder)?.alive, false);
});

test('a node nobody asks anything of may be silent', () => {
  const bare = aSnapshot({});
  const leases = bare.leases.map(({ node }) => ({ node, seenMs: 0 }));
  assert.deepEqual(told(report({ ...bare, leases })), []);
});

test('a quarantined address is a problem, a stranded one a note with the command that moves it', () => {
  const vips = well.vips.map((vip) => ({
    ...vip,
    ...{ phase: 'Quarantined' as const, awaitedNodes: ['node-3'] },
  }));
  assert.ok(
    told(report({ ...well, vips, services: [] })).includes('problem Vip 10.40.0.8 Quarantined'),
  );
  const narrowed = { ...well, pools: [aPool('edge', ['10.40.0.9'])] };
  const stranded = report(settle(narrowed).snapshot).findings.find(
    ({ code }) => code === 'KeptOutsidePool',
  );
  assert.equal(stranded?.severity, 'note');
  assert.equal(stranded?.command, 'kubectl fairlead reassign service/web -n shop');
});

test('a wrong annotation is a note: the Service is served', () => {
  const odd = aService('shop/web', { annotations: { [annotations.retainSeconds]: 'soon' } });
  const status = statusReport(aSettledPicture(aCluster([odd])), null);
  assert.deepEqual(told(status), ['note Service shop/web AnnotationInvalid']);
  assert.ok(status.healthy);
});

test('one namespace: its Services, its VIPs and the instances that carry them', () => {
  const other = aService('blog/front');
  const picture = aSettledPicture(aCluster([web, other]));
  const status = statusReport(picture, 'blog');
  assert.equal(status.services.total, 1);
  assert.deepEqual(
    status.vips.map(({ services }) => services),
    [['blog/front']],
  );
  assert.equal(status.instances.length, 1);
  assert.equal(statusReport(picture, null).instances.length, 2);
});

test('a list that may not be read is said, and nothing is decided from half of the objects', () => {
  const unread = [{ kind: 'nodes' as const, sentence: 'you may not list nodes' }];
  const status = report({ ...well, nodes: [] }, { unread });
  assert.deepEqual(status.unread, ['you may not list nodes']);
  assert.deepEqual(told(status), [], 'what is stored is told');
  assert.equal(status.vips[0]?.programmed, true);
});

test('Leases that may not be read call nobody dead', () => {
  const unread = [{ kind: 'leases' as const, sentence: 'you may not list leases' }];
  const status = report(well, { unread });
  assert.deepEqual(
    status.nodes.map(({ alive, renewedSecondsAgo }) => [alive, renewedSecondsAgo]),
    [1, 2, 3].map(() => [null, null]),
  );
  assert.ok(status.healthy);
});

test('cooling and retained addresses say until when', () => {
  const [vip] = well.vips;
  assert.ok(vip !== undefined);
  const vips = [{ ...vip, phase: 'Cooling' as const, holders: [] }];
  const row = report({ ...well, vips, services: [], instances: [] }).vips[0];
  assert.equal(parseTimestamp(row?.until ?? ''), vip.phaseSinceMs + 60_000);
});

test('kernel settings that are too low are a note: everything works today', () => {
  const low = {
    ...{ type: 'KernelSuitable', status: 'False' as const, reason: 'KernelLimits' },
    ...{ message: 'net.ipv4.tcp_tw_reuse is 2', lastTransitionTime: '2026-01-01T00:00:00Z' },
  };
  const vipNodes = well.vipNodes.map((node) =>
    node.name !== 'node-2' ? { ...node, conditions: [...node.conditions, low] } : node,
  );
  const status = report({ ...well, vipNodes });
  assert.deepEqual(told(status), ['note node node-1, node-3 KernelLimits']);
  assert.ok(status.healthy);
});
