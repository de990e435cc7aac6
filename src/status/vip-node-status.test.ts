import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Instance, Vip } from '../model/objects.ts';
import { parseVipNode } from '../model/parse-vip-node.ts';
import { vipsDigest } from '../model/vips-digest.ts';
import { exceptionsPerNodeMax } from '../tables/limits.ts';
import {
  covering,
  type VipNodeInput,
  vipNodeStatus,
  type WorkerReport,
} from './vip-node-status.ts';

const edge: WorkerReport = {
  pool: 'edge',
  ready: true,
  why: '',
  instances: [
    { name: '10.0.0.0-24.100', generation: 3, held: true, programmed: true, moveSerial: 0 },
  ],
  conflicts: [],
  unsupportedProtocols: [],
  refusals: [],
  secrets: [],
  serversDown: [],
};
const vip = (name: string, generation: number): Vip =>
  ({ name, uid: `uid-${name}`, generation, instance: '10.0.0.0-24.100' }) as Vip;

type Change = Partial<Omit<VipNodeInput, 'reports'>> & {
  reports?: WorkerReport[];
  vips?: Vip[];
  instances?: Instance[];
};

function status({
  vips = [],
  reports = [edge],
  instances = [],
  withdrawn = [],
  ...change
}: Change = {}) {
  const covered = reports.map((report) => covering(report, { vips, instances }));
  const input = { node: 'n1', reports: covered, withdrawn, interfaces: [] };
  return vipNodeStatus({ ...input, previous: undefined, now: '2026-01-01T00:00:00Z', ...change });
}

test('an instance reports one digest for all its Vips, whatever their order', () => {
  const vips = [vip('10.0.0.9', 2), vip('10.0.0.8', 1)];
  const reported = status({ vips }).instances[0];
  assert.equal(reported?.digest, vipsDigest(vips.toReversed()));
  assert.notEqual(reported?.digest, status({ vips: [vip('10.0.0.9', 3)] }).instances[0]?.digest);
  assert.deepEqual([reported?.held, reported?.generation], [true, 3]);
});

test('Services that give no servers are reported with their pool, as many as a report can hold', () => {
  const many = Array.from({ length: exceptionsPerNodeMax + 1 }, (_, index) => ({
    ...{ service: `shop/${String(index).padStart(4, '0')}`, other: 'next', why: 'gone' },
  }));
  const { otherServices } = status({ reports: [{ ...edge, otherServices: many.toReversed() }] });
  assert.equal(otherServices.length, exceptionsPerNodeMax);
  assert.deepEqual(otherServices[0], { pool: 'edge', ...many[0] });
  assert.deepEqual(status().otherServices, []);
});

test('a Vip of another instance does not change the digest', () => {
  const other = { ...vip('10.0.0.7', 1), instance: '10.0.0.0-24.101' };
  assert.equal(
    status({ vips: [vip('10.0.0.8', 1), other] }).instances[0]?.digest,
    status({ vips: [vip('10.0.0.8', 1)] }).instances[0]?.digest,
  );
});

test('what runs with an older configuration claims no Vips', () => {
  const [instance] = edge.instances;
  assert.ok(instance);
  const late = { ...edge, instances: [{ ...instance, programmed: false }] };
  assert.equal(status({ reports: [late], vips: [vip('10.0.0.9', 2)] }).instances[0]?.digest, '');
});

test('exceptions are bounded: a node with thousands of conflicts writes a small object', () => {
  const conflicts = Array.from({ length: 500 }, (_, i) => ({
    address: '10.0.0.8',
    port: i + 1,
    service: 'shop/web',
  }));
  const written = status({ reports: [{ ...edge, conflicts }] }).portConflicts;
  assert.equal(written.length, exceptionsPerNodeMax);
  assert.deepEqual(written[0], { pool: 'edge', address: '10.0.0.8', port: 1, service: 'shop/web' });
});

const missing = (service: string, count: number) =>
  Array.from({ length: count }, (_, index) => ({
    ...{ service, secret: `s${String(index).padStart(2, '0')}`, message: '' },
    reason: 'SecretMissing' as const,
  }));

