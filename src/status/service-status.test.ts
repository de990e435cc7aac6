import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  aPool,
  applied,
  aService,
  aSnapshot,
  eventsOf,
  reporting,
  startMs,
  written,
} from '../../test/build/cluster.ts';
import { allocate } from '../allocate/allocate.ts';
import type { ClusterSnapshot, Service } from '../model/objects.ts';
import type { SecretReason } from '../tables/reasons.ts';
import { clusterStatus } from './cluster-status.ts';

const pool = aPool('edge', ['10.40.0.8/29', '2001:db8:40::8/125']);
const web = aService('shop/web');

const say = (snapshot: ClusterSnapshot) => clusterStatus(snapshot, allocate(snapshot));
const granted = (services: readonly Service[], pools = [pool]) => {
  const snapshot = aSnapshot({ pools, services });
  return applied(snapshot, allocate(snapshot).operations);
};
const service = (snapshot: ClusterSnapshot) => {
  const [first] = snapshot.services;
  assert.ok(first);
  return first;
};
const condition = (of: Service, type: string) =>
  of.conditions.find((candidate) => candidate.type === `fairlead.dev/${type}`);
const kinds = (snapshot: ClusterSnapshot) =>
  say(snapshot).statuses.map(({ regarding }) => `${regarding.kind} ${regarding.name}`);

/** A published Service, held by node-1, with every status written. */
function published(services: readonly Service[] = [web]): ClusterSnapshot {
  const held = reporting(granted(services), 'node-1');
  return written(held, say(held));
}

test('an address is published after a node holds and has programmed it (R27)', () => {
  const before = granted([web]);
  const waiting = written(before, say(before));
  assert.deepEqual(service(waiting).ingress, []);
  assert.equal(condition(service(waiting), 'Allocated')?.status, 'True');
  assert.equal(condition(service(waiting), 'Programmed')?.reason, 'NotProgrammed');
  const behind = reporting(waiting, 'node-1');
  const vipNodes = behind.vipNodes.map((vipNode) => ({
    ...vipNode,
    instances: vipNode.instances.map((instance) => ({ ...instance, digest: 'older' })),
  }));
  assert.deepEqual(service(written(behind, say({ ...behind, vipNodes }))).ingress, []);
  const done = written(behind, say(behind));
  assert.deepEqual(service(done).ingress, [
    { ip: '10.40.0.8', ipMode: 'Proxy', ports: [{ port: 80, protocol: 'TCP' }] },
  ]);
  assert.equal(condition(service(done), 'Programmed')?.status, 'True');
});

test('steady state writes nothing and emits nothing (R17, R83)', () => {
  const status = say(published());
  assert.deepEqual([status.statuses, status.finalizers, eventsOf(status)], [[], [], []]);
});

test('a dual-stack Service is published when both answer, primary first (R21, R35, A40)', () => {
  const both = published([aService('shop/web', { families: ['IPv6', 'IPv4'] })]);
  assert.deepEqual(
    service(both).ingress.map(({ ip }) => ip),
    ['2001:db8:40::8', '10.40.0.8'],
  );
});

test('an address stays when its data plane is lost; a condition and an event tell (R28)', () => {
  const before = published();
  const lost = { ...before, vipNodes: before.vipNodes.map((v) => ({ ...v, instances: [] })) };
  const status = say(lost);
  const after = written(lost, status);
  assert.equal(service(after).ingress[0]?.ip, '10.40.0.8');
  assert.equal(condition(service(after), 'Programmed')?.reason, 'NoHolder');
  const told = eventsOf(status).filter(({ regarding }) => regarding.kind === 'Service');
  assert.deepEqual(
    told.map(({ type, reason }) => [type, reason]),
    [['Warning', 'NoHolder']],
  );
});

test('programming somebody else’s change does not shake a Service that answers', () => {
  const alone = aSnapshot({ pools: [pool], services: [web], nodeCount: 1 });
  const held = reporting(applied(alone, allocate(alone).operations), 'node-1');
  const before = written(held, say(held));
  const other = aService('shop/other', { ageSeconds: 1 });
  const snapshot = { ...before, services: [...before.services, other] };
  const next = applied(snapshot, allocate(snapshot).operations);
  assert.equal(next.instances.length, 1, 'both are on the instance whose digest is old now');
  assert.ok(!kinds(next).includes('Service web'));
});

test('nothing is published while an address of the Service has no Vip yet (R35)', () => {
  const both = granted([aService('shop/web', { families: ['IPv4', 'IPv6'] })]);
  const half = { ...both, vips: both.vips.filter((vip) => vip.address.family === 'IPv4') };
  const snapshot = reporting(half, 'node-1');
  assert.deepEqual(service(written(snapshot, say(snapshot))).ingress, []);
});

