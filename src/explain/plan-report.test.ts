import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aPool, aService, aSnapshot } from '../../test/build/cluster.ts';
import type { ClusterSnapshot, Pool } from '../model/objects.ts';
import { annotations } from '../tables/names.ts';
import { type PlanReport, planReport } from './plan-report.ts';
import { settle } from './settle.ts';

const services = ['shop/a', 'shop/b', 'shop/c'].map((key, index) =>
  aService(key, { ageSeconds: 100 - index }),
);
const edge = aPool('edge', ['10.40.0.8-10.40.0.9']);
const live = settle(aSnapshot({ pools: [edge], services })).snapshot;

function planned(pool: Pool, from: ClusterSnapshot = live): PlanReport {
  const pools = [...from.pools.filter(({ name }) => name !== pool.name), pool];
  const edited = { ...from, pools };
  return planReport({ live: from, edited, pools: [pool.name], services: [], remarks: [] });
}

const told = ({ services: rows }: PlanReport) =>
  rows.map(({ service, change, after }) => `${service} ${change} ${after.join()}`.trim());

test('nothing edited, nothing planned; a Service that waits already comes to no new harm', () => {
  const report = planned(edge);
  assert.deepEqual(told(report), ['shop/c waits']);
  assert.ok(report.harmless);
  assert.equal(report.unchanged, 2);
});

test('a wider pool: who waits gets an address, the others keep theirs', () => {
  const report = planned(aPool('edge', ['10.40.0.8-10.40.0.12']));
  assert.deepEqual(told(report), ['shop/c gets 10.40.0.10']);
  assert.ok(report.harmless);
  assert.deepEqual(
    report.pools[0]?.after.map(({ size, used }) => [size, used]),
    [['5', '3']],
  );
});

test('a narrower pool strands, and says so, and takes nothing away (A48)', () => {
  const report = planned(aPool('edge', ['10.40.0.9-10.40.0.10']));
  assert.deepEqual(told(report), ['shop/a stranded 10.40.0.8', 'shop/c gets 10.40.0.10']);
  assert.deepEqual(
    report.services[0]?.told.map(({ code }) => code),
    ['KeptOutsidePool'],
  );
  assert.ok(!report.harmless);
});

test('a pool that reassigns by itself: everybody moves in the end', () => {
  const spec = { strandedPolicy: 'Reassign' };
  const report = planned(aPool('edge', ['10.40.0.20-10.40.0.22'], { spec }));
  assert.deepEqual(told(report), [
    'shop/a moves 10.40.0.20',
    // The second one waits for the first to be published; who had nothing does not.
    'shop/b moves 10.40.0.22',
    'shop/c gets 10.40.0.21',
  ]);
  assert.ok(report.harmless && report.complete);
});

test('a hundred Services that a pool moves by itself are planned in few rounds', () => {
  const many = Array.from({ length: 100 }, (_, i) =>
    aService(`shop/s${i}`, { ageSeconds: 500 - i }),
  );
  const pools = [aPool('edge', ['10.40.0.0-10.40.0.99'])];
  const from = settle(aSnapshot({ pools, services: many })).snapshot;
  const spec = { strandedPolicy: 'Reassign' };
  const report = planned(aPool('edge', ['10.40.1.0-10.40.1.99'], { spec }), from);
  assert.ok(report.complete);
  assert.equal(report.services.filter(({ change }) => change === 'moves').length, 100);
});

test('an invalid pool and one that overlaps an older one are said to be so (A12, A51)', () => {
  const invalid = planned(aPool('edge', ['10.40.0.9-10.40.0.8']));
  assert.deepEqual(
    invalid.pools[0]?.problems.map(({ code }) => code),
    ['PoolInvalid'],
  );
  assert.ok(!invalid.harmless);
  const younger = planned(aPool('young', ['10.40.0.9-10.40.0.11'], { ageSeconds: 1 }));
  assert.deepEqual(
    younger.pools[0]?.problems.map(({ code }) => code),
    ['PoolOverlap'],
  );
  assert.ok(younger.pools[0]?.isNew);
});

test('an edited Service: its wish, or why it cannot be met', () => {
  const ask = (wish: string) => {
    const asking = aService('shop/b', {
      ageSeconds: 99,
      annotations: { [annotations.addresses]: wish },
    });
    const others = live.services.filter(({ name }) => name !== 'b');
    const before = live.services.find(({ name }) => name === 'b');
    const edited = { ...live, services: [...others, { ...before, ...asking }] };
    return planReport({ live, edited, pools: [], services: ['shop/b'], remarks: [] });
  };
  const taken = ask('10.40.0.8').services[0];
  assert.deepEqual([taken?.change, taken?.told[0]?.code], ['keeps', 'KeptDespiteRequest']);
  const outside = ask('192.0.2.1').services[0];
  assert.deepEqual([outside?.change, outside?.after], ['keeps', ['10.40.0.9']]);
});

test('a Service that is to be no load balancer any more loses its address', () => {
  const retyped = live.services.map((service) =>
    service.name === 'a' ? { ...service, type: 'ClusterIP' } : service,
  );
  const edited = { ...live, services: retyped };
  const report = planReport({ live, edited, pools: [], services: ['shop/a'], remarks: [] });
  assert.deepEqual(told(report)[0], 'shop/a loses');
  assert.ok(!report.harmless);
});

test('asked about, a Service that waits is a finding', () => {
  const report = planReport({
    ...{ live, edited: live, pools: [], services: ['shop/c'], remarks: [] },
  });
  assert.deepEqual(told(report), ['shop/c waits']);
  assert.ok(!report.harmless);
});
