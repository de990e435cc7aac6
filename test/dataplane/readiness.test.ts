// What becomes of connections to a pod that is no longer ready, ends or goes, with the real HAProxy
// and clients that hold their connections.
import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { after, before, suite, test } from 'node:test';
import type { Server } from '../../src/desired/desired-node.ts';
import type { Agent } from './agent-process.ts';
import { conversation, echoPod } from './conversation.ts';
import { desiredFor, frontend, vip4 } from './desired.ts';
import { missing, Rig, type RigNode } from './rig.ts';
import { serverRow } from './server-row.ts';
import { until } from './wait.ts';

const skip = missing() ?? false;
const [ours, others] = [9801, 9802];
const remembering = 8081;

suite('readiness', { skip }, () => {
  let rig: Rig;
  let node: RigNode;
  let agent: Agent;
  let [one, other]: (Server | undefined)[] = [];

  before(async () => {
    rig = new Rig(1);
    node = rig.node('n1');
    [one, other] = [echoPod(rig, ours), echoPod(rig, others)];
    agent = await rig.serve(node);
    await apply('ready');
    await until('the node holds the VIP', () => rig.holders(vip4).length === 1);
    await isUp();
  });
  after(() => rig.close());

  /** Our pod, in a state or gone, and where it is said the other one. */
  async function apply(state: Server['state'] | 'gone', withOther = false): Promise<void> {
    const own = state === 'gone' || one === undefined ? [] : [{ ...one, state }];
    const servers = [...own, ...(withOther && other ? [other] : [])];
    const sticky = { ...frontend(remembering, servers), affinitySeconds: 600 };
    const reloads = agent.outcomes.flatMap((outcome) => outcome.reloads).length;
    const outcome = await agent.apply(desiredFor(node, rig.nodes, [frontend(80, servers), sticky]));
    assert.deepEqual(
      outcome.steps.filter(({ ok }) => !ok),
      [],
    );
    if (reloads > 0) assert.deepEqual(outcome.reloads, []);
  }
  const isUp = () =>
    until('it is up', () => {
      const { status, check_status: check } = serverRow(rig, node, ours);
      return status === 'UP' && check === 'L4OK';
    });
  /** How often our pod was chosen for a connection, on both ports. */
  const chosen = () => {
    const rows = rig.cli(node, 'show stat -1 4 -1').split('\n');
    const at = (rows[0] ?? '').replace('# ', '').split(',').indexOf('lbtot');
    const own = rows.map((row) => row.split(',')).filter(([, name]) => name?.endsWith(`_${ours}`));
    return own.reduce((sum, row) => sum + Number(row[at]), 0);
  };
  const connect = (port: number) => {
    const talk = `exec 3<>/dev/tcp/${vip4}/${port} && echo word >&3 && read -u3 word && echo $word`;
    return rig.run(rig.client, 'timeout', '5', 'bash', '-c', talk);
  };
  const connectEverywhere = () => {
    for (let times = 0; times < 4; times += 1) {
      for (const port of [80, remembering]) assert.equal(connect(port), 'word\n');
    }
  };

  test('R69: a session outlives that its pod is unready; nobody else comes there meanwhile', async () => {
    const sessions = [await conversation(rig, 80), await conversation(rig, remembering)];
    const later = await conversation(rig, 80, 'later');
    await apply('unready', true);
    const before = chosen();
    connectEverywhere();
    assert.equal(chosen(), before, 'also who is remembered goes elsewhere');
    for (const stillAnswers of sessions) await stillAnswers();
    await apply('ready', true);
    await isUp();
    await until('it has new clients again', () => {
      connectEverywhere();
      return chosen() > before;
    });
    await later();
  });

  test('R69: it comes back when its check passes, not before', async () => {
    await apply('unready', true);
    rig.run(rig.client, 'nft', 'add table inet ill');
    rig.run(rig.client, 'nft', 'add chain inet ill in { type filter hook input priority 0; }');
    const refuse = `add rule inet ill in tcp dport ${ours} reject with tcp reset`;
    rig.run(rig.client, 'nft', refuse);
    const before = chosen();
    await apply('ready', true);
    await until('its check fails', () => {
      connectEverywhere();
      return serverRow(rig, node, ours)['status'] === 'DOWN';
    });
    assert.equal(chosen(), before);
    rig.run(rig.client, 'nft', 'delete table inet ill');
    await isUp();
  });

  test('R69, R70: the session of the only pod lives on while the port refuses', async () => {
    await apply('ready');
    const [first, second] = [await conversation(rig, 80, 'a'), await conversation(rig, 80, 'b')];
    await apply('unready');
    assert.throws(() => connect(80), /Connection refused/);
    await first();
    await apply('ready');
    assert.equal(connect(80), 'word\n');
    await second();
  });

  test('R69: a session outlives that its pod terminates, and ends when the endpoint goes', async () => {
    await apply('ready');
    const stillAnswers = await conversation(rig, 80, 'ending');
    const held = hold();
    await until('it is connected', () => Number(serverRow(rig, node, ours)['scur']) >= 2);
    await apply('drain', true);
    const before = chosen();
    for (let times = 0; times < 4; times += 1) assert.equal(connect(80), 'word\n');
    assert.equal(chosen(), before);
    await stillAnswers();
    assert.equal(held.exitCode, null);
    await apply('gone', true);
    await until('it is cut', () => held.exitCode !== null, 5);
  });

  test('R69: the session of an unready pod ends when the endpoint goes', async () => {
    await apply('ready');
    const held = hold();
    await until('it is connected', () => Number(serverRow(rig, node, ours)['scur']) >= 1);
    await apply('unready', true);
    connectEverywhere();
    assert.equal(held.exitCode, null);
    await apply('gone', true);
    await until('it is cut', () => held.exitCode !== null, 5);
  });

  /** Holds a connection without a word; ends when it does. */
  function hold(): ChildProcess {
    return rig.start(rig.client, 'socat', '-u', `TCP4:${vip4}:80`, 'STDOUT');
  }
});
