// A connection that no worker has accepted yet waits at its listener: it survives a reload only
// where the new worker takes over the very same socket.
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import type { Agent } from './agent-process.ts';
import { desiredFor, frontend, server, vip4, vip6 } from './desired.ts';
import { missing, Rig, type RigNode } from './rig.ts';
import { until } from './wait.ts';

const skip = missing() ?? false;

suite('listeners', { skip }, () => {
  let rig: Rig;
  let node: RigNode;
  let agent: Agent;
  const four = frontend(80, [server('10.99.0.1', 9_001)]);
  const six = { ...four, name: 'shop_web_80_six', family: 'IPv6' as const, address: vip6 };
  const dual = [four, six];

  before(async () => {
    rig = new Rig(1);
    node = rig.node('n1');
    rig.pods(9_001);
    agent = await rig.serve(node);
    await agent.apply(desiredFor(node, rig.nodes, dual));
    await until('the node is ready', () => agent.outcomes.at(-1)?.ready === true);
    await until('the node holds the VIP', () => rig.holders(vip4).length === 1);
  });
  after(() => rig.close());

  /** The sockets that listen on port 80 (0x50), by their inode; fields of proc_net_tcp(5). */
  const listeners = (): string[] =>
    ['tcp', 'tcp6'].flatMap((table) =>
      rig
        .run(node.namespace, 'cat', `/proc/net/${table}`)
        .split('\n')
        .map((line) => line.trim().split(/\s+/))
        .filter((fields) => fields[1]?.endsWith(':0050') && fields[3] === '0A')
        .map((fields) => `${table} ${fields[9]}`),
    );

  test('a reload hands over the listeners of both families', async () => {
    const earlier = listeners();
    assert.equal(earlier.length, 2);
    await agent.apply(desiredFor(node, rig.nodes, [...dual, frontend(81, four.servers)]));
    assert.ok(agent.outcomes.at(-1)?.ready);
    assert.match(rig.run(node.namespace, 'cat', '/proc/net/tcp'), /:0051 /, 'it was reloaded');
    assert.deepEqual(listeners(), earlier);
  });
});
