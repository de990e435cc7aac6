// Changes on a lone node with the real daemons of the image: what reloads, what does not, and what
// is refused.
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { PoolOutcome } from '../../src/apply/pool-data-plane.ts';
import type { Frontend } from '../../src/desired/desired-node.ts';
import type { Agent } from './agent-process.ts';
import { conversation, echoPod } from './conversation.ts';
import { desiredFor, frontend, server, vip4, vip6 } from './desired.ts';
import { missing, Rig, type RigNode } from './rig.ts';
import { until } from './wait.ts';

const skip = missing() ?? false;
const [first, second] = [server('10.99.0.1', 9001), server('10.99.0.1', 9002)];
const dead = server('10.99.0.1', 9009);

/** A slow machine is not a lost connection; a lost SYN, which costs a second, is. */
const patient = 900;

suite('one node', { skip }, () => {
  let rig: Rig;
  let node: RigNode;
  let agent: Agent;
  const apply = (...frontends: Frontend[]) => agent.apply(desiredFor(node, rig.nodes, frontends));
  const last = () => agent.outcomes.at(-1);
  const statusOf = (name: string) => {
    const line = rig.cli(node, 'show servers state').split('\n');
    return line
      .find((fields) => fields.includes(` ${name} `))
      ?.split(' ')
      .slice(5, 7)
      .join(' ');
  };

  /** Whether a pod answers on a port of the VIP. */
  const serves = (port: number): boolean => {
    try {
      const talk = `exec 3<>/dev/tcp/${vip4}/${port}; timeout 2 cat <&3`;
      return rig.run(rig.client, 'bash', '-c', talk) !== '';
    } catch {
      return false;
    }
  };

  before(async () => {
    rig = new Rig(1);
    node = rig.node('n1');
    rig.pods(9001, 9002);
    agent = await rig.serve(node);
    await apply(frontend(80, [first]));
    await until('the node is ready and holds the VIP', () => {
      return last()?.ready === true && rig.holders(vip4).length === 1;
    });
  });
  after(() => rig.close());

  test('alone, it holds its VIPs without multicast', () => {
    assert.deepEqual(rig.holders(vip6), ['n1']);
    assert.doesNotMatch(rig.file(node, 'run/edge/keepalived/check.log'), /multicast/);
  });

  test('endpoints come and go without a reload; a dead one never gets a connection (R72)', async (t) => {
    const probe = rig.probe(vip4, 80, patient);
    const started = performance.now();
    const added = await apply(frontend(80, [first, second, dead]));
    assert.deepEqual(kinds(added), ['write-file', 'server-add', 'server-add']);
    await until('the new server serves', () => statusOf(second.name) === '2 0');
    t.diagnostic(`second server serves after ${Math.round(performance.now() - started)} ms`);
    await delay(1500);
    assert.equal(statusOf(dead.name), '0 0');
    await apply(frontend(80, [second]));
    assert.equal(statusOf(first.name), undefined);
    await delay(300);
    const { failures, answers } = await probe.end();
    assert.deepEqual(failures, {});
    assert.deepEqual(Object.keys(answers).toSorted(), ['9001', '9002']);
    assert.deepEqual(
      agent.outcomes.flatMap((outcome) => outcome.reloads),
      [],
    );
    assert.match(rig.file(node, 'run/edge/haproxy/haproxy.cfg'), /server 10-99-0-1_9002 /);
  });

  test('the last endpoint that goes makes the port refuse, the first that comes opens it (R70)', async () => {
    await apply(frontend(80, []));
    const connect = () => rig.run(rig.client, 'bash', '-c', `cat </dev/tcp/${vip4}/80`);
    assert.throws(connect, /Connection refused/);
    await apply(frontend(80, [first]));
    assert.equal(connect(), '9001\n');
  });

  test('reloads under load lose no connection, name their reasons and keep the file', async () => {
    const probe = rig.probe(vip4, 80, patient);
    for (const port of [8001, 8002, 8003]) {
      const outcome = await apply(frontend(80, [first]), frontend(port, [first]));
      assert.ok(
        outcome.reloads.some(([reason]) => reason === `FrontendAdded shop_web_${port}_10.99.0.50`),
      );
      assert.equal(outcome.frontendsServed, 2);
    }
    await delay(200);
    const { failures } = await probe.end();
    assert.deepEqual(failures, {});
    const kept = rig.file(node, 'keep/edge/haproxy.cfg');
    assert.equal(kept, rig.file(node, 'run/edge/haproxy/haproxy.cfg'));
  });

  test('a connection lives on while other ports come and go, each by a reload (R41)', async () => {
    const echo = frontend(8006, [echoPod(rig, 9003)]);
    await apply(frontend(80, [first]), echo);
    const stillAnswers = await conversation(rig, 8006);
    const added = await apply(frontend(80, [first]), echo, frontend(8007, [first]));
    const gone = await apply(frontend(80, [first]), echo);
    assert.deepEqual([added.reloads.length, gone.reloads.length], [1, 1]);
    await stillAnswers();
    await apply(frontend(80, [first]));
  });

  test('R55, R59: only clients of the source ranges connect; a change breaks no allowed connection', async () => {
    const echo = frontend(8008, [echoPod(rig, 9004)]);
    const ask = () => rig.run(rig.client, 'bash', '-c', `cat </dev/tcp/${vip4}/80`);
    const only = (...sources: string[]) =>
      apply({ ...frontend(80, [first]), sources }, { ...echo, sources });
    await only('192.0.2.0/24', '10.99.0.1/32');
    assert.equal(ask(), '9001\n');
    const stillAnswers = await conversation(rig, 8008);
    await only('192.0.2.0/24');
    assert.throws(ask, /reset by peer|Connection reset/);
    const denied = rig.cli(node, 'show stat').split('\n');
    const column = (denied[0] ?? '').split(',').indexOf('dcon');
    const web = denied.find((line) => line.startsWith(`${frontend(80, []).name},FRONTEND`));
    assert.equal(web?.split(',')[column], '1');
    await only();
    assert.throws(ask, /reset by peer|Connection reset/);
    await stillAnswers();
    await apply(frontend(80, [first]));
    assert.equal(ask(), '9001\n');
  });

  test('a VIP answers on its Services’ ports only, also to the node itself; it can be pinged', async () => {
    await apply(frontend(80, [first]));
    const shell = rig.start(
      node.namespace,
      'socat',
      'TCP-LISTEN:2222,fork,reuseaddr',
      'SYSTEM:echo node',
    );
    const ask = (from: string, host: string, port: number) =>
      rig.run(from, 'bash', '-c', `cat </dev/tcp/${host}/${port}`);
    await until('the node listens', () => {
      return rig.run(node.namespace, 'cat', '/proc/net/tcp', '/proc/net/tcp6').includes(':08AE ');
    });
    assert.equal(ask(rig.client, node.address, 2222), 'node\n');
    for (const from of [rig.client, node.namespace]) {
      assert.equal(ask(from, vip4, 80), '9001\n');
      for (const vip of [vip4, vip6]) {
        assert.throws(() => ask(from, vip, 2222), /Connection refused/);
      }
    }
    const ping = () => rig.run(rig.client, 'python3', '-c', echoRequest, vip4);
    assert.equal(ping(), '0\n');
    const desired = desiredFor(node, rig.nodes, [frontend(80, [first])]);
    await agent.apply({ ...desired, isPingDenied: true });
    assert.throws(ping, 'icmpEcho: Denied');
    assert.equal(ask(rig.client, vip4, 80), '9001\n');
    await agent.apply(desired);
    assert.equal(ping(), '0\n');
    // The image's nft wrote it; the machine's, which may be older, must not stumble over it.
    assert.match(rig.run(node.namespace, 'nft', 'list', 'ruleset'), /table inet fairlead_edge/);
    shell.kill('SIGKILL');
    rig.signal(node, 'socat', 'SIGKILL');
  });

  test('a drained server stays drained over a reload', async () => {
    const draining = { ...second, state: 'drain' as const };
    await apply(frontend(80, [first, draining]));
    await apply(frontend(80, [first, draining]), frontend(8004, [first]));
    assert.equal(statusOf(second.name)?.split(' ')[1], '8');
    const probe = rig.probe(vip4, 80, patient);
    // Its process has to start first.
    await delay(1_000);
    assert.deepEqual(Object.keys((await probe.end()).answers), ['9001']);
  });

  test('a frontend HAProxy refuses costs its own Service only, and is named', async () => {
    // No parser lets such an address through; here it stands for what we did not think of.
    const bad = { ...frontend(80, [first], 'other'), address: '10.99.0.999' };
    const outcome = await apply(frontend(80, [first]), bad);
    assert.deepEqual(
      outcome.refusals.map(({ service }) => service),
      ['shop/other'],
    );
    assert.match(outcome.refusals[0]?.sentence ?? '', /10\.99\.0\.999/);
    assert.equal(outcome.haproxyApplied, true);
    assert.doesNotMatch(rig.file(node, 'keep/edge/haproxy.cfg'), /shop_other/);
    await apply(frontend(80, [first]));
  });

  test('a Service whose change is refused keeps what it had, with the servers of now', async () => {
    const before = frontend(81, [first], 'other');
    await apply(frontend(80, [first]), before);
    await until('both serve', () => serves(80) && serves(81));
    // No parser lets it through; here it stands for what we did not think of.
    const bad = { ...before, servers: [second], sources: ['10.99.0.0/99'] };
    const neighbour = { ...frontend(80, [first]), affinitySeconds: 60 };
    const outcome = await apply(neighbour, bad);
    const refused = outcome.refusals.map(({ service }) => service);
    assert.deepEqual(refused, ['shop/other']);
    assert.match(outcome.refusals[0]?.sentence ?? '', /10\.99\.0\.0\/99/);
    assert.equal(outcome.haproxyApplied, true);
    await until('it serves on, with the other server', () => serves(81));
    const servers = rig.cli(node, 'show servers state').split('\n');
    const own = servers.filter((line) => line.includes(` ${before.name} `));
    assert.equal(own.length, 1);
    assert.ok(own[0]?.includes(second.name), 'the server of now');
    assert.match(rig.file(node, 'run/edge/haproxy/haproxy.cfg'), /stick-table/, 'its neighbour');
    const mended = await apply(neighbour, { ...bad, sources: ['10.99.0.0/16'] });
    assert.deepEqual(mended.refusals, [], 'at once, not after a while');
    await apply(frontend(80, [first]));
  });

  test('a port that a process of the node has taken is left out, reported, and served when free (R42)', async () => {
    const squatter = rig.start(node.namespace, 'socat', 'TCP4-LISTEN:8005,fork', 'PIPE');
    await until('the squatter listens', () => {
      return rig.run(node.namespace, 'cat', '/proc/net/tcp').includes(':1F45 ');
    });
    const outcome = await apply(frontend(80, [first]), frontend(8005, [first]));
    assert.deepEqual(outcome.conflicts, [{ address: vip4, port: 8005, service: 'shop/web' }]);
    assert.equal(outcome.frontendsServed, 1);
    squatter.kill('SIGKILL');
    rig.signal(node, 'socat', 'SIGKILL');
    await until('the port is served', () => last()?.frontendsServed === 2, 10);
    await apply(frontend(80, [first]));
  });

  test('addresses that a killed Keepalived left and nobody wants are removed', async () => {
    rig.signal(node, 'keepalived', 'SIGKILL');
    const fewer = desiredFor(node, rig.nodes, [frontend(80, [first])]);
    const instances = fewer.keepalived.instances.map((instance) => ({
      ...instance,
      vips: instance.vips.filter((vip) => vip.address === vip4),
    }));
    await agent.apply({ ...fewer, keepalived: { ...fewer.keepalived, instances } });
    await until('the unwanted VIP is gone', () => rig.holders(vip6).length === 0);
    await until('the wanted VIP is held', () => rig.holders(vip4).length === 1);
  });

  test('after a reboot both daemons come up from the last good files, without an agent', async () => {
    agent.child.kill('SIGKILL');
    rig.reboot(node);
    assert.deepEqual(rig.holders(vip4), []);
    rig.daemon(node, 'haproxy');
    rig.daemon(node, 'keepalived');
    await until('the VIP is back', () => rig.holders(vip4).length === 1);
    assert.equal(rig.run(rig.client, 'bash', '-c', `cat </dev/tcp/${vip4}/80`), '9001\n');
    agent = await rig.agent(node);
  });
});

function kinds(outcome: PoolOutcome): string[] {
  return outcome.steps.map(({ step }) => step.kind);
}

/** Pings once and prints the type of what comes back: 0, echo reply (RFC 792). */
const echoRequest = `
import socket, struct, sys
ping = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
ping.settimeout(5)
ping.sendto(struct.pack('!BBHHH', 8, 0, 0xf7fe, 1, 0), (sys.argv[1], 0))
print(ping.recv(100)[20])
`;
