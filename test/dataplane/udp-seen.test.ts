// What a scrape has of UDP, with the image's own nft and a client that sends datagrams.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import type { FlowFrontend } from '../../src/desired/desired-node.ts';
import { figureIn } from '../net/agent-metrics.ts';
import type { Agent } from './agent-process.ts';
import { desiredFor, vip4 } from './desired.ts';
import { missing, Rig, type RigNode } from './rig.ts';
import { until } from './wait.ts';

const skip = missing() ?? false;
const [client, stranger] = ['10.99.0.101', '10.99.0.102'];

const flow = (port: number, change: Partial<FlowFrontend> = {}): FlowFrontend => ({
  ...{ protocol: 'UDP', name: `shop_dns_${port}_${vip4}`, service: 'shop/dns', family: 'IPv4' },
  ...{ address: vip4, port, isSticky: false, isDirect: false },
  endpoints: [{ address: '10.99.0.1', port: 5301, state: 'ready', isLocal: false }],
  ...change,
});

suite('UDP is seen', { skip }, () => {
  let rig: Rig;
  let node: RigNode;
  let agent: Agent;

  before(async () => {
    rig = new Rig(1);
    node = rig.node('n1');
    rig.start(rig.client, process.execPath, join(import.meta.dirname, 'udp-pods.ts'), '5301');
    for (const address of [client, stranger]) {
      rig.run(rig.client, 'ip', 'addr', 'add', `${address}/24`, 'dev', 'br0');
    }
    rig.run(node.namespace, 'sysctl', '-qw', 'net.ipv4.ip_forward=1');
    agent = await rig.serve(node);
    await apply(flow(53), flow(99));
    await until('the node holds the VIP and the pod answers', () => {
      return rig.holders(vip4).length === 1 && send(1, 4000, { port: 99 }).includes('5301');
    });
  });
  after(() => rig.close());

  async function apply(...flows: FlowFrontend[]): Promise<void> {
    await agent.apply({ ...desiredFor(node, rig.nodes, []), flows });
  }

  /** Sends datagrams of five bytes from one port; what came back. */
  function send(count: number, from: number, { port = 53, address = client } = {}): string {
    const peer = `UDP4:${vip4}:${port},bind=${address}:${from},reuseaddr`;
    const lines = `for i in $(seq ${count}); do echo ${'text'}; sleep 0.05; done`;
    const command = `(${lines}) | timeout 5 socat -t0.4 - ${peer} 2>&1 || true`;
    return rig.run(rig.client, 'bash', '-c', command);
  }

  /** New flows, packets and bytes let in, packets refused. */
  async function seen(port = 53): Promise<number[]> {
    const text = await agent.flows();
    const labels = `{pool="edge",namespace="shop",service="dns",port="${port}",protocol="UDP"}`;
    const names = ['flows', 'flow_packets', 'flow_bytes', 'denied_packets'];
    return names.map((name) => figureIn(text, `fairlead_service_${name}_total${labels}`));
  }

  test('a flow counts once, each of its packets by itself, answers do not', async () => {
    assert.deepEqual(await seen(), [0, 0, 0, 0]);
    assert.equal(send(3, 4100).match(/5301/g)?.length, 3);
    // IP and UDP have 28 bytes.
    assert.deepEqual(await seen(), [1, 3, 3 * 33, 0]);
    send(1, 4101);
    assert.deepEqual(await seen(), [2, 4, 4 * 33, 0]);
  });

  test('who is in no source range is counted as denied, and so is who asks where nobody serves (R57, R70)', async () => {
    await apply(flow(53, { sources: [`${client}/32`], denied: ['192.0.2.0/24'] }), flow(99));
    send(2, 4200, { address: stranger });
    assert.deepEqual(await seen(), [2, 4, 4 * 33, 2]);
    await apply(flow(53, { denied: [`${stranger}/32`] }), flow(99));
    send(1, 4201, { address: stranger });
    assert.deepEqual(await seen(), [2, 4, 4 * 33, 3]);
    await apply(flow(53, { endpoints: [] }), flow(99));
    assert.match(send(1, 4202), /refused/i);
    assert.deepEqual(await seen(), [2, 4, 4 * 33, 4]);
  });

  test('the table is replaced for another Service, and the counters go on', async () => {
    await apply(flow(53), flow(99), flow(123));
    assert.deepEqual(await seen(), [2, 4, 4 * 33, 4]);
    // More than before: a sum that forgot what it had would not be lower here.
    send(6, 4300);
    await apply(flow(53), flow(99));
    send(1, 4301);
    assert.deepEqual(await seen(), [4, 11, 11 * 33, 4]);
    assert.deepEqual(await seen(123), [NaN, NaN, NaN, NaN], 'a port that is gone has none');
  });

  test('an established flow of a port that nobody serves any more is let in, as it is let go on', async () => {
    const before = await seen(99);
    const draining = flow(99).endpoints.map((each) => ({ ...each, state: 'drain' as const }));
    send(2, 4400, { port: 99 });
    await apply(flow(53), flow(99, { endpoints: draining }));
    assert.match(send(1, 4400, { port: 99 }), /5301/);
    const now = await seen(99);
    const change = now.map((value, index) => value - (before[index] ?? 0));
    assert.deepEqual(change, [1, 3, 3 * 33, 0]);
  });

  test('where there is no flow, nothing is asked, and the scrape has nothing of it', async () => {
    await apply();
    assert.equal(await agent.flows(), '');
  });
});
