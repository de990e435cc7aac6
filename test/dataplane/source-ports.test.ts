// One connection per request to one pod, more than HAProxy's node has ports for it: 1,000 here.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { desiredFor, frontend, server, vip4 } from './desired.ts';
import { missing, Rig, type RigNode } from './rig.ts';
import { until } from './wait.ts';

const skip = missing() ?? false;

suite('source ports', { skip }, () => {
  let rig: Rig;
  let node: RigNode;

  before(async () => {
    rig = new Rig(1);
    node = rig.node('n1');
    // The first closes first, the others wait for the client.
    rig.pods(9001);
    const pods = join(import.meta.dirname, 'web-pods.ts');
    rig.start(rig.client, process.execPath, pods, 'http', '', '9002', '9003');
    set('net.ipv4.ip_local_port_range=20000 20999');
    const agent = await rig.serve(node);
    const ports = [80, 81, 82].map((port, index) =>
      frontend(port, [server('10.99.0.1', 9001 + index)]),
    );
    await agent.apply(desiredFor(node, rig.nodes, ports));
    await until('the node holds the VIP and all is served', () => {
      return rig.holders(vip4).length === 1 && [80, 81, 82].every((port) => ask(port, 5).ok === 5);
    });
  });
  after(() => rig.close());

  function set(value: string): void {
    rig.run(node.namespace, 'sysctl', '-qw', value);
  }

  function ask(port: number, count: number): { ok: number; failed: number } {
    const client = join(import.meta.dirname, 'closing-client.ts');
    const words = [process.execPath, client, vip4, String(port), String(count)];
    return JSON.parse(rig.run(rig.client, ...words));
  }

  test('pods that close first use up no port', () => {
    set('net.ipv4.tcp_tw_reuse=2');
    assert.deepEqual(ask(80, 3_000), { ok: 3_000, failed: 0 });
  });

  test('with tcp_tw_reuse=1 clients that close first never run out, and without it they do', () => {
    set('net.ipv4.tcp_tw_reuse=1');
    assert.deepEqual(ask(81, 3_000), { ok: 3_000, failed: 0 });
    set('net.ipv4.tcp_tw_reuse=2');
    // That is why the node's condition KernelSuitable tells of it.
    const { ok, failed } = ask(82, 3_000);
    assert.ok(failed > 1_000, `${ok} answered, ${failed} not`);
  });
});
