// SCTP through VIPs: associations by raw sockets, the image's own nft and conntrack, two nodes.
import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { after, before, suite, test } from 'node:test';
import type { FlowFrontend } from '../../src/desired/desired-node.ts';
import type { Agent } from './agent-process.ts';
import { desiredFor, vip4, vip6 } from './desired.ts';
import { missing, Rig, type RigNode } from './rig.ts';
import { lacksSctp, trackingSettings } from './sctp-kernel.ts';
import { until } from './wait.ts';

const ports = [3871, 3872, 3873];
const datagramPort = 5311;
const [client, stranger] = ['10.99.0.101', '10.99.0.102'];
const peer = join(import.meta.dirname, 'sctp-peer.py');

const skip = missing() ?? lacksSctp() ?? false;

const place = { service: 'shop/signals', port: 3868, isSticky: false, isDirect: false };
const endpointsAt = (address: string, up: readonly number[]) =>
  up.map((port) => ({ address, port, state: 'ready' as const, isLocal: false }));
const signals = (change: Partial<FlowFrontend> = {}): FlowFrontend => ({
  ...{ ...place, name: `shop_signals_3868_${vip4}`, protocol: 'SCTP', family: 'IPv4' },
  ...{ address: vip4, endpoints: endpointsAt('10.99.0.1', ports), ...change },
});
const signals6: FlowFrontend = {
  ...{ ...place, name: `shop_signals_3868_fd99`, protocol: 'SCTP', family: 'IPv6' },
  ...{ address: vip6, endpoints: endpointsAt('fd99::1', ports) },
};
/** Of the same number, and so of the same name. */
const datagrams = signals({
  protocol: 'UDP',
  endpoints: endpointsAt('10.99.0.1', [datagramPort]),
});

