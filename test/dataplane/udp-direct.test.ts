// Datagrams to pods of the node that holds the VIP, whom the client is to be shown: beside the
// table of another pool, and from a pod to its own VIP.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import type { FlowFrontend } from '../../src/desired/desired-node.ts';
import { renderNft } from '../../src/render/nft.ts';
import type { Agent } from './agent-process.ts';
import { desiredFor, vip4, vip6 } from './desired.ts';
import { missing, Rig, type RigNode } from './rig.ts';
import { until } from './wait.ts';

const skip = missing() ?? false;
const client = { IPv4: '10.99.0.1', IPv6: 'fd99::1' };
const pod = { IPv4: '10.98.0.2', IPv6: 'fd98::2' };
const gateway = { IPv4: '10.98.0.1', IPv6: 'fd98::1' };
const vips = { IPv4: vip4, IPv6: vip6 };
const families = ['IPv4', 'IPv6'] as const;

const dns = (family: 'IPv4' | 'IPv6', change: Partial<FlowFrontend> = {}): FlowFrontend => ({
  ...{ protocol: 'UDP', name: `shop_dns_53_${family}`, service: 'shop/dns', family },
  ...{ address: vips[family], port: 53, isSticky: false, isDirect: true },
  endpoints: [{ address: pod[family], port: 5353, state: 'ready', isLocal: true }],
  ...change,
});

suite('UDP to pods of the node', { skip }, () => {
  let rig: Rig;
  let node: RigNode;
  let agent: Agent;
  let inside: string;

  before(async () => {
    rig = new Rig(1);
    node = rig.node('n1');
    inside = rig.client.replace(/c$/, 'pod');
    runsPod();
    agent = await rig.serve(node);
    await apply(true);
    await until('the node holds the VIPs and the pod answers', () => {
      return families.every((family) => ask(rig.client, family) !== '');
    });
  });
  after(() => {
    execFileSync('ip', ['netns', 'delete', inside]);
    rig.close();
  });

  /** A pod as a CNI has it: routed, and with a link of its own. It answers who asked. */
  function runsPod(): void {
    execFileSync('ip', ['netns', 'add', inside]);
    const peer = ['peer', 'name', 'eth0', 'netns', inside];
    rig.run(node.namespace, 'ip', 'link', 'add', 'pod', 'type', 'veth', ...peer);
    const forwarding = ['net.ipv4.ip_forward=1', 'net.ipv6.conf.all.forwarding=1'];
    rig.run(node.namespace, 'sysctl', '-qw', ...forwarding);
    for (const [where, link, { IPv4, IPv6 }] of [
      [node.namespace, 'pod', gateway],
      [inside, 'eth0', pod],
    ] as const) {
      rig.run(where, 'ip', 'addr', 'add', `${IPv4}/24`, 'dev', link);
      rig.run(where, 'ip', 'addr', 'add', `${IPv6}/64`, 'dev', link, 'nodad');
      rig.run(where, 'ip', 'link', 'set', link, 'up');
    }
    rig.run(inside, 'ip', 'link', 'set', 'lo', 'up');
    rig.run(inside, 'ip', 'route', 'add', 'default', 'via', gateway.IPv4);
    rig.run(inside, 'ip', '-6', 'route', 'add', 'default', 'via', gateway.IPv6);
    const file = join(import.meta.dirname, 'udp-telling-pod.ts');
    rig.start(inside, process.execPath, file, '5353');
  }

  async function apply(isDirect: boolean): Promise<void> {
    const flows = families.map((family) => dns(family, { isDirect }));
    await agent.apply({ ...desiredFor(node, rig.nodes, []), flows });
  }

  /** Whom the pod takes for its client; '' when no answer comes. */
  function ask(from: string, family: 'IPv4' | 'IPv6'): string {
    const peer = family === 'IPv4' ? `UDP4:${vip4}:53` : `UDP6:[${vip6}]:53`;
    const talk = `echo hello | timeout 3 socat -t1 -T1 - ${peer} 2>/dev/null || true`;
    return rig.run(from, 'bash', '-c', talk);
  }

  test('R46: the pod sees its client, also where another pool has a table behind', async () => {
    const other = {
      ...desiredFor(node, rig.nodes, []),
      ...{ pool: 'zone', keepalived: { routerId: node.name, instances: [] } },
      flows: [dns('IPv4', { address: '10.97.0.9' }), dns('IPv6', { address: 'fd97::9' })].map(
        (flow) => ({ ...flow, isDirect: false }),
      ),
    };
    const load = ['nft', '-f', '/run/fairlead/golden'];
    const { status, output } = await rig.inImage(node, load, renderNft(other));
    assert.equal(status, 0, output);
    for (const family of families) assert.equal(ask(rig.client, family), client[family]);
    await apply(false);
    for (const family of families) assert.equal(ask(rig.client, family), gateway[family]);
    await apply(true);
  });

  test('R49: a pod that asks its own VIP hears itself', () => {
    for (const family of families) assert.equal(ask(inside, family), gateway[family]);
  });
});
