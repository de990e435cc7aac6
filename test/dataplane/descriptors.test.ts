// A container with few file descriptors: HAProxy would not start, and says so too late.
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { parseProcess } from '../../src/plan/traffic.ts';
import type { Agent } from './agent-process.ts';
import { desiredFor, frontend, server } from './desired.ts';
import { missing, Rig, type RigNode } from './rig.ts';
import { until } from './wait.ts';

const skip = missing() ?? false;
/** Of the container: 8,000 connections, as the file has them, would take four times as many. */
const descriptors = 4_000;
const servers = (count: number) =>
  Array.from({ length: count }, (_, index) => server('10.99.0.1', 20_000 + index));

suite('few file descriptors', { skip }, () => {
  let rig: Rig;
  let node: RigNode;
  let agent: Agent;
  const wanted = (port: number, count: number) => {
    const desired = desiredFor(node, rig.nodes, [frontend(port, servers(count))]);
    return { ...desired, haproxy: { ...desired.haproxy, maxConnections: 8_000 } };
  };

  before(async () => {
    rig = new Rig(1);
    node = rig.node('n1');
    process.env['DESCRIPTORS'] = String(descriptors);
    rig.daemon(node, 'haproxy');
    delete process.env['DESCRIPTORS'];
    rig.daemon(node, 'keepalived');
    agent = await rig.agent(node);
  });
  after(() => rig.close());

  test('HAProxy starts with fewer connections, and what it could not load is refused in words', async () => {
    await agent.apply(wanted(80, 100));
    await until('it serves', () => agent.outcomes.at(-1)?.ready === true);
    const { connectionsMax, descriptors: needed } = parseProcess(rig.cli(node, 'show info'));
    assert.equal(connectionsMax, (descriptors - 101 - 1_300 - 1) / 2);
    assert.ok(needed <= descriptors, `${needed}`);
    assert.match(
      rig.file(node, 'run/edge/haproxy/limits'),
      /^descriptors=4000\nconnections=1299\n/,
    );
    const pid = /^Pid: (\d+)$/m.exec(rig.cli(node, 'show info'))?.[1];
    const refused = await agent.apply(wanted(81, 2_000));
    const [refusal, ...more] = refused.refusals;
    assert.deepEqual([refusal?.service, more.map(({ service }) => service)], ['', ['shop/web']]);
    assert.match(
      refusal?.sentence ?? '',
      /^HAProxy needs 4\d\d\d file descriptors, .* may have 4000: /,
    );
    assert.equal(/^Pid: (\d+)$/m.exec(rig.cli(node, 'show info'))?.[1], pid, 'no reload was tried');
    // Who asks for no more than there is does not wait for who does.
    const [own, more80] = [wanted(81, 2_000), frontend(80, servers(101))];
    const { frontends } = own.haproxy;
    await agent.apply({ ...own, haproxy: { ...own.haproxy, frontends: [more80, ...frontends] } });
    const last = more80.servers.at(-1)?.name ?? '';
    assert.ok(rig.cli(node, `show servers state ${more80.name}`).includes(` ${last} `));
    const fewer = await agent.apply(wanted(81, 200));
    assert.deepEqual(fewer.refusals, []);
    assert.ok(rig.cli(node, 'show stat -1 1 -1').includes('shop_web_81_'));
  });
});
