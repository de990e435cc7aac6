/** When the controller looks at the cluster, and when it must not write. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aPool, aService, aSnapshot } from '../../test/build/cluster.ts';
import { aController } from '../../test/build/controller.ts';
import { converged } from '../../test/build/converge.ts';
import type { ClusterSnapshot } from '../model/objects.ts';

const waiting = aSnapshot({
  pools: [aPool('edge', ['10.40.0.8/29'])],
  services: [aService('shop/web')],
});

/** A controller over a picture of a cluster that a test may change; it tells what was written. */
function controllerOver(start: {
  snapshot: ClusterSnapshot;
  synced?: boolean;
  leader?: boolean;
  onWrite?: () => void;
}) {
  const state = { synced: true, leader: true, ...start };
  const writes: string[] = [];
  const { controller, clock } = aController({
    request: ({ method = 'GET', path }) => {
      if (method === 'GET')
        return Promise.resolve({ metadata: { resourceVersion: '1' }, items: [] });
      writes.push(`${method} ${path}`);
      start.onWrite?.();
      return Promise.resolve({});
    },
    ...{ shown: () => state.snapshot, version: '1' },
    isSynced: () => state.synced,
    isLeader: () => state.leader,
  });
  return { state, clock, writes, controller };
}

test('nothing is written before every watch has synced (R89, A54)', async () => {
  const { state, clock, writes, controller } = controllerOver({ snapshot: waiting, synced: false });
  controller.wake();
  await clock.advance(60_000);
  assert.equal(writes.length, 0);
  state.synced = true;
  controller.wake();
  await clock.advance(1_000);
  assert.notEqual(writes.length, 0);
  await controller.stop();
});

test('a replica that does not lead writes nothing (R84)', async () => {
  const { state, clock, writes, controller } = controllerOver({ snapshot: waiting, leader: false });
  controller.wake();
  await clock.advance(60_000);
  assert.equal(writes.length, 0);
  state.leader = true;
  controller.wake();
  await clock.advance(1_000);
  assert.notEqual(writes.length, 0);
  await controller.stop();
});

test('what no event told is found within half a minute (R19)', async () => {
  const empty = aSnapshot();
  const { state, clock, writes, controller } = controllerOver({ snapshot: empty });
  controller.wake();
  await clock.advance(1_000);
  const before = writes.length;
  state.snapshot = waiting;
  await clock.advance(31_000);
  assert.ok(writes.length > before, 'the Service was found without a wake');
  await controller.stop();
});

test('told to stop, it begins no further write', async () => {
  const services = Array.from({ length: 100 }, (_, index) =>
    aService(`shop/s${index}`, { metadata: { finalizers: [] } }),
  );
  const onWrite = () => void controller.stop();
  const snapshot = { ...waiting, services };
  const { clock, writes, controller } = controllerOver({ snapshot, onWrite });
  controller.wake();
  await clock.advance(1_000);
  assert.ok(writes.length > 0 && writes.length < 50, `${writes.length} writes of 100`);
});

test('a pool’s DaemonSet names the nodes that its instances record, also one that leaves', async () => {
  const spec = { nodeSelector: { side: 'right' } };
  const [moving, other] = [aPool('edge', ['10.40.0.8/29'], { spec }), aPool('lab', ['10.40.1.8'])];
  const asks = { annotations: { 'fairlead.dev/pool': 'lab' } };
  const services = [aService('shop/web'), aService('shop/lab', asks)];
  const before = aSnapshot({ pools: [aPool('edge', ['10.40.0.8/29']), other], services });
  const recorded = converged(before);
  const nodes = recorded.nodes.filter(({ name }) => name !== 'node-3');
  const applied: string[] = [];
  const { controller, clock } = aController({
    request: ({ path, body }) => {
      if (path.includes('/daemonsets/pool-edge')) applied.push(JSON.stringify(body));
      return Promise.resolve({ metadata: { resourceVersion: '1' }, items: [] });
    },
    ...{ shown: () => ({ ...recorded, nodes, pools: [moving, other] }), version: '1' },
  });
  controller.wake();
  await clock.advance(1_000);
  const names = applied[0]?.match(/"metadata.name","operator":"In","values":\["[^"]*"\]/g) ?? [];
  assert.deepEqual(
    names.map((text) => text.match(/node-\d/)?.[0]),
    ['node-1', 'node-2', 'node-3'],
  );
  await controller.stop();
});
