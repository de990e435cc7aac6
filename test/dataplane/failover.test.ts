// Real supervisors, HAProxy and Keepalived of the image on two nodes, with the real PoolDataPlane
// beside them.
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { Agent } from './agent-process.ts';
import { anchor, desiredFor, frontend, instanceName, server, vip4, vip6 } from './desired.ts';
import { missing, Rig, type RigNode } from './rig.ts';
import { until } from './wait.ts';

const skip = missing() ?? false;
const servers = [server('10.99.0.1', 9001), server('10.99.0.1', 9002)];
const frontends = [frontend(80, servers), frontend(81, [])];

/** A stall beyond this means that nothing moved; the figures are printed, never asserted. */
const hungMs = 5_000;

suite('two nodes', { skip }, () => {
  let rig: Rig;
  const agents = new Map<RigNode, Agent>();
  const desired = (node: RigNode) => desiredFor(node, rig.nodes, frontends);
  const ready = (node: RigNode) => agents.get(node)?.outcomes.at(-1)?.ready === true;
  const holder = () => rig.node(rig.holders(vip4)[0]);

  before(async () => {
    rig = new Rig(2);
    rig.pods(9001, 9002);
    for (const node of rig.nodes) {
      agents.set(node, await rig.serve(node));
      await agents.get(node)?.apply(desired(node));
    }
    await until('the VIP is up and both nodes are ready', () => {
      return rig.holders(vip4).length === 1 && rig.nodes.every(ready);
    });
  });
  after(() => rig.close());

  // A new holder's HAProxy must be found well before the next test takes it away.
  async function settled(): Promise<void> {
    await until('both nodes are ready again', () => {
      return rig.nodes.every((node) => ready(node) && trackOf(rig, node) === '0');
    });
    await delay(300);
  }

  test('one node holds anchor and VIPs of both families, and says so', async () => {
    const [name] = rig.holders(vip4);
    assert.deepEqual(rig.holders(vip6), [name]);
    assert.deepEqual(rig.holders(anchor), [name]);
    await until('its agent reports it held', () => {
      const last = agents.get(rig.node(name))?.outcomes.at(-1)?.instances[0];
      return last?.held === true && last.programmed && last.name === instanceName;
    });
  });

  test('both servers answer; a port without endpoints refuses', async () => {
    const probe = rig.probe(vip4, 80, 900);
    await delay(600);
    const { answers, failures } = await probe.end();
    assert.deepEqual(Object.keys(answers).toSorted(), ['9001', '9002']);
    assert.deepEqual(failures, {});
    const refused = () => rig.run(rig.client, 'bash', '-c', `exec 3<>/dev/tcp/${vip4}/81`);
    assert.throws(refused, /Connection refused/);
  });

  test('kill -9 of HAProxy moves the VIP within a second', async (t) => {
    await settled();
    const old = holder();
    const probe = rig.probe(vip4, 80);
    await delay(500);
    rig.signal(old, 'haproxy', 'SIGKILL');
    await until('another node holds it', () => holdsOther(rig, old));
    await delay(500);
    const { longestGapMs } = await probe.end();
    t.diagnostic(`stalled ${longestGapMs} ms`);
    assert.ok(longestGapMs < hungMs, `stalled ${longestGapMs} ms`);
  });

  test('kill -9 of HAProxy moves the VIP when the agent is dead too', async (t) => {
    await settled();
    const old = holder();
    agents.get(old)?.child.kill('SIGKILL');
    const probe = rig.probe(vip4, 80);
    await delay(500);
    rig.signal(old, 'haproxy', 'SIGKILL');
    await until('another node holds it', () => holdsOther(rig, old));
    await delay(500);
    const { longestGapMs } = await probe.end();
    t.diagnostic(`stalled ${longestGapMs} ms`);
    assert.ok(longestGapMs < hungMs, `stalled ${longestGapMs} ms`);
    await restartAgent(old);
  });

  test('a restarted agent changes nothing: no step at all (R90)', async () => {
    await settled();
    const node = holder();
    agents.get(node)?.child.kill('SIGKILL');
    const agent = await rig.agent(node);
    agents.set(node, agent);
    const outcome = await agent.apply(desired(node));
    assert.deepEqual(outcome.steps, []);
    assert.deepEqual(rig.holders(vip4), [node.name]);
  });

  test('a hung HAProxy moves the VIP, and comes back when it goes on', async (t) => {
    await settled();
    const old = holder();
    const probe = rig.probe(vip4, 80);
    await delay(500);
    rig.signal(old, 'haproxy', 'SIGSTOP');
    await until('another node holds it', () => holdsOther(rig, old));
    await delay(300);
    rig.signal(old, 'haproxy', 'SIGCONT');
    const { longestGapMs } = await probe.end();
    t.diagnostic(`stalled ${longestGapMs} ms`);
    assert.ok(longestGapMs < hungMs, `stalled ${longestGapMs} ms`);
    await settled();
    assert.deepEqual(rig.holders(vip4).length, 1);
  });

  test('a planned move gives the instance to the other node and keeps it there', async (t) => {
    await settled();
    const old = holder();
    const probe = rig.probe(vip4, 80);
    await delay(300);
    await agents.get(old)?.move(instanceName);
    await delay(700);
    const { longestGapMs } = await probe.end();
    assert.equal(holdsOther(rig, old), true);
    t.diagnostic(`stalled ${longestGapMs} ms`);
    assert.ok(longestGapMs < hungMs, `stalled ${longestGapMs} ms`);
  });

  for (const which of ['haproxy', 'keepalived'] as const) {
    test(`the end of the ${which} container moves the VIP and ends the daemon`, async (t) => {
      await settled();
      const old = holder();
      const probe = rig.probe(vip4, 80);
      await delay(300);
      const [supervisor] = rig.processes(old, `fairlead-${which}`.slice(0, 15));
      assert.ok(supervisor !== undefined);
      process.kill(supervisor, 'SIGTERM');
      await until('another node holds it', () => holdsOther(rig, old));
      await until('the daemon ended', () => rig.processes(old, which).length === 0);
      const { longestGapMs } = await probe.end();
      t.diagnostic(`stalled ${longestGapMs} ms`);
      assert.ok(longestGapMs < hungMs, `stalled ${longestGapMs} ms`);
      rig.daemon(old, which);
      await until('it is back', () => rig.processes(old, which).length > 0);
    });
  }

  test('VRRP packets of a stranger are dropped, those of members are not', async () => {
    const node = holder();
    const backup = rig.nodes.find((other) => other !== node);
    assert.ok(backup !== undefined);
    // A stranger that claims the instance with the highest priority, from the client's own address.
    const packet = vrrpPacket(51, 255);
    const send = `import socket,time
s=socket.socket(socket.AF_INET,socket.SOCK_RAW,112); s.setsockopt(0,socket.IP_TTL,255)
for _ in range(20): s.sendto(bytes.fromhex('${packet}'),('${node.address}',0)); time.sleep(0.05)`;
    rig.run(rig.client, 'python3', '-c', send);
    assert.deepEqual(rig.holders(vip4), [node.name]);
    const rules = rig.run(node.namespace, 'nft', 'list', 'table', 'inet', 'fairlead_edge');
    assert.match(rules, new RegExp(`${backup.address}.*counter packets 20 `));
  });

  test('a VIP added by a reload of Keepalived moves nothing that is there', async (t) => {
    await settled();
    const node = holder();
    const probe = rig.probe(vip4, 80, 900);
    await delay(300);
    for (const each of rig.nodes) {
      const before = desired(each);
      const instances = before.keepalived.instances.map((instance) => ({
        ...instance,
        generation: 2,
        vips: [
          ...instance.vips,
          { address: '10.99.0.60', family: 'IPv4' as const, interface: 'eth0' },
        ],
      }));
      await agents.get(each)?.apply({ ...before, keepalived: { ...before.keepalived, instances } });
    }
    await until('the new VIP is there', () => rig.holders('10.99.0.60')[0] === node.name);
    const { longestGapMs, failures } = await probe.end();
    assert.deepEqual(failures, {});
    t.diagnostic(`stalled ${longestGapMs} ms`);
    assert.ok(longestGapMs < hungMs, `stalled ${longestGapMs} ms`);
  });

  async function restartAgent(node: RigNode): Promise<void> {
    agents.set(node, await rig.agent(node));
    await agents.get(node)?.apply(desired(node));
  }
});

function holdsOther(rig: Rig, old: RigNode): boolean {
  const holders = rig.holders(vip4);
  return holders.length === 1 && holders[0] !== old.name;
}

function trackOf(rig: Rig, node: RigNode): string {
  return rig.file(node, 'run/edge/keepalived/track/haproxy').trim();
}

/**
 * A VRRPv3 advertisement for `vrid` without addresses (RFC 9568, 5.1); the checksum is left out: it
 * is dropped before.
 */
function vrrpPacket(vrid: number, priority: number): string {
  return Buffer.from([0x31, vrid, priority, 0, 0, 10, 0, 0]).toString('hex');
}