test('ports are told the truth about while nobody holds the address', () => {
  const before = published();
  const vipNodes = before.vipNodes.map((vipNode) => ({ ...vipNode, instances: [] }));
  const now = { ...service(before), sourceRanges: ['nonsense'] };
  const lost = { ...before, vipNodes, services: [now] };
  const { ingress } = service(written(lost, say(lost)));
  assert.equal(ingress[0]?.ports[0]?.error, 'fairlead.dev/SourceRangesInvalid');
});

const mixedPorts = [
  { name: 'a', protocol: 'TCP', port: 53 },
  { name: 'b', protocol: 'SCTP', port: 53 },
];

/** A Service of TCP and SCTP, after a node said that its kernel has no SCTP. */
function mixedAfter(node: string): Service {
  const before = published([aService('shop/web', { spec: { ports: mixedPorts } })]);
  const vipNodes = before.vipNodes.map((each) =>
    each.name === node ? { ...each, unsupportedProtocols: ['SCTP' as const] } : each,
  );
  return service(written(before, say({ ...before, vipNodes })));
}

test('ports the holder cannot serve are listed with their error, the others not (R24, R25)', () => {
  const mixed = mixedAfter('node-1');
  assert.deepEqual(mixed.ingress[0]?.ports, [
    { port: 53, protocol: 'TCP' },
    { port: 53, protocol: 'SCTP', error: 'fairlead.dev/ProtocolUnsupported' },
  ]);
  const told = condition(mixed, 'PortsServed');
  assert.equal(told?.reason, 'ProtocolUnsupported');
  assert.match(told?.message ?? '', /port 53 is closed on node node-1: .* cannot send SCTP on/);
});

test('a node that cannot serve SCTP and does not hold the address is said beforehand (R40)', () => {
  const mixed = mixedAfter('node-2');
  assert.equal(mixed.ingress[0]?.ports[1]?.error, undefined);
  assert.match(condition(mixed, 'PortsServed')?.message ?? '', /node node-2/);
});

test('a port another process has on the holder is an error of that port (R42)', () => {
  const before = published();
  const conflict = { pool: 'edge', address: '10.40.0.8', port: 80, service: 'shop/web' };
  const vipNodes = before.vipNodes.map((vipNode) =>
    vipNode.name === 'node-1' ? { ...vipNode, portConflicts: [conflict] } : vipNode,
  );
  const after = service(written(before, say({ ...before, vipNodes })));
  assert.equal(after.ingress[0]?.ports[0]?.error, 'fairlead.dev/PortConflict');
  assert.match(condition(after, 'PortsServed')?.message ?? '', /port 80 is taken on node node-1/);
});

test('what a node refuses is said in its words (rule 11)', () => {
  const before = published();
  const refusal = { pool: 'edge', service: 'shop/web', sentence: 'line 4: bad' };
  const vipNodes = before.vipNodes.map((v) =>
    v.name === 'node-1' ? { ...v, refusals: [refusal] } : v,
  );
  const after = service(written(before, say({ ...before, vipNodes })));
  assert.match(condition(after, 'Programmed')?.message ?? '', /node-1 .* line 4: bad/);
});

test('a refused Service is told why; foreign status is cleared at once (A55)', () => {
  const closed = { spec: { loadBalancerSourceRanges: ['nonsense'] }, ingress: ['192.0.2.7'] };
  const snapshot = aSnapshot({ pools: [pool], services: [aService('shop/web', closed)] });
  const status = say(snapshot);
  const after = written(snapshot, status);
  assert.deepEqual(service(after).ingress, []);
  assert.equal(condition(service(after), 'Allocated')?.reason, 'SourceRangesInvalid');
  assert.deepEqual(
    say(after).statuses.filter(({ regarding }) => regarding.kind === 'Service'),
    [],
  );
  assert.ok(
    eventsOf(status).some(
      ({ type, reason }) => type === 'Warning' && reason === 'SourceRangesInvalid',
    ),
  );
});

test('A55: an address that somebody else wrote to a refused Service is taken out', () => {
  const before = published();
  const refused = { ...service(before), sourceRanges: ['nonsense'] };
  const [own] = refused.ingress;
  assert.ok(own !== undefined);
  const now = { ...refused, ingress: [own, { ...own, ip: '192.0.2.7' }] };
  const after = service(written(before, say({ ...before, services: [now] })));
  assert.deepEqual(
    after.ingress.map(({ ip }) => ip),
    [own.ip],
  );
  const foreign = { ...refused, ingress: [{ ...own, ip: '192.0.2.7' }] };
  const left = service(written(before, say({ ...before, services: [foreign] })));
  assert.deepEqual(
    left.ingress.map(({ ip }) => ip),
    [own.ip],
  );
});

