import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PoolOutcome } from '../apply/pool-data-plane.ts';
import type { DesiredPool } from '../desired/desired-node.ts';
import { createMetrics } from '../observe/metrics.ts';
import { PoolMetrics } from './pool-metrics.ts';

const outcome = (some: Partial<PoolOutcome>): PoolOutcome => ({
  ...{
    pool: 'edge',
    ready: true,
    haproxyApplied: true,
    haproxyAwaited: false,
    keyRefusals: {},
    keyEndsMs: {},
    serversDown: [],
    vipTests: { reached: 0, elsewhere: 0, unknown: 0 },
    filterRestores: 0,
  },
  ...{ instances: [], conflicts: [], refusals: [], reloads: [], frontendsServed: 0, steps: [] },
  unsupportedProtocols: [],
  ...some,
});
const holding = (name: string, held: boolean) => ({ name, held, generation: 1, programmed: true });
const wanted = (instances: number): DesiredPool => ({
  ...{ pool: 'edge', haproxy: { maxConnections: 10, frontends: [] }, flows: [] },
  keepalived: { routerId: 'n1', instances: new Array(instances).fill({}) },
});

function measured() {
  const metrics = createMetrics();
  const lines = async () =>
    (await metrics.text()).split('\n').filter((line) => line.includes('pool="edge"'));
  return { pool: new PoolMetrics(metrics, 'edge'), lines };
}

test('an instance that left the node is not said to be held there any more', async () => {
  const { pool, lines } = measured();
  const before = [holding('a.1', true), holding('a.2', false)];
  pool.measure(wanted(2), outcome({ instances: before }));
  pool.measure(wanted(1), outcome({ instances: [holding('a.2', true)] }));
  const held = (await lines()).filter((line) => line.startsWith('fairlead_vrrp_instance_held'));
  assert.deepEqual(held, ['fairlead_vrrp_instance_held{pool="edge",instance="a.2"} 1']);
});

test('a pool that wants nothing of the node is not said to be broken there', async () => {
  const { pool, lines } = measured();
  pool.measure(wanted(1), outcome({ ready: false }));
  assert.ok((await lines()).includes('fairlead_pool_ready{pool="edge"} 0'));
  pool.measure(wanted(0), outcome({ ready: false }));
  assert.deepEqual(await lines(), []);
});

test('what is only told, and served all the same, is no refused configuration', async () => {
  const { pool, lines } = measured();
  const told = { service: '', sentence: 'another process has port 7301', isMinor: true } as const;
  pool.measure(wanted(1), outcome({ refusals: [told] }));
  const isConfirmed = (line: string) => line.startsWith('fairlead_configuration_confirmed');
  const all = await lines();
  assert.ok(all.includes('fairlead_configuration_refused{pool="edge"} 0'), all.join('\n'));
  assert.ok(all.some(isConfirmed), all.join('\n'));
});

test('of a pool that has gone only its reloads stay counted', async () => {
  const { pool, lines } = measured();
  const reloads = [['FrontendAdded shop_web_80_192.0.2.10', 'FrontendRemoved x'], []];
  pool.measure(wanted(1), outcome({ instances: [holding('a.1', true)], reloads }));
  pool.forget();
  assert.deepEqual(await lines(), [
    'fairlead_haproxy_reloads_total{pool="edge",reason="FrontendAdded"} 1',
    'fairlead_haproxy_reloads_total{pool="edge",reason="unknown"} 1',
  ]);
});

test('tries of VIPs are counted once each, and what was found bypassed goes with the pool', async () => {
  const { pool, lines } = measured();
  const tried = (reached: number, bypassedCount: number) =>
    outcome({
      vipTests: { reached, elsewhere: 0, unknown: 0 },
      vipTest: { state: 'Reached', bypassed: [], bypassedCount },
    });
  pool.measure(wanted(1), tried(3, 0));
  pool.measure(wanted(1), tried(5, 2));
  const found = async () =>
    (await lines()).filter((line) => /vip_tests.*reached|bypassed/.test(line));
  const counted = 'fairlead_vip_tests_total{pool="edge",result="reached"} 5';
  assert.deepEqual(await found(), [counted, 'fairlead_vips_bypassed{pool="edge"} 2']);
  pool.forget();
  assert.deepEqual(await found(), [counted]);
});

test('each time that the packet filter was put back is counted once', async () => {
  const { pool, lines } = measured();
  const restored = async () => (await lines()).filter((line) => line.includes('filter_restored'));
  pool.measure(wanted(1), outcome({ filterRestores: 0 }));
  assert.deepEqual(await restored(), []);
  for (const filterRestores of [1, 1, 3]) pool.measure(wanted(1), outcome({ filterRestores }));
  const three = 'fairlead_packet_filter_restored_total{pool="edge"} 3';
  assert.deepEqual(await restored(), [three]);
  // Its table was removed and made again: a new count begins.
  for (const filterRestores of [0, 1]) pool.measure(wanted(1), outcome({ filterRestores }));
  assert.deepEqual(await restored(), [three.replace(/3$/, '4')]);
});
