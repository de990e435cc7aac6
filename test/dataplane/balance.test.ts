// How new connections are shared out, with the real HAProxy: each algorithm does what the others
// would not.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { after, afterEach, before, suite, test } from 'node:test';
import type { ServiceSettings } from '../../src/model/service-settings.ts';
import type { Agent } from './agent-process.ts';
import { desiredFor, frontend, server, vip4 } from './desired.ts';
import { missing, Rig, type RigNode } from './rig.ts';
import { verdict } from './server-row.ts';
import { until } from './wait.ts';

const skip = missing() ?? false;
const [first, second] = [9261, 9262];

suite('balance', { skip }, () => {
  let rig: Rig;
  let node: RigNode;
  let agent: Agent;
  let held: { readonly port: number; readonly child: ChildProcess }[] = [];

  before(async () => {
    rig = new Rig(1);
    node = rig.node('n1');
    const pods = join(import.meta.dirname, 'telling-pods.ts');
    rig.start(rig.client, process.execPath, pods, rig.directory, ...[first, second].map(String));
    agent = await rig.serve(node);
    await apply({}, first, second);
    await until('the VIP answers', () => rig.holders(vip4).length === 1 && ask() > 0);
  });
  afterEach(() => {
    for (const { child } of held) child.kill('SIGKILL');
    held = [];
  });
  after(() => rig.close());

  async function apply(settings: ServiceSettings, ...ports: number[]): Promise<void> {
    const servers = ports.map((port) => server('10.99.0.1', port));
    await agent.apply(desiredFor(node, rig.nodes, [{ ...frontend(80, servers), settings }]));
    const areUp = () => ports.every((port) => verdict(rig, node, port).startsWith('UP'));
    await until('they serve', areUp);
    const isReady = () =>
      ports.every((port) => {
        const line = rig.cli(node, 'show servers state').split('\n');
        // Name and administrative state: HAProxy's management guide, 9.3.
        return line.some(
          (text) => text.split(' ')[3]?.endsWith(`_${port}`) && text.split(' ')[6] === '0',
        );
      });
    await until('they are given connections', isReady);
  }

  /** The port that answers one short connection; NaN when none does. */
  function ask(): number {
    const talk = `exec 3<>/dev/tcp/${vip4}/80 && echo hello >&3 && timeout 2 head -n1 <&3`;
    try {
      return Number.parseInt(rig.run(rig.client, 'bash', '-c', talk), 10);
    } catch {
      return Number.NaN;
    }
  }
  const askTimes = (times: number) => Array.from({ length: times }, ask);
  const share = (port: number, all: readonly number[]) =>
    all.filter((each) => each === port).length / all.length;

  /** The port of a connection that stays open. */
  async function hold(): Promise<number> {
    const talk = `exec 3<>/dev/tcp/${vip4}/80; echo stay >&3; exec cat <&3`;
    const child = spawn('ip', ['netns', 'exec', rig.client, 'bash', '-c', talk]);
    const port = await new Promise<number>((resolve) => {
      child.stdout.once('data', (said: Buffer) => resolve(Number.parseInt(said.toString(), 10)));
      child.once('close', () => resolve(Number.NaN));
    });
    held.push({ port, child });
    return port;
  }
  async function holdTimes(times: number): Promise<number[]> {
    const all: number[] = [];
    for (let n = 0; n < times; n += 1) all.push(await hold());
    return all;
  }

  /** Both serve, and the first has so many connections that stay. */
  async function loaded(settings: ServiceSettings, times: number): Promise<void> {
    await apply(settings, first);
    assert.deepEqual(new Set(await holdTimes(times)), new Set([first]));
    await apply(settings, first, second);
  }

  test('RoundRobin: one after the other, whatever they have', async () => {
    await loaded({ balance: 'RoundRobin' }, 5);
    const all = askTimes(10);
    assert.ok(
      all.every((port, n) => n === 0 || port !== all[n - 1]),
      all.join(),
    );
  });

  test('LeastConnections: who has long connections gets no new one until others have as many', async () => {
    await loaded({ balance: 'LeastConnections' }, 5);
    assert.deepEqual(new Set(askTimes(10)), new Set([second]));
    assert.deepEqual(new Set(await holdTimes(4)), new Set([second]));
    // Five and four: the fifth makes them equal, and of two more each gets one.
    assert.equal(await hold(), second);
    assert.deepEqual((await holdTimes(2)).sort(), [first, second]);
  });

  test('First: fills one up to max-connections-per-server before the next', async () => {
    await apply({ balance: 'First', 'max-connections-per-server': 3 }, first, second);
    const [one = 0, ...others] = await holdTimes(6);
    const other = one === first ? second : first;
    assert.deepEqual(others, [one, one, other, other, other]);
    held.find(({ port }) => port === one)?.child.kill('SIGKILL');
    await until('there is room again', () => ask() === one);
    assert.equal(await hold(), one, 'which comes before the room that others have');
  });

  test('Random: not in turn, and rather who has less, but not always', async () => {
    await apply({ balance: 'Random' }, first, second);
    const idle = askTimes(80);
    assert.ok(share(first, idle) > 0.05 && share(second, idle) > 0.05, idle.join());
    const twice = idle.filter((port, n) => n > 0 && port === idle[n - 1]);
    assert.ok(twice.length > 5, `in turn: ${idle.join()}`);
    await loaded({ balance: 'Random' }, 5);
    const all = askTimes(80);
    assert.ok(share(first, all) > 0, 'two draws of the same one have no choice');
    assert.ok(
      share(first, all) < share(first, idle),
      `${share(first, all)} of ${share(first, idle)}`,
    );
  });

  test('SourceHash: a client stays at one, even where others have less', async () => {
    await apply({ balance: 'SourceHash' }, first, second);
    const own = ask();
    assert.deepEqual(new Set(await holdTimes(5)), new Set([own]));
    assert.deepEqual(new Set(askTimes(10)), new Set([own]));
  });
});
