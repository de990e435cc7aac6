// Other Services beside the own one, with the real HAProxy: a share of new connections by weights,
// and somebody who stands in when no own server can answer.
import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import type { Frontend, Server } from '../../src/desired/desired-node.ts';
import { shareWeights } from '../../src/model/share-weights.ts';
import type { Agent } from './agent-process.ts';
import { desiredFor, frontend, server, vip4 } from './desired.ts';
import { missing, Rig, type RigNode } from './rig.ts';
import { until } from './wait.ts';

const skip = missing() ?? false;
const [web] = [frontend(80, [])];

suite('servers of other Services on one node', { skip }, () => {
  let rig: Rig;
  let node: RigNode;
  let agent: Agent;
  const pods = new Map<number, ChildProcess>();

  before(async () => {
    rig = new Rig(1);
    node = rig.node('n1');
    for (const port of [9001, 9002, 9003, 9009]) startPod(port);
    agent = await rig.serve(node);
    await apply({ ...web, servers: [at(9001)] });
    await until('the VIP answers', () => rig.holders(vip4).length === 1 && ask(1)[0] === '9001');
  });
  after(() => rig.close());

  const at = (port: number, more: Partial<Server> = {}): Server => ({
    ...server('10.99.0.1', port),
    ...more,
  });

  const apply = (...frontends: Frontend[]) => agent.apply(desiredFor(node, rig.nodes, frontends));

  function startPod(port: number): void {
    const script = join(import.meta.dirname, 'pods.ts');
    pods.set(port, rig.start(rig.client, process.execPath, script, String(port)));
  }

  async function stopPod(port: number): Promise<void> {
    const pod = pods.get(port);
    assert.ok(pod);
    pod.kill('SIGKILL');
    await once(pod, 'exit');
  }

  /** Who answers so many connections; `none`: nobody. */
  function ask(count: number): string[] {
    const talk =
      `for n in $(seq ${count}); do ` +
      `(exec 3<>/dev/tcp/${vip4}/80 && timeout 2 head -n1 <&3) 2>/dev/null || echo none; done`;
    return rig.run(rig.client, 'bash', '-c', talk).trim().split('\n');
  }

  const answering = () => [...new Set(ask(6))].sort().join();

  const cli = (command: string) => rig.cli(node, command);

  async function allUp(): Promise<void> {
    await until('every server is up', () => {
      const lines = cli('show servers state')
        .split('\n')
        .filter((line) => line.includes(' 10.99.0.1 '));
      return lines.length > 0 && lines.every((line) => / 10\.99\.0\.1 2 0 /.test(line));
    });
  }

  /** Two own servers and one of the canary, which gets so much. */
  function sharing(percent: number): Frontend {
    const { own, other } = shareWeights(percent, { own: 2, other: 1 });
    const ours = [9001, 9002].map((port) => at(port, { weight: own.weight }));
    const theirs = at(9003, { weight: other.weight, isCanary: true });
    return { ...web, servers: [...ours, theirs], canary: { service: 'next', percent } };
  }

  for (const percent of [10, 50]) {
    test(`${percent} of 100 connections go to the canary, and that takes no reload`, async () => {
      const { reloads } = await apply(sharing(percent));
      assert.deepEqual(reloads, []);
      await allUp();
      await until('the weights are set', () => {
        const weight = cli(`get weight ${web.name}/${at(9003).name}`);
        const wanted = sharing(percent).servers[2]?.weight ?? 1;
        return weight.startsWith(`${wanted} `);
      });
      // A round may be under way: two connections more or less.
      const hits = ask(100).filter((port) => port === '9003').length;
      assert.ok(Math.abs(hits - percent) <= 2, `${hits} of 100`);
    });
  }

  test('a weight that somebody changed by hand is brought back', async () => {
    cli(`set server ${web.name}/${at(9003).name} weight 0`);
    assert.deepEqual([...new Set(ask(20))].sort(), ['9001', '9002']);
    assert.deepEqual((await apply(sharing(50))).reloads, []);
    await until('the canary gets its share', () => ask(20).includes('9003'));
  });

  test('0 of 100 go to nobody of the canary; 100 leave the own servers standing by', async () => {
    const none = [at(9001), at(9002), at(9003, { weight: 0, isCanary: true })];
    assert.deepEqual((await apply({ ...web, servers: none })).reloads, []);
    await until('only the own ones serve', () => answering() === '9001,9002');
    const spare = { role: 'Spare' } as const;
    const all = [at(9001, spare), at(9002, spare), at(9003, { isCanary: true })];
    assert.deepEqual((await apply({ ...web, servers: all })).reloads, [
      [`ServerRoleChanged ${web.name}`],
    ]);
    await until('only the canary serves', () => answering() === '9003');
    await stopPod(9003);
    await until('the own ones stand in', () => answering() === '9001,9002');
    startPod(9003);
  });

  const closed = (...servers: Server[]) => ({ service: 'closed', servers });

  test('the backup serves when the own servers fail, remembers nobody, and goes again', async () => {
    const sticky = { ...web, affinitySeconds: 60, backup: closed() };
    await apply({ ...sticky, servers: [at(9001)] });
    const { reloads } = await apply({ ...sticky, servers: [at(9001)], backup: closed(at(9009)) });
    assert.deepEqual(reloads, []);
    await allUp();
    assert.equal(answering(), '9001');
    await stopPod(9001);
    await until('the backup serves', () => answering() === '9009');
    const { serversDown } = await apply({
      ...{ ...sticky, servers: [at(9001)], backup: closed(at(9009)) },
    });
    assert.partialDeepStrictEqual(serversDown, [{ service: 'shop/web', server: '10.99.0.1:9001' }]);
    startPod(9001);
    await until('the own one serves again', () => answering() === '9001');
  });

  test('the backup serves alone where there is no endpoint, and without it clients are refused', async () => {
    const of = (...backup: Server[]) => ({ ...web, servers: [], backup: closed(...backup) });
    await apply(of(at(9009)));
    await until('the backup serves', () => answering() === '9009');
    await apply(of());
    await until('nobody serves', () => answering() === 'none');
    const { reloads } = await apply(of(at(9009)));
    await until('the backup serves again', () => answering() === '9009');
    assert.deepEqual(reloads, []);
  });
});
