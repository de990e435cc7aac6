// UDP through VIPs, with the image's own nft and conntrack on two nodes.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import type { FlowFrontend } from '../../src/desired/desired-node.ts';
import type { Agent } from './agent-process.ts';
import { desiredFor, vip4, vip6 } from './desired.ts';
import { missing, Rig, type RigNode } from './rig.ts';
import { until } from './wait.ts';

const skip = missing() ?? false;
const ports = [5301, 5302, 5303];
const [client, stranger] = ['10.99.0.101', '10.99.0.102'];

const dns = (change: Partial<FlowFrontend> = {}, up: readonly number[] = ports): FlowFrontend => ({
  protocol: 'UDP',
  ...{ name: `shop_dns_53_${vip4}`, service: 'shop/dns', family: 'IPv4', address: vip4, port: 53 },
  endpoints: up.map((port) => ({ address: '10.99.0.1', port, state: 'ready', isLocal: false })),
  ...{ isSticky: false, isDirect: false, ...change },
});
const dns6: FlowFrontend = {
  ...dns({ name: `shop_dns_53_fd99`, family: 'IPv6', address: vip6 }),
  endpoints: ports.map((port) => ({ address: 'fd99::1', port, state: 'ready', isLocal: false })),
};

suite('UDP on two nodes', { skip }, () => {
  let rig: Rig;
  const agents = new Map<RigNode, Agent>();

  before(async () => {
    rig = new Rig(2);
    const pods = join(import.meta.dirname, 'udp-pods.ts');
    rig.start(rig.client, process.execPath, pods, ...ports.map(String));
    for (const address of [client, stranger]) {
      rig.run(rig.client, 'ip', 'addr', 'add', `${address}/24`, 'dev', 'br0');
    }
    for (const node of rig.nodes) {
      const forwarding = ['net.ipv4.ip_forward=1', 'net.ipv6.conf.all.forwarding=1'];
      rig.run(node.namespace, 'sysctl', '-qw', ...forwarding);
      agents.set(node, await rig.serve(node));
    }
    await apply(dns(), dns6);
    await until('one node holds the VIPs and the pods answer', () => {
      return rig.holders(vip4).length === 1 && rig.holders(vip6).length === 1 && ask(4000) !== '';
    });
  });
  after(() => rig.close());

  async function apply(...flows: FlowFrontend[]): Promise<void> {
    for (const node of rig.nodes) {
      await agents.get(node)?.apply({ ...desiredFor(node, rig.nodes, []), flows });
    }
  }

  /** Which endpoint answers one datagram from a port of a client; '' when none does. */
  function ask(port: number, from: string = client, { to = vip4, at = 53 } = {}): string {
    const family = to.includes(':') ? `UDP6:[${to}]:${at},sourceport=${port}` : undefined;
    const peer = family ?? `UDP4:${to}:${at},bind=${from}:${port}`;
    const command = `echo hello | timeout 2 socat -t0.4 -T1 - ${peer},reuseaddr 2>&1 || true`;
    return rig.run(rig.client, 'bash', '-c', command).trim();
  }

  const answersOf = (first: number, from?: string): string[] =>
    Array.from({ length: 12 }, (_, index) => ask(first + index, from));

  test('every flow is answered, and they are spread over the endpoints (R40, R53)', () => {
    const answers = answersOf(4100);
    for (const answer of answers) assert.match(answer, /^530[123]$/);
    assert.ok(new Set(answers).size > 1, answers.join());
    assert.match(ask(4100, '', { to: vip6 }), /^530[123]$/);
  });

  test('R76: the flow of an endpoint that goes is taken by another one at once', async () => {
    const gone = ask(4200);
    const left = ports.filter((port) => String(port) !== gone);
    const others = answersOf(4300);
    await apply(dns({}, left), dns6);
    const after = ask(4200);
    assert.match(after, /^530[123]$/);
    assert.notEqual(after, gone);
    for (const [index, before] of others.entries()) {
      if (before !== gone) assert.equal(ask(4300 + index), before, 'nobody else moves');
    }
    await apply(dns(), dns6);
    assert.equal(ask(4200), after, 'and it stays there');
  });

  test('a flow that stands stays where it is when endpoints come that its slot would go to', async () => {
    await apply(dns({}, ports.slice(0, 1)), dns6);
    const standing = answersOf(4350);
    assert.deepEqual(new Set(standing), new Set([String(ports[0])]));
    await apply(dns(), dns6, {
      ...dns({ name: 'shop_ntp_123_x', port: 123 }),
      service: 'shop/ntp',
    });
    assert.deepEqual(answersOf(4350), standing);
    assert.ok(new Set(answersOf(4380)).size > 1, 'new flows go to the others too');
    await apply(dns(), dns6);
    assert.deepEqual(answersOf(4350), standing, 'nor when another Service goes');
  });

  const stopsGetting = async (state: 'drain' | 'spare', port: number) => {
    const one = Number(ask(port));
    const endpoints = dns().endpoints.map((each) =>
      each.port === one ? { ...each, state } : each,
    );
    await apply(dns({ endpoints }), dns6);
    assert.equal(ask(port), String(one));
    assert.ok(!answersOf(port + 100).includes(String(one)));
    await apply(dns(), dns6);
  };

  test('an endpoint that terminates keeps its flows and gets no new ones (R69)', async () => {
    await stopsGetting('drain', 4500);
  });

  test('an endpoint further away keeps its flows and gets no new ones (R73)', async () => {
    await stopsGetting('spare', 6500);
  });

  test('R51: with affinity a client has one endpoint, whatever port it sends from', async () => {
    await apply(dns({ isSticky: true }), dns6);
    assert.equal(new Set(answersOf(4700)).size, 1);
    await apply(dns(), dns6);
  });

  test('R55, R57: who is in no source range gets no answer, and standing flows end too', async () => {
    assert.match(ask(4800, stranger), /^530[123]$/);
    await apply(dns({ sources: [`${client}/32`] }), dns6);
    assert.match(ask(4801, client), /^530[123]$/);
    assert.equal(ask(4800, stranger), '');
    await apply(dns({ denied: [`${stranger}/32`] }), dns6);
    assert.deepEqual([ask(4805, stranger), ask(4804, client) !== ''], ['', true], 'denied');
    await apply(dns({ sources: [] }), dns6);
    assert.equal(ask(4802, client), '');
    await apply(dns(), dns6);
    assert.match(ask(4803, stranger), /^530[123]$/, 'clearing opens (R59)');
  });

  test('R70: without an endpoint the port refuses, and the first one opens it', async () => {
    await apply(dns({ endpoints: [] }), dns6);
    assert.match(ask(4900), /refused/i);
    await apply(dns(), dns6);
    assert.match(ask(4901), /^530[123]$/);
  });

  test('a flow goes on at its endpoint when another node takes the VIP', async () => {
    const first = answersOf(5000);
    const [old = ''] = rig.holders(vip4);
    rig.signal(rig.node(old), 'haproxy', 'SIGKILL');
    await until('the other node holds it', () => {
      const [now] = rig.holders(vip4);
      return now !== undefined && now !== old;
    });
    await until('it answers', () => ask(4000) !== '');
    assert.deepEqual(answersOf(5000), first);
  });

  test('R76: what an agent was not there to see, the next one finds: ports and VIPs that have gone', async () => {
    const [holder] = rig.nodes.filter(({ name }) => rig.holders(vip4).includes(name));
    if (holder === undefined) throw new Error('nobody holds the VIP');
    const listed = (to: string) =>
      rig.run(holder.namespace, 'conntrack', '-L', '-p', 'udp', '--orig-dst', to, '-f', ipOf(to));
    const ntp = { ...dns({ name: 'shop_ntp_123_x', port: 123 }), service: 'shop/ntp' };
    await apply(dns(), ntp, dns6);
    for (const at of [53, 123]) assert.match(ask(5100, client, { at }), /^530[123]$/);
    assert.match(ask(5100, '', { to: vip6 }), /^530[123]$/);
    agents.get(holder)?.child.kill('SIGKILL');
    agents.set(holder, await rig.agent(holder));
    const { keepalived, ...rest } = desiredFor(holder, rig.nodes, []);
    const instances = keepalived.instances.map((each) => {
      return { ...each, vips: each.vips.filter(({ family }) => family === 'IPv4') };
    });
    const left = { ...rest, keepalived: { ...keepalived, instances }, flows: [dns()] };
    await agents.get(holder)?.apply(left);
    assert.match(listed(vip4), /dport=53 /, 'who is served goes on');
    assert.doesNotMatch(listed(vip4), /dport=123 /, 'a port that has gone');
    assert.equal(listed(vip6), '', 'a VIP that has gone');
    assert.match(ask(5100, client, { at: 123 }), /refused/i);
  });
});

const ipOf = (address: string): string => (address.includes(':') ? 'ipv6' : 'ipv4');
