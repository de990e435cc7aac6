// A pod dies while clients are few, so that checks alone find it dead: with the real HAProxy, at
// the defaults. A packet filter makes its death: it is at once, and the time of it is known.
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { Frontend } from '../../src/desired/desired-node.ts';
import type { Agent } from './agent-process.ts';
import { desiredFor, frontend, server, vip4 } from './desired.ts';
import { missing, Rig, type RigNode } from './rig.ts';
import { serverRow } from './server-row.ts';
import { until } from './wait.ts';

const skip = missing() ?? false;
const [mortal, other] = [9701, 9702];

/** The promise, in milliseconds. */
const outAfterMs = 1_500;

/** So that the traffic meets the dead pod before a check does. */
const rareChecks = { 'health-check-interval-seconds': 60 } as const;

/** Between two checks lies a second; the pod dies in each part of it. */
const phasesMs = [0, 250, 500, 750];

suite('dead pods and few clients', { skip }, () => {
  let rig: Rig;
  let node: RigNode;
  let agent: Agent;

  before(async () => {
    rig = new Rig(1);
    node = rig.node('n1');
    rig.pods(mortal, other);
    rig.run(rig.client, 'nft', 'add table inet dead');
    rig.run(rig.client, 'nft', 'add chain inet dead in { type filter hook input priority 0; }');
    agent = await rig.serve(node);
    const servers = [mortal, other].map((port) => server('10.99.0.1', port));
    await agent.apply(desiredFor(node, rig.nodes, [frontend(80, servers)]));
    await until('the node holds the VIP', () => rig.holders(vip4).length === 1);
    await until('both are up', () => isUp(mortal) && isUp(other));
  });
  after(() => rig.close());

  const isUp = (port: number) => {
    const row = serverRow(rig, node, port);
    return row['status'] === 'UP' && row['check_status'] === 'L4OK';
  };
  /** How often it was chosen for a client. */
  const chosen = (port = mortal) => Number(serverRow(rig, node, port)['lbtot']);
  /** A client's program takes its time to begin. */
  const haveCome = (clients: number) => {
    const all = () => chosen(mortal) + chosen(other);
    const before = all();
    return until(`${clients} clients`, () => all() >= before + clients);
  };

  /** How often it was chosen until the time was over, and a while with many clients later. */
  async function dies(verdict: string, phaseMs: number): Promise<readonly [number, number]> {
    await until('it is up', () => isUp(mortal));
    await delay(phaseMs);
    const few = rig.probeEvery(400, { address: vip4, port: 80, timeOutMs: 2_000 });
    await haveCome(2);
    rig.run(rig.client, 'nft', `add rule inet dead in tcp dport ${mortal} ${verdict}`);
    await delay(outAfterMs);
    const before = chosen();
    const many = rig.probe(vip4, 80, 2_000);
    await haveCome(20);
    const after = chosen();
    const seen = await Promise.all([few.end(), many.end()]);
    rig.run(rig.client, 'nft', 'flush chain inet dead in');
    for (const { ok, failures } of seen) {
      assert.ok(ok > 0);
      assert.deepEqual(failures, {});
    }
    return [before, after];
  }

  for (const [how, verdict] of [
    ['is silent', 'drop'],
    ['refuses', 'reject with tcp reset'],
  ] as const) {
    test(`who ${how} gets no new connection after 1.5 s, and no client notices`, async () => {
      for (const phaseMs of phasesMs) {
        const [before, after] = await dies(verdict, phaseMs);
        assert.equal(after, before, `dead ${phaseMs} ms after another phase`);
      }
    });
  }

  test('connect-timeout-milliseconds: how long a client waits before another pod is tried', async () => {
    const servers = [mortal, other].map((port) => server('10.99.0.1', port));
    const tookMs = async (milliseconds: number): Promise<number> => {
      const settings = {
        'connect-timeout-milliseconds': milliseconds,
        'passive-check': 'Disabled',
      };
      const one = {
        ...frontend(80, servers),
        settings: { ...settings, ...rareChecks },
      } as Frontend;
      await agent.apply(desiredFor(node, rig.nodes, [one]));
      await until('both serve', () =>
        [mortal, other].every((port) => serverRow(rig, node, port)['status'] === 'UP'),
      );
      rig.run(rig.client, 'nft', `add rule inet dead in tcp dport ${mortal} drop`);
      const took = [1, 2].map(() => {
        const began = performance.now();
        rig.run(rig.client, 'bash', '-c', `exec 3<>/dev/tcp/${vip4}/80 && timeout 10 head -c1 <&3`);
        return performance.now() - began;
      });
      rig.run(rig.client, 'nft', 'flush chain inet dead in');
      return Math.max(...took);
    };
    const [short, long] = [await tookMs(100), await tookMs(1_500)];
    assert.ok(short >= 100 && short < 1_500, `${short} ms`);
    assert.ok(long >= 1_500, `${long} ms`);
  });
});