test('a Service that gains an unsupported field keeps its address unserved', () => {
  const before = published();
  const now = { ...service(before), sourceRanges: ['nonsense'] };
  const after = service(written(before, say({ ...before, services: [now] })));
  assert.equal(after.ingress[0]?.ip, '10.40.0.8');
  assert.equal(after.ingress[0]?.ports[0]?.error, 'fairlead.dev/SourceRangesInvalid');
  assert.equal(condition(after, 'Programmed')?.reason, 'SourceRangesInvalid');
});

test('a controller that starts before its pools exist wipes nobody (A55)', () => {
  const snapshot = aSnapshot({ services: [aService('shop/web', { ingress: ['10.40.0.8'] })] });
  assert.equal(service(written(snapshot, say(snapshot))).ingress[0]?.ip, '10.40.0.8');
});

test('finalizers come before the address and go after its withdrawal (R6, R7, R8, R12)', () => {
  const bare = aService('shop/web', { metadata: { finalizers: ['example.com/theirs'] } });
  const [first] = say(aSnapshot({ pools: [pool], services: [bare] })).finalizers;
  assert.deepEqual(first?.finalizers, [
    'example.com/theirs',
    'fairlead.dev/vip-cleanup',
    'service.kubernetes.io/load-balancer-cleanup',
  ]);
  const deleted = { ...service(published()), deleting: true };
  const releasing = { ...published(), services: [deleted] };
  assert.deepEqual(say(releasing).finalizers, [], 'the address is still there');
  const next = applied(releasing, allocate(releasing).operations);
  assert.deepEqual(say(next).finalizers, [], 'nobody has confirmed');
  const withdrawn = reporting(next, 'node-1');
  const cooling = applied(withdrawn, allocate(withdrawn).operations);
  const [last] = say(cooling).finalizers.filter(({ regarding }) => regarding.kind === 'Service');
  assert.deepEqual(last?.finalizers, []);
});

test('a Service that never was ours is left alone (R1, R10)', () => {
  const finalizers = ['service.kubernetes.io/load-balancer-cleanup'];
  const spec = { loadBalancerClass: 'example.com/other' };
  const foreign = aService('shop/web', { spec, metadata: { finalizers }, ingress: ['192.0.2.1'] });
  const status = say(aSnapshot({ services: [foreign] }));
  assert.deepEqual([status.statuses, status.finalizers, eventsOf(status)], [[], [], []]);
});

test('type changed away: our conditions go, ingress is not written (R9, R26)', () => {
  const before = published();
  const retyped = { ...service(before), type: 'ClusterIP', ingress: [] };
  const [write] = say({ ...before, services: [retyped] }).statuses.filter(
    ({ regarding }) => regarding.kind === 'Service',
  );
  assert.deepEqual(write?.status, {}, 'no ingress: the API server would answer 422');
});

test('an API server that drops ipMode is told about and not written to for ever (R23)', () => {
  const before = published();
  const drop = (snapshot: ClusterSnapshot) => ({
    ...snapshot,
    services: snapshot.services.map((s) => ({
      ...s,
      ingress: s.ingress.map((entry) => ({ ...entry, ipMode: 'VIP' })),
    })),
  });
  const status = say(drop(before));
  assert.ok(eventsOf(status).some(({ reason }) => reason === 'IPModeUnsupported'));
  const after = drop(written(drop(before), status));
  assert.equal(condition(service(after), 'Programmed')?.reason, 'IPModeUnsupported');
  assert.ok(!kinds(after).includes('Service web'));
});

test('a new instance is published where it was made for, or after 3 s wherever it is', () => {
  const started = reporting(granted([web]), 'node-3');
  const first = say(started);
  assert.equal(first.wakeAtMs, startMs + 3_000);
  const waiting = written(started, first);
  assert.deepEqual(service(waiting).ingress, []);
  const late = { ...waiting, nowMs: startMs + 3_000 };
  assert.equal(service(written(late, say(late))).ingress[0]?.ip, '10.40.0.8');
});

test('a transition time changes with the status only', () => {
  const before = published();
  const at = condition(service(before), 'Programmed')?.lastTransitionTime;
  const moved = reporting({ ...before, nowMs: startMs + 60_000, leases: fresh(60_000) }, 'node-2');
  const after = service(written(moved, say(moved)));
  assert.match(condition(after, 'Programmed')?.message ?? '', /node-2/);
  assert.equal(condition(after, 'Programmed')?.lastTransitionTime, at);
});

function fresh(afterMs: number) {
  return [1, 2, 3].map((n) => ({ node: `node-${n}`, seenMs: startMs + afterMs }));
}

test('what goes on as before although its owner should act is a warning (A31, A48, R83)', () => {
  const before = published();
  const outside = { ...before, pools: [aPool('edge', ['10.40.0.16/29'])] };
  const [event] = eventsOf(say(outside)).filter(({ regarding }) => regarding.kind === 'Service');
  assert.deepEqual([event?.type, event?.reason], ['Warning', 'KeptOutsidePool']);
});

