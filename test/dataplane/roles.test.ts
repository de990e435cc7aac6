// Servers near the node and others that stand by, with the real HAProxy: the others serve without a
// reload, a command or an agent when the near ones fail, and go back when they return.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import type { Server, ServerRole } from '../../src/desired/desired-node.ts';
import type { Agent } from './agent-process.ts';
import { desiredFor, frontend, server, vip4 } from './desired.ts';
import { missing, Rig, type RigNode } from './rig.ts';
import { until } from './wait.ts';

const skip = missing() ?? false;

suite('near servers and spare ones on one node', { skip }, () => {
  let rig: Rig;
  let node: RigNode;
  let agent: Agent;
  const pods = new Map<number, ChildProcess>();

  before(async () => {
    rig = new Rig(1);
    node = rig.node('n1');
    for (const port of [9001, 9002, 9003]) startPod(port);
    agent = await rig.serve(node);
    await apply(at(9001));
    await until('the VIP answers', () => rig.holders(vip4).length === 1 && ask() !== '');
  });
  after(() => rig.close());

  const at = (port: number, role?: ServerRole): Server => ({
    ...server('10.99.0.1', port),
    ...(role && { role }),
  });

  const apply = (...servers: Server[]) =>
    agent.apply(desiredFor(node, rig.nodes, [frontend(80, servers)]));

  function startPod(port: number): void {
    const script = join(import.meta.dirname, 'telling-pods.ts');
    pods.set(port, rig.start(rig.client, process.execPath, script, rig.directory, String(port)));
  }

  async function stopPod(port: number): Promise<void> {
    const pod = pods.get(port);
    assert.ok(pod);
    pod.kill('SIGKILL');
    await once(pod, 'exit');
  }

  /** The port of the pod that answers; '' when nobody does. */
  function ask(): string {
    const talk = `exec 3<>/dev/tcp/${vip4}/80 && echo hello >&3 && timeout 2 head -n1 <&3`;
    try {
      return rig.run(rig.client, 'bash', '-c', talk).split(' ')[0] ?? '';
    } catch {
      return '';
    }
  }

  const answering = (): string => {
    const answers = Array.from({ length: 6 }, ask);
    return [...new Set(answers)].sort().join();
  };

  const weights = (): string =>
    rig
      .cli(node, 'show servers state')
      .split('\n')
      .map((line) => line.split(' '))
      .filter((fields) => fields.length > 18 && fields[1]?.startsWith('shop_'))
      .map((fields) => `${fields[3]?.split('_')[1]}:${fields[7]}`)
      .sort()
      .join(' ');

  const allUp = (count: number) =>
    until(`${count} servers are up`, () => {
      const states = rig.cli(node, 'show servers state').split('\n');
      return states.filter((line) => / 10\.99\.0\.1 2 0 /.test(line)).length === count;
    });

  test('R73: spares come without a reload and get nobody while a near server is up', async () => {
    const { reloads } = await apply(at(9001), at(9002, 'Spare'), at(9003, 'Spare'));
    assert.deepEqual(reloads, []);
    await allUp(3);
    assert.equal(weights(), '9001:1 9002:256 9003:256');
    assert.equal(answering(), '9001');
  });

  test('R73: when the near one fails all spares serve by themselves, until it is back', async () => {
    await stopPod(9001);
    await until('both spares serve', () => answering() === '9002,9003');
    startPod(9001);
    await until('the near one serves alone', () => answering() === '9001');
  });

  test('R73: without any near server all serve, and the first near one takes over: no reload', async () => {
    const gone = await apply(at(9002, 'Spare'), at(9003, 'Spare'));
    await until('both serve', () => answering() === '9002,9003');
    const back = await apply(at(9001), at(9002, 'Spare'), at(9003, 'Spare'));
    assert.deepEqual([...gone.reloads, ...back.reloads], []);
    await until('the near one serves alone', () => answering() === '9001');
  });

  test('a server whose part changes costs one reload, which says so and cuts no connection', async () => {
    const talk = `exec 3<>/dev/tcp/${vip4}/80; echo stay >&3; exec cat <&3`;
    const words = ['netns', 'exec', rig.client, 'bash', '-c', talk];
    const client = spawn('ip', words, { stdio: ['ignore', 'pipe', 'ignore'] });
    let said = '';
    client.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
    await until('the client is connected', () => said.startsWith('9001 stays'));
    const { reloads } = await apply(at(9001, 'Spare'), at(9002), at(9003, 'Spare'));
    assert.deepEqual(reloads, [[`ServerRoleChanged ${frontend(80, []).name}`]]);
    await until('the other serves alone', () => answering() === '9002');
    assert.deepEqual((await apply(at(9001, 'Spare'), at(9002), at(9003, 'Spare'))).reloads, []);
    assert.equal(client.exitCode, null, 'the connection stays');
    client.kill('SIGKILL');
  });

  test('R73: of spares those of the zone serve, by their weight, and it is kept up', async () => {
    const now = [at(9001, 'LastSpare'), at(9002), at(9003, 'Spare')];
    assert.deepEqual((await apply(...now)).reloads, []);
    await until('the weight is that of a last one', () => weights() === '9001:2 9002:1 9003:256');
    await stopPod(9002);
    await until('the zone serves', () => answering() === '9003');
    rig.cli(node, `set server ${frontend(80, []).name}/${at(9001).name} weight 256`);
    await apply(...now);
    assert.equal(weights(), '9001:2 9002:1 9003:256');
    startPod(9002);
  });

  test('R67: terminating servers play on their parts, without a reload', async () => {
    const ending = [9001, 9002, 9003].map((port) => at(port, 'Kept'));
    assert.deepEqual((await apply(...ending)).reloads, []);
    await until('the near one serves', () => answering() === '9002');
  });
});
