// An agent that is killed between two of its steps: what it leaves serves, and the next one brings
// together again what is desired, the file and what runs.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import type { DesiredPool, Frontend, Server } from '../../src/desired/desired-node.ts';
import { renderHaproxy } from '../../src/render/haproxy.ts';
import { poolPaths } from '../../src/render/pool-paths.ts';
import type { Agent } from './agent-process.ts';
import { desiredFor, frontend, server, vip4 } from './desired.ts';
import { missing, Rig, type RigNode } from './rig.ts';
import { until } from './wait.ts';

const skip = missing() ?? false;
const ports = [9291, 9292, 9293] as const;
const servers = (...of: number[]): Server[] => of.map((port) => server('10.99.0.1', port));

suite('an agent that is killed between two steps', { skip }, () => {
  let rig: Rig;
  let node: RigNode;
  let agent: Agent;

  before(async () => {
    rig = new Rig(1);
    node = rig.node('n1');
    rig.pods(...ports);
    agent = await rig.serve(node);
  });
  after(() => rig.close());

  const wanted = (...frontends: Frontend[]) => desiredFor(node, rig.nodes, frontends);
  const [first, second, third] = ports;
  const old = () => wanted(frontend(80, servers(first, second)));

  /** Which pods answer on a port of the VIP, or why none does. */
  function answering(port: number): string {
    const ask = `exec 3<>/dev/tcp/${vip4}/${port} && timeout 2 cat <&3`;
    const once = (): string => {
      try {
        return rig.run(rig.client, 'bash', '-c', ask).trim() || 'closed';
      } catch {
        return 'refused';
      }
    };
    return [...new Set(Array.from({ length: 6 }, once))].sort().join();
  }
  const serves = (port: number, ...of: number[]) =>
    until(`${of} at ${port}`, () => answering(port) === of.join());

  /** The servers of HAProxy that are ready, by the names it has. */
  const running = (): string[] =>
    rig
      .cli(node, 'show servers state')
      .split('\n')
      .map((line) => line.split(' '))
      .filter((words) => words[6] === '0')
      .map((words) => `${words[1]}/${words[3]}`)
      .sort();
  /** The same of the file. */
  function written(text: string): string[] {
    const found: string[] = [];
    let backend = '';
    for (const line of text.split('\n')) {
      backend = /^backend (\S+)/.exec(line)?.[1] ?? backend;
      const name = /^ {2}server (\S+)/.exec(line)?.[1];
      if (name !== undefined) found.push(`${backend}/${name}`);
    }
    return found.sort();
  }

  const file = () => rig.file(node, 'run/edge/haproxy/haproxy.cfg');
  const configuration = () => join(node.directory, 'run/edge/haproxy/haproxy.cfg');

  /** Begins with the old state, then does so many steps towards the new one and dies. */
  async function killedAfter(steps: number, goal: DesiredPool): Promise<string[]> {
    await agent.apply(old());
    await serves(80, first, second);
    agent.child.kill('SIGKILL');
    writeFileSync(join(node.directory, 'run/goal'), JSON.stringify(goal));
    const program = rig.program(node, 'ending-agent.ts', '/run/fairlead/goal', String(steps));
    let said = '';
    program.stdout?.on('data', (chunk) => {
      said += chunk;
    });
    await new Promise((resolve) => program.once('close', resolve));
    return said.split('\n').filter((line) => line !== '');
  }

  /** What every reader of the node finds once the next agent has been there. */
  async function isWhole(goal: DesiredPool): Promise<void> {
    const text = renderHaproxy(goal.haproxy, poolPaths('edge')).text;
    await until('the file is what is desired', () => file() === text);
    const structure = /^ {2}description (\S+)/m.exec(text)?.[1] ?? '';
    await until('what runs is what is in the file', () => {
      const info = rig.cli(node, 'show info');
      return (
        info.includes(`description: ${structure}`) && String(running()) === String(written(text))
      );
    });
  }

  /** Kills it after no step, after one, and so on until there is nothing left to do. */
  async function everyPlace(goal: DesiredPool, check: () => Promise<void>): Promise<string[]> {
    for (let steps = 0; ; steps += 1) {
      const done = await killedAfter(steps, goal);
      if (done.length < steps) return done;
      // Neither is what an agent leaves that dies in the middle of writing.
      writeFileSync(`${configuration()}.candidate`, 'half a fi');
      assert.match(answering(80), /^\d+(,\d+)*$/, `nobody is refused after: ${done.join()}`);
      await check();
    }
  }

  const next = async (goal: DesiredPool) => {
    agent = await rig.agent(node);
    await agent.apply(goal);
    await isWhole(goal);
  };

  test('servers come and go without a reload', async () => {
    const goal = wanted(frontend(80, servers(second, third)));
    const done = await everyPlace(goal, async () => {
      await next(goal);
      await serves(80, second, third);
    });
    agent = await rig.agent(node);
    for (const kind of ['write-file', 'server-add', 'server-ready', 'server-remove']) {
      assert.ok(done.includes(kind), `${kind} of ${done.join()}`);
    }
    assert.ok(!done.includes('haproxy-reload'), done.join());
  });

  test('a port comes, with a reload', async () => {
    const goal = wanted(frontend(80, servers(second, third)), frontend(81, servers(third), 'api'));
    const done = await everyPlace(goal, async () => {
      await next(goal);
      await serves(80, second, third);
      await serves(81, third);
    });
    agent = await rig.agent(node);
    assert.deepEqual(done.slice(0, 3), ['write-file', 'save-server-state', 'haproxy-reload']);
  });

  test('HAProxy dies with it, and what starts without an agent is one of the two states', async () => {
    const goal = wanted(frontend(80, servers(second, third)));
    await everyPlace(goal, async () => {
      rig.signal(node, 'haproxy', 'SIGKILL');
      const states = [servers(first, second), servers(second, third)].map(
        (all) => renderHaproxy(wanted(frontend(80, all)).haproxy, poolPaths('edge')).text,
      );
      assert.ok(states.includes(file()), 'the file is whole');
      const all = written(file()).map((name) => Number(name.slice(-4)));
      await serves(80, ...all);
      await next(goal);
      await serves(80, second, third);
    });
    agent = await rig.agent(node);
  });
});