test('what nodes say of Secrets stands in CertificatesReady, the worst first', () => {
  const tls = aService('shop/web', {
    annotations: { 'fairlead.dev/tls-secrets': 'shop-tls', 'fairlead.dev/tls-ports': '80' },
  });
  const quiet = published([tls]);
  const said = (reasons: readonly SecretReason[]) => {
    const secrets = reasons.map((reason) => ({
      ...{ pool: 'edge', service: 'shop/web', secret: 'shop-tls', reason, message: 'then' },
    }));
    const vipNodes = quiet.vipNodes.map((node) => ({ ...node, secrets }));
    const after = { ...quiet, vipNodes };
    return condition(service(written(after, say(after))), 'CertificatesReady');
  };
  const well = condition(service(quiet), 'CertificatesReady');
  assert.deepEqual([well?.status, well?.reason], ['True', 'CertificatesReady']);
  const missing = said(['CertificateExpiring', 'SecretMissing']);
  assert.deepEqual([missing?.status, missing?.reason], ['False', 'SecretMissing']);
  assert.match(missing?.message ?? '', /Secret shop-tls does not exist .*node-1/);
  const expiring = said(['CertificateExpiring']);
  assert.deepEqual([expiring?.status, expiring?.reason], ['True', 'CertificateExpiring']);
  assert.equal(condition(service(published()), 'CertificatesReady'), undefined);
});

test('of a Service that is closed no certificate is called in use', () => {
  const before = published();
  const annotations = { 'fairlead.dev/server-tls-ca': 'pods-ca' };
  const closed = { ...before, services: [{ ...service(before), annotations }] };
  const half = service(written(closed, say(closed)));
  assert.equal(condition(half, 'Programmed')?.reason, 'GuardInvalid');
  assert.equal(condition(half, 'CertificatesReady'), undefined);
});

test('a Service of which a report may have left out something is Unknown, the others are not', () => {
  const annotations = { 'fairlead.dev/tls-secrets': 'shop-tls', 'fairlead.dev/tls-ports': '80' };
  const quiet = published([aService('shop/web', { annotations })]);
  const at = { pool: 'edge', secret: 'shop-tls', reason: 'SecretMissing', message: '' } as const;
  const types = ['Programmed', 'PortsServed', 'CertificatesReady'];
  const said = (rows: readonly string[], more: readonly string[] = []) => {
    const secrets = rows.map((of) => ({ ...at, service: of }));
    const portConflicts = rows.map((of) => ({ ...at, address: '', port: 80, service: of }));
    const refusals = rows.map((of) => ({ ...at, sentence: '', service: of }));
    const count = (kind: string) => (more.includes(kind) ? 0 : 3);
    const omitted = {
      ...{ secrets: count('secrets'), refusals: count('refusals') },
      portConflicts: count('portConflicts'),
    };
    const told = { secrets, portConflicts, refusals, omitted };
    const vipNodes = quiet.vipNodes.map((node) =>
      node.name === 'node-1' ? { ...node, ...told } : node,
    );
    const after = service(written(quiet, say({ ...quiet, vipNodes })));
    return types.map((type) => condition(after, type)?.status);
  };
  const each = ['a/web', 'b/web', 'c/web'];
  assert.deepEqual(said(each), ['Unknown', 'Unknown', 'Unknown'], 'others have one row each');
  assert.deepEqual(said(each, ['secrets', 'portConflicts']), ['Unknown', 'True', 'True']);
  assert.deepEqual(said(['a/web', 'a/api', 'a/app']), ['True', 'True', 'True'], 'its turn came');
  assert.deepEqual(said(['shop/api', 'shop/app']), ['Unknown', 'Unknown', 'Unknown']);
  assert.deepEqual(said(['shop/app', 'shop/app']), ['True', 'True', 'True'], 'before a second one');
  assert.deepEqual(
    said([...each, 'shop/web']),
    ['False', 'False', 'False'],
    'what is there counts',
  );
});

test('a Service that was to take part and gives no servers stands in PortsServed, which stays True', () => {
  const quiet = published();
  const said = (services: readonly string[]) => {
    const otherServices = services.map((name) => ({ service: name, other: 'next', why: 'gone' }));
    const vipNodes = quiet.vipNodes.map((node) => ({ ...node, otherServices }));
    const after = { ...quiet, vipNodes };
    return condition(service(written(after, say(after))), 'PortsServed');
  };
  const told = said(['shop/web']);
  assert.deepEqual([told?.status, told?.reason], ['True', 'OtherServiceUnusable']);
  assert.match(told?.message ?? '', /^Service next gives no servers: gone \(node node-1\)/);
  assert.equal(said(['shop/api'])?.reason, 'PortsServed');
});
