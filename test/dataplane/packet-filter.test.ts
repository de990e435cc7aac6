// The packet filter beside others: who empties the node's ruleset, and who passes by a node on the
// way to the one that holds the VIP. Two nodes with real agents.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import type { DesiredPool, FlowFrontend, Frontend } from '../../src/desired/desired-node.ts';
import type { Agent } from './agent-process.ts';
import { desiredFor, frontend, server, vip4, vip6 } from './desired.ts';
import { missing, Rig, type RigNode } from './rig.ts';
import { until } from './wait.ts';

const skip = missing() ?? false;
/** Of the node itself: what sshd or a kubelet would be. */
const nodePort = 2222;

const web = frontend(80, [server('10.99.0.1', 9001)]);
const web6: Frontend = { ...web, name: 'shop_web_80_six', family: 'IPv6', address: vip6 };
const dns = (...ports: number[]): FlowFrontend => ({
  ...{ protocol: 'UDP', name: `shop_dns_53_${vip4}`, service: 'shop/dns', family: 'IPv4' },
  ...{ address: vip4, port: 53, isSticky: false, isDirect: false },
  endpoints: ports.map((port) => ({ address: '10.99.0.1', port, state: 'ready', isLocal: false })),
});

suite('packet filter', { skip }, () => {
  let rig: Rig;
  let agents: readonly Agent[] = [];
  let wanted: readonly DesiredPool[] = [];
  let looks: NodeJS.Timeout;
  let holder: RigNode;
  let other: RigNode;
  const lastOf = (node: RigNode) => agents[rig.nodes.indexOf(node)]?.outcomes.at(-1);

  before(async () => {
    rig = new Rig(2);
    rig.pods(9001);
    rig.start(rig.client, process.execPath, join(import.meta.dirname, 'udp-pods.ts'), '5301');
    for (const { namespace } of rig.nodes) {
      const settings = ['net.ipv4.ip_forward=1', 'net.ipv6.conf.all.forwarding=1'];
      rig.run(namespace, 'sysctl', '-qw', ...settings, 'net.ipv4.conf.all.send_redirects=0');
      rig.start(namespace, 'socat', `TCP6-LISTEN:${nodePort},fork,reuseaddr`, 'SYSTEM:echo node');
    }
    agents = await Promise.all(rig.nodes.map((node) => rig.serve(node)));
    wanted = rig.nodes.map((node) => {
      return { ...desiredFor(node, rig.nodes, [web, web6]), flows: [dns(5301)] };
    });
    // The agent's own loop does this every 10 s.
    looks = setInterval(() => {
      for (const [index, agent] of agents.entries()) void agent.apply(wanted[index] as DesiredPool);
    }, 500);
    await until('one node holds the VIPs', () => {
      return rig.holders(vip4).length === 1 && rig.holders(vip6).length === 1;
    });
    holder = rig.node(rig.holders(vip4)[0]);
    other = rig.node(holder.name === 'n1' ? 'n2' : 'n1');
    await until('the pods answer', () => /9001/.test(connect(rig.client, 80)));
  });
  after(() => {
    clearInterval(looks);
    rig.close();
  });

  /** What somebody hears who connects, or why he cannot. */
  function connect(from: string, port: number, to = vip4): string {
    const talk = `timeout 3 cat </dev/tcp/${to}/${port}`;
    return rig.run(from, 'bash', '-c', `(${talk}) 2>&1 || true`);
  }

  function ask(from: string): string {
    const talk = `echo hello | timeout 3 socat -t1 -T1 - UDP4:${vip4}:53`;
    return rig.run(from, 'bash', '-c', `(${talk}) 2>&1 || true`).trim();
  }

  test('a ruleset that somebody empties or loads again is mended, and counted (R19)', async () => {
    assert.match(connect(rig.client, nodePort), /refused/i, 'the guard');
    const nft = (...words: string[]) => rig.run(holder.namespace, 'nft', ...words);
    // As it was saved when the guard knew nothing of this yet.
    const file = join(rig.directory, 'saved');
    const older = 'flush chain inet fairlead_edge guard\n';
    writeFileSync(file, `flush ruleset\n${nft('list', 'ruleset')}\n${older}`);
    const harms: readonly (readonly [string, () => unknown])[] = [
      ['flushed, as by nftables.service and by firewalld', () => nft('flush', 'ruleset')],
      ['emptied', () => nft('flush', 'table', 'inet', 'fairlead_edge')],
      ['an older one loaded', () => nft('-f', file)],
    ];
    for (const [index, [what, harm]] of harms.entries()) {
      harm();
      const times = () => lastOf(holder)?.filterRestores;
      await until(`it is mended: ${what}`, () => times() === index + 1);
      assert.match(connect(rig.client, nodePort), /refused/i, what);
      assert.match(connect(rig.client, 80), /9001/, what);
      assert.equal(ask(rig.client), '5301', what);
    }
    assert.equal(lastOf(other)?.filterRestores, 0, 'nobody touched the other node');
    assert.deepEqual(lastOf(holder)?.refusals, []);
  });

  test('R49: what one node cannot serve, it lets pass to the one that holds the VIP', async () => {
    const index = rig.nodes.indexOf(other);
    const less = { ...desiredFor(other, rig.nodes, []), flows: [dns()] };
    wanted = wanted.map((each, at) => (at === index ? less : each));
    await agents[index]?.apply(less);
    assert.match(connect(other.namespace, 80), /9001/, 'a process of the node');
    assert.match(connect(other.namespace, 80, vip6), /9001/, 'by IPv6');
    assert.equal(ask(other.namespace), '5301', 'by UDP');
    // What a pod of the node is: it comes to VIPs through it.
    rig.run(rig.client, 'ip', 'route', 'add', `${vip4}/32`, 'via', other.address);
    rig.run(rig.client, 'ip', '-6', 'route', 'add', `${vip6}/128`, 'via', `fd99::1${index + 1}`);
    assert.match(connect(rig.client, 80), /9001/, 'who comes through the node');
    assert.match(connect(rig.client, 80, vip6), /9001/, 'and by IPv6');
    assert.equal(ask(rig.client), '5301', 'and by UDP');
    for (const from of [other.namespace, rig.client]) {
      for (const to of [vip4, vip6]) {
        assert.match(connect(from, nodePort, to), /refused/i, 'the holder has its guard');
      }
    }
  });
});