test('a namespace with a thousand troubles leaves room for those of the others', () => {
  const loud = ['a/1', 'a/2', 'a/3', 'a/4'].flatMap((service) => missing(service, 16));
  const secrets = [...loud, ...missing('a/5', 1), ...missing('z/web', 2)];
  const refusals = Array.from({ length: 70 }, (_, index) => ({
    ...{ service: `a/${String(index + 100)}`, message: 'no' },
  }));
  const conflicts = Array.from({ length: 60 }, (_, index) => ({
    ...{ service: 'a/1', address: '10.0.0.8', port: index + 1 },
  }));
  const reports = [
    {
      ...edge,
      ...{ secrets, refusals: [...refusals, { service: 'z/web', message: 'no' }] },
      conflicts: [...conflicts, { service: 'z/web', address: '10.0.0.9', port: 80 }],
    },
  ];
  const said = status({ reports });
  const of = (rows: readonly { service: string }[], service: string) =>
    rows.filter((row) => row.service === service).length;
  const { portConflicts, refusals: refused } = said;
  assert.deepEqual(
    [said.secrets, refused, portConflicts].map((rows) => of(rows, 'z/web')),
    [2, 1, 1],
  );
  assert.deepEqual(
    ['a/1', 'a/2', 'a/3', 'a/4', 'a/5'].map((service) => of(said.secrets, service)),
    [12, 12, 12, 11, 1],
  );
  const read = parseVipNode({ metadata: { name: 'n1' }, status: structuredClone(said) } as never);
  assert.deepEqual(read?.omitted, { secrets: 17, refusals: 21, portConflicts: 11 });
  const services = said.secrets.map(({ service }) => service);
  assert.deepEqual(services, services.toSorted(), 'in the order of a list that is whole');
});

test('a report that has room for all leaves out nothing', () => {
  const written = status({ reports: [{ ...edge, secrets: missing('a/1', exceptionsPerNodeMax) }] });
  assert.equal(written.secrets.length, exceptionsPerNodeMax);
  assert.equal(written.omitted, undefined);
});

test('Ready names the pool that is not, and keeps its time while nothing flips', () => {
  const down = { ...edge, ready: false, why: 'haproxy does not answer' };
  const first = status({ reports: [down] });
  assert.equal(first.conditions[0]?.status, 'False');
  assert.equal(first.conditions[0]?.message, 'edge: haproxy does not answer');
  const again = status({ reports: [down], previous: first, now: '2026-01-02T00:00:00Z' });
  assert.deepEqual(again, first);
  const better = status({ previous: first, now: '2026-01-02T00:00:00Z' });
  assert.equal(better.conditions[0]?.lastTransitionTime, '2026-01-02T00:00:00Z');
});

test('a node answers a dispute over an instance by the time it began, and no settled one', () => {
  const over = (status: string) => {
    const held = { type: 'Held', status, lastTransitionTime: '2026-01-01T00:00:07Z' };
    return { name: '10.0.0.0-24.100', conditions: [held] } as unknown as Instance;
  };
  const seen = (instance: Instance) => status({ instances: [instance] }).instances[0]?.disputeSeen;
  assert.equal(seen(over('Unknown')), '2026-01-01T00:00:07Z');
  assert.equal(seen(over('True')), '');
});

test('what something else answers is said of the node that tried; without VIPs nothing is', () => {
  const conditionOf = (...tests: WorkerReport['vipTest'][]) => {
    const reports = tests.map((vipTest) => ({ ...edge, ...(vipTest && { vipTest }) }));
    return status({ reports }).conditions.find(({ type }) => type === 'VipsReached');
  };
  const good = { bypassed: [], bypassedCount: 0 };
  assert.equal(conditionOf(undefined), undefined);
  assert.equal(conditionOf({ state: 'Unknown', ...good })?.status, 'Unknown');
  assert.equal(
    conditionOf({ state: 'Unknown', ...good }, { state: 'Reached', ...good })?.status,
    'True',
  );
  const stolen = conditionOf(
    { state: 'Reached', ...good },
    { state: 'Elsewhere', bypassed: ['10.0.0.9:443'], bypassedCount: 7 },
  );
  assert.deepEqual([stolen?.status, stolen?.reason], ['False', 'VipBypassed']);
  assert.match(stolen?.message ?? '', /from node n1, 7 ports .* else, before .*: 10\.0\.0\.9:443;/);
});

test('what of the kernel is too low is one condition, whole', () => {
  const conditionOf = (...kernelTroubles: string[]) =>
    status({ kernelTroubles }).conditions.find(({ type }) => type === 'KernelSuitable');
  assert.equal(conditionOf()?.status, 'True');
  const low = conditionOf('net.a is 2', 'net.b is 3');
  assert.deepEqual([low?.reason, low?.message], ['KernelLimits', 'net.a is 2; net.b is 3']);
});
