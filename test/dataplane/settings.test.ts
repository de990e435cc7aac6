// What owners set about their Services, with the real HAProxy: each setting does what it says, and
// a server that comes later has it as well, without a reload.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, suite, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { ServiceSettings } from '../../src/model/service-settings.ts';
import type { Agent } from './agent-process.ts';
import { desiredFor, frontend, server, vip4 } from './desired.ts';
import { missing, Rig, type RigNode } from './rig.ts';
import { until } from './wait.ts';

const skip = missing() ?? false;
const [first, second] = [server('10.99.0.1', 9001), server('10.99.0.1', 9002)];

suite('settings on one node', { skip }, () => {
  let rig: Rig;
  let node: RigNode;
  let agent: Agent;
  let children: ChildProcess[] = [];

  before(async () => {
    rig = new Rig(1);
    node = rig.node('n1');
    const pods = join(import.meta.dirname, 'telling-pods.ts');
    rig.start(rig.client, process.execPath, pods, rig.directory, '9001', '9002');
    agent = await rig.serve(node);
    await apply({}, first);
    await until('the VIP answers', () => rig.holders(vip4).length === 1 && ask() !== '');
  });
  afterEach(() => {
    for (const child of children) child.kill('SIGKILL');
    children = [];
  });
  after(() => rig.close());

  const apply = (settings: ServiceSettings, ...servers: (typeof first)[]) =>
    agent.apply(desiredFor(node, rig.nodes, [{ ...frontend(80, servers), settings }]));

  /** First without the second server, then with it: by the file, and by `add server`. */
  async function applyTwice(settings: ServiceSettings): Promise<void> {
    await apply(settings, first);
    const { steps, reloads } = await apply(settings, first, second);
    assert.deepEqual(reloads, []);
    for (const { step, ok, detail } of steps) assert.ok(ok, `${step.kind}: ${detail}`);
    await until('both serve', () => {
      const states = rig
        .cli(node, 'show servers state')
        .split('\n')
        .map((line) => line.split(' '));
      // Name, running, no administrative state: HAProxy's management guide, 9.3.
      const up = states.filter(([, , , name, , state, admin]) => {
        return (name === first.name || name === second.name) && state === '2' && admin === '0';
      });
      return up.length === 2;
    });
  }

  /** What a pod heard of one connection; '' when it was closed without a word. */
  function ask(word = 'hello'): string {
    const talk = `exec 3<>/dev/tcp/${vip4}/80 && echo ${word} >&3 && timeout 2 head -n1 <&3`;
    try {
      return rig.run(rig.client, 'bash', '-c', talk).trim();
    } catch {
      return '';
    }
  }

  /** A connection that stays open; whether a pod answered it. */
  async function stay(): Promise<boolean> {
    const talk = `exec 3<>/dev/tcp/${vip4}/80; echo stay >&3; exec cat <&3`;
    const child = spawn('ip', ['netns', 'exec', rig.client, 'bash', '-c', talk]);
    children.push(child);
    return await new Promise((resolve) => {
      child.stdout.once('data', () => resolve(true));
      child.once('close', () => resolve(false));
    });
  }

  const answering = (): string[] => {
    const answers = Array.from({ length: 6 }, () => ask().split(' ')[0] ?? '');
    return [...new Set(answers)].sort();
  };

  test('health-check HTTP: a pod that says 503 gets nobody until it is well again', async () => {
    const settings: ServiceSettings = {
      'health-check': 'HTTP',
      'health-check-path': '/healthz',
      'health-check-host': 'shop.example.com',
      'health-check-status': '200',
    };
    await applyTwice(settings);
    assert.deepEqual(answering(), ['9001', '9002']);
    const sick = join(rig.directory, '9002.sick');
    writeFileSync(sick, '');
    await until('the sick one is out', () => answering().join() === '9001');
    const { serversDown } = await apply(settings, first, second);
    assert.partialDeepStrictEqual(serversDown, [
      { service: 'shop/web', port: 80, server: '10.99.0.1:9002' },
    ]);
    assert.match(serversDown[0]?.why ?? '', /^L7STS 503: /);
    rmSync(sick);
    await until('it is back', () => answering().join() === '9001,9002');
    assert.deepEqual((await apply(settings, first, second)).serversDown, []);
  });

  test('proxy-protocol: the pod hears who the client is, and checks pass', async () => {
    await applyTwice({ 'proxy-protocol': 'V1' });
    const heard = Buffer.from(ask().split(' ')[1] ?? '', 'hex').toString();
    assert.match(heard, /^PROXY TCP4 10\.99\.0\.1 10\.99\.0\.50 \d+ 80\r\n/);
    assert.deepEqual(answering(), ['9001', '9002']);
    await applyTwice({ 'proxy-protocol': 'V2' });
    assert.match(ask(), /^900[12] 0d0a0d0a000d0a515549540a21110{0,2}/);
    await applyTwice({ 'proxy-protocol': 'V2', 'health-check-port': 9001 });
  });

  test('max-connections-per-client: one more is closed, and there is room when one ends', async () => {
    await apply({ 'max-connections-per-client': 2 }, first);
    assert.deepEqual([await stay(), await stay(), await stay()], [true, true, false]);
    children[0]?.kill('SIGKILL');
    await until('there is room again', () => ask() !== '');
  });

  test('connections-per-second-per-client: faster ones are closed', async () => {
    await apply({ 'connections-per-second-per-client': 3 }, first);
    const answers = Array.from({ length: 8 }, () => ask());
    assert.ok(answers.includes(''), answers.join());
    assert.notEqual(answers[0], '');
    // HAProxy counts a second and what is left of the one before.
    await delay(2_500);
    assert.notEqual(ask(), '', 'slower ones are served again');
  });

  test('max-connections-per-server: the next one waits until there is room', async () => {
    await applyTwice({ 'max-connections-per-server': 1 });
    assert.deepEqual([await stay(), await stay()], [true, true]);
    const third = stay();
    children[0]?.kill('SIGKILL');
    assert.equal(await third, true);
  });

  test('both sides of a connection are asked whether they are still there', async () => {
    await apply({}, first);
    assert.equal(await stay(), true);
    const all = rig.run(node.namespace, 'ss', '-tnoH', 'state', 'established').split('\n');
    for (const part of [`${vip4}:80`, '10.99.0.1:9001']) {
      const own = all.filter((line) => line.includes(part)).join('\n');
      assert.match(own, /timer:\(keepalive/, all.join('\n'));
    }
  });

  test('idle-timeout-seconds: a silent connection is closed', async () => {
    await apply({ 'idle-timeout-seconds': 1 }, first);
    assert.equal(await stay(), true);
    const [child] = children;
    await until('it is closed', () => child?.exitCode !== null);
  });

  test('idle-timeout-seconds: one that says something now and then stays, until it is silent', async () => {
    await apply({ 'idle-timeout-seconds': 2 }, first);
    const often = 'for n in 1 2 3 4 5 6 7 8; do sleep 0.6; echo more >&3 || exit 1; done';
    const talk = `exec 3<>/dev/tcp/${vip4}/80; echo stay >&3; ${often}; echo awake; exec cat <&3`;
    const child = spawn('ip', ['netns', 'exec', rig.client, 'bash', '-c', talk]);
    children.push(child);
    let said = '';
    child.stdout.on('data', (text: Buffer) => {
      said += text.toString();
    });
    await until('it ends', () => child.exitCode !== null);
    assert.equal(said, 'awake\n9001 stays\n');
  });
});