suite('SCTP on two nodes', { skip }, () => {
  let rig: Rig;
  const agents = new Map<RigNode, Agent>();
  const talking: ChildProcess[] = [];

  before(async () => {
    rig = new Rig(2);
    rig.start(rig.client, 'python3', peer, 'pods', '10.99.0.1,fd99::1', ...ports.map(String));
    const pods = join(import.meta.dirname, 'udp-pods.ts');
    rig.start(rig.client, process.execPath, pods, String(datagramPort));
    for (const address of [client, stranger]) {
      rig.run(rig.client, 'ip', 'addr', 'add', `${address}/24`, 'dev', 'br0');
    }
    for (const node of rig.nodes) {
      const forwarding = ['net.ipv4.ip_forward=1', 'net.ipv6.conf.all.forwarding=1'];
      rig.run(node.namespace, 'sysctl', '-qw', ...forwarding);
      agents.set(node, await rig.serve(node));
    }
    await apply();
    await until('one node holds the VIPs and the pods answer', () => {
      return rig.holders(vip4).length === 1 && rig.holders(vip6).length === 1 && isPort(ask(4000));
    });
  });
  after(() => {
    for (const child of talking) child.kill('SIGKILL');
    rig.close();
  });

  async function apply(change: Partial<FlowFrontend> = {}): Promise<void> {
    const flows = [signals(change), datagrams, signals6];
    for (const node of rig.nodes) {
      await agents.get(node)?.apply({ ...desiredFor(node, rig.nodes, []), flows });
    }
  }

  /** What one association from a port of a client comes to: a port of `ports`, or why none. */
  function ask(port: number, from: string = client, to: string = vip4): string {
    return rig.run(rig.client, 'python3', peer, 'ask', from, to, '3868', String(port)).trim();
  }

  /** An association that stays; each call asks once more. */
  async function talk(port: number): Promise<() => Promise<string>> {
    const words = ['python3', peer, 'talk', client, vip4, '3868', String(port)];
    const child = spawn('ip', ['netns', 'exec', rig.client, ...words]);
    talking.push(child);
    const lines = createInterface({ input: child.stdout });
    await nextLine(lines);
    return () => {
      child.stdin.write('\n');
      return nextLine(lines);
    };
  }

  /** A kernel sends few ICMP errors a second: like a real peer this one sends its data again. */
  async function told(ask: () => Promise<string>): Promise<void> {
    let answer = '';
    for (let turn = 0; turn < 10 && !/^(refused|aborted)$/.test(answer); turn += 1) {
      answer = await ask();
    }
    assert.match(answer, /^(refused|aborted)$/);
  }

  const answersOf = (first: number): string[] =>
    Array.from({ length: 10 }, (_, index) => ask(first + index));

  function datagram(): string {
    const to = `UDP4:${vip4}:3868,bind=${client}:4999,reuseaddr`;
    const command = `echo hello | timeout 2 socat -t0.4 -T1 - ${to} 2>&1 || true`;
    return rig.run(rig.client, 'bash', '-c', command).trim();
  }

  test('R40: associations are answered by both families and spread over the endpoints', () => {
    const answers = answersOf(4100);
    assert.ok(answers.every(isPort), answers.join());
    assert.ok(new Set(answers).size > 1, answers.join());
    assert.ok(isPort(ask(4100, 'fd99::1', vip6)));
    assert.equal(datagram(), String(datagramPort), 'UDP of the same number has its own endpoints');
  });

  test('R41, R76: an association ends with its endpoint, is told so, and no other one is', async () => {
    const [one, other] = [await talk(4200), await talk(4201)];
    const [gone, stays] = [await one(), await other()];
    assert.notEqual(gone, stays, 'these source ports meet two endpoints');
    await apply({ endpoints: signals().endpoints.filter(({ port }) => String(port) !== gone) });
    assert.equal(await other(), stays);
    await told(one);
    const next = ask(4200);
    assert.ok(isPort(next) && next !== gone, next);
    await apply();
    assert.equal(await other(), stays);
  });

  test('R51, R55, R70: affinity, source ranges and closed ports count for SCTP too', async () => {
    await apply({ isSticky: true });
    assert.equal(new Set(answersOf(4300)).size, 1);
    await apply({ sources: [`${client}/32`] });
    assert.ok(isPort(ask(4400, client)));
    assert.equal(ask(4400, stranger), 'none');
    await apply({ denied: [`${client}/32`] });
    assert.equal(ask(4401, client), 'none');
    await apply({ endpoints: [] });
    await told(async () => ask(4402));
    await apply();
    assert.ok(isPort(ask(4403)));
  });

  test('R40: where the kernel has no SCTP its port is closed and said, UDP beside it serves', async () => {
    const hide = `mount -t tmpfs none ${trackingSettings} && touch ${trackingSettings}/nf_conntrack_max`;
    for (const node of rig.nodes) inAgent(node, hide);
    await apply();
    for (const agent of agents.values()) {
      assert.deepEqual(agent.outcomes.at(-1)?.unsupportedProtocols, ['SCTP']);
    }
    await told(async () => ask(4500));
    assert.equal(datagram(), String(datagramPort));
    for (const node of rig.nodes) inAgent(node, `umount ${trackingSettings}`);
    await apply();
    assert.ok(isPort(ask(4501)));
  });

  test('an association ends, and is told so, when another node takes the VIP; the next one serves', async () => {
    const one = await talk(4600);
    const endpoint = await one();
    assert.ok(isPort(endpoint));
    const [old = ''] = rig.holders(vip4);
    rig.signal(rig.node(old), 'haproxy', 'SIGKILL');
    await until('the other node holds it', () => {
      const [now] = rig.holders(vip4);
      return now !== undefined && now !== old;
    });
    await until('it answers', () => isPort(ask(4601)));
    await told(one);
    assert.equal(ask(4600), endpoint, 'the same port hashes to the same endpoint on every node');
  });

  /** In the file system that the agent of a node sees. */
  function inAgent(node: RigNode, script: string): void {
    const [pid] = rig.processes(node, 'MainThread');
    const where = ['--target', String(pid), '--net', '--mount', '--root'];
    // What /proc/sys/net shows depends on the network namespace of who looks.
    execFileSync('nsenter', [...where, 'sh', '-c', `cd / && ${script}`], { stdio: 'ignore' });
  }
});

function isPort(answer: string): boolean {
  return ports.map(String).includes(answer);
}

function nextLine(lines: Interface): Promise<string> {
  return new Promise((resolve) => lines.once('line', resolve));
}
