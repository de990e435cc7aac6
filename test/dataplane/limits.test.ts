// HAProxy takes what its container may use, by the limits of its cgroup.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { parseProcess } from '../../src/plan/traffic.ts';
import type { Agent } from './agent-process.ts';
import { desiredFor, frontend, server, vip4 } from './desired.ts';
import { missing, Rig, type RigNode } from './rig.ts';
import { until } from './wait.ts';

const skip = missing() ?? false;
const pod = server('10.99.0.1', 9001);

suite('a container with limits', { skip }, () => {
  let rig: Rig;
  let node: RigNode;
  let agent: Agent;

  before(async () => {
    rig = new Rig(1);
    node = rig.node('n1');
    rig.pods(9001);
    const cgroup = join(node.directory, 'run/cgroup');
    mkdirSync(cgroup, { recursive: true });
    writeFileSync(join(cgroup, 'memory.max'), `${256 * 1024 * 1024}\n`);
    writeFileSync(join(cgroup, 'cpu.max'), '150000 100000\n');
    // The rig's containers have the cgroup of the test; this stands for one of their own.
    process.env['FAIRLEAD_CGROUP'] = '/run/fairlead/cgroup';
    rig.daemon(node, 'haproxy');
    delete process.env['FAIRLEAD_CGROUP'];
    rig.daemon(node, 'keepalived');
    agent = await rig.agent(node);
  });
  after(() => rig.close());

  const running = () => parseProcess(rig.cli(node, 'show info'));

  test('256 MiB and one and a half CPUs: 4,096 connections and two threads, over a reload', async () => {
    await agent.apply(desiredFor(node, rig.nodes, [frontend(80, [pod])]));
    await until('it serves', () => rig.holders(vip4).length === 1);
    const { connectionsMax, threads } = running();
    assert.deepEqual({ connectionsMax, threads }, { connectionsMax: 4_096, threads: 2 });
    await agent.apply(desiredFor(node, rig.nodes, [frontend(80, [pod]), frontend(81, [pod])]));
    await until('the new worker serves', () => {
      return rig.cli(node, 'show stat -1 1 -1').includes(`shop_web_81_${vip4}`);
    });
    assert.equal(running().connectionsMax, 4_096);
    assert.equal(running().threads, 2);
  });
});
