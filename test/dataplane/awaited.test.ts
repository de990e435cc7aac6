// A node on which a pool's daemons do not run: nothing is served there, and what they will start
// with is on disk, so what was released can be confirmed (R7, A64).
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import type { Agent } from './agent-process.ts';
import { desiredFor, frontend, server, vip4 } from './desired.ts';
import { missing, Rig, type RigNode } from './rig.ts';
import { until } from './wait.ts';

const first = server('10.99.0.1', 9001);

suite('a node without daemons', { skip: missing() ?? false }, () => {
  let rig: Rig;
  let node: RigNode;
  let agent: Agent;
  before(async () => {
    rig = new Rig(1);
    node = rig.node('n1');
    agent = await rig.agent(node);
  });
  after(() => rig.close());

  test('R7: what it would start with is written, held by nobody, and said', async () => {
    const outcome = await agent.apply(desiredFor(node, rig.nodes, [frontend(80, [first])]));
    assert.deepEqual(
      [outcome.ready, outcome.haproxyApplied, outcome.haproxyAwaited],
      [false, false, true],
    );
    const [instance] = outcome.instances;
    assert.deepEqual([instance?.held, instance?.programmed], [false, true]);
    assert.match(rig.file(node, 'run/edge/haproxy/haproxy.cfg'), /frontend shop_web_80_/);
    assert.match(rig.file(node, 'run/edge/keepalived/keepalived.conf'), /10\.99\.0\.50/);
  });

  test('A64: an address that is released meanwhile is gone from both files', async () => {
    const desired = desiredFor(node, rig.nodes, []);
    const [instance] = desired.keepalived.instances;
    assert.ok(instance !== undefined);
    const released = [{ ...instance, vips: [] }];
    const keepalived = { ...desired.keepalived, instances: released };
    const outcome = await agent.apply({ ...desired, keepalived });
    assert.equal(outcome.haproxyAwaited && outcome.instances[0]?.programmed, true);
    assert.doesNotMatch(rig.file(node, 'run/edge/haproxy/haproxy.cfg'), /frontend shop/);
    assert.doesNotMatch(rig.file(node, 'run/edge/keepalived/keepalived.conf'), /10\.99\.0\.50/);
    rig.daemon(node, 'haproxy');
    rig.daemon(node, 'keepalived');
    await until('it is ready', () => agent.outcomes.at(-1)?.ready === true);
    assert.deepEqual(rig.holders(vip4), []);
  });
});
