// Whether what goes to a VIP comes to HAProxy, tried by real agents: undisturbed, and where
// something takes the packets before our filter, as a CNI with service handling in eBPF does.
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import type { DesiredPool } from '../../src/desired/desired-node.ts';
import type { Agent } from './agent-process.ts';
import { desiredFor, frontend, server, vip4, vip6 } from './desired.ts';
import { missing, Rig, type RigNode } from './rig.ts';
import { until } from './wait.ts';

const skip = missing() ?? false;

const stolenPorts = '{ 80, 10250 }';
const toVip = `ip daddr ${vip4} tcp dport ${stolenPorts}`;

/** As eBPF on the interface: other addresses before netfilter has seen the packet. */
function rewriting(to: string): readonly string[] {
  const hook = (name: string) => `type filter hook ${name} priority -350;`;
  return [
    `chain in { ${hook('prerouting')} ${toVip} ip daddr set ${to}; }`,
    `chain out { ${hook('output')} ip saddr ${to} tcp sport ${stolenPorts} ip saddr set ${vip4}; }`,
  ];
}

suite('self-test of VIPs', { skip }, () => {
  let rig: Rig;
  let agents: readonly Agent[] = [];
  let looks: NodeJS.Timeout;
  let holder: RigNode;
  let other: RigNode;
  const lastOf = (node: RigNode) => agents[rig.nodes.indexOf(node)]?.outcomes.at(-1);
  const stateOf = (node: RigNode) => lastOf(node)?.vipTest?.state;

  before(async () => {
    rig = new Rig(2);
    rig.pods(9001);
    // At the pace of this test ports come round before conntrack has forgotten their NAT.
    for (const { namespace } of rig.nodes) {
      for (const state of ['syn_sent', 'close']) {
        rig.run(namespace, 'sysctl', '-qw', `net.netfilter.nf_conntrack_tcp_timeout_${state}=2`);
      }
    }
    agents = await Promise.all(rig.nodes.map((node) => rig.serve(node)));
    const pods = [server('10.99.0.1', 9001)];
    const six = { ...frontend(80, []), name: 'shop_web_80_six', family: 'IPv6', address: vip6 };
    const wanted = rig.nodes.map((node) => {
      const frontends = [frontend(80, pods), { ...six, family: 'IPv6' as const }];
      return desiredFor(node, rig.nodes, frontends);
    });
    // The agent's own loop does this every 10 s: figures come with an outcome.
    looks = setInterval(() => {
      for (const [index, agent] of agents.entries()) void agent.apply(wanted[index] as DesiredPool);
    }, 500);
    await until('one node holds the VIP', () => rig.holders(vip4).length === 1);
    holder = rig.node(rig.holders(vip4)[0]);
    other = rig.node(holder.name === 'n1' ? 'n2' : 'n1');
  });
  after(() => {
    clearInterval(looks);
    rig.close();
  });

  test('both nodes reach it, and neither HAProxy nor a pod has seen anything of it', async () => {
    await until('both have reached it', () =>
      [holder, other].every((n) => stateOf(n) === 'Reached'),
    );
    // The holder tries four ports, two of them of IPv6, three in a round.
    await until('several rounds', () => (lastOf(holder)?.vipTests.reached ?? 0) > 8);
    for (const node of rig.nodes) {
      assert.deepEqual(lastOf(node)?.vipTests.elsewhere, 0, node.name);
      const rows = rig.cli(node, 'show stat -1 1 -1 typed');
      assert.match(rows, /\.stot\.\d:MCP:u64:0\n/, 'HAProxy counts sessions');
      const counted = rows.split('\n').filter((row) => /\.(stot|dcon|dses|conn_tot)\./.test(row));
      assert.deepEqual(
        counted.filter((row) => !row.endsWith(':0')),
        [],
        node.name,
      );
    }
    assert.match(rig.run(rig.client, 'bash', '-c', `cat </dev/tcp/${vip4}/80`), /9001/);
  });

  test('what takes the packets before our filter is found, on the holder and on the way there', async () => {
    const thieves: readonly (readonly [RigNode, readonly string[]])[] = [
      [holder, rewriting(holder.address)],
      [
        other,
        [`chain out { type nat hook output priority -150; ${toVip} dnat to 10.99.0.1:9001; }`],
      ],
    ];
    for (const [node, chains] of thieves) {
      const named = () => lastOf(other)?.vipTest?.bypassed.join();
      rig.run(node.namespace, 'nft', `table ip thief {\n${chains.join('\n')}\n}`);
      await until(`the thief of ${node.name} is found`, () => stateOf(other) === 'Elsewhere');
      await until(`the guard is bypassed as well, not only ${named()}`, () => {
        return named() === `${vip4}:10250,${vip4}:80`;
      });
      rig.run(node.namespace, 'nft', 'delete table ip thief');
      await until('it is mended', () => stateOf(other) === 'Reached');
    }
  });

  test('a VIP that moves is no alarm', async () => {
    const seen = agents.map(({ outcomes }) => outcomes.length);
    rig.signal(holder, 'haproxy', 'SIGKILL');
    await until('the other node has it', () => rig.holders(vip4).join() === other.name);
    const before = lastOf(holder)?.vipTests.reached ?? 0;
    await until('it is reached there', () => (lastOf(holder)?.vipTests.reached ?? 0) > before + 3);
    const states = agents.flatMap(({ outcomes }, index) =>
      outcomes.slice(seen[index]).map(({ vipTest }) => vipTest?.state),
    );
    assert.ok(!states.includes('Elsewhere'), states.join());
  });
});
