// agent-check-port with the real HAProxy, a real agent beside each pod, and real clients: what a
// pod says of itself counts, is not fought over, and gives way to what Kubernetes says.
import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, suite, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { Server } from '../../src/desired/desired-node.ts';
import type { ServiceSettings } from '../../src/model/service-settings.ts';
import { parseServersState } from '../../src/plan/observed.ts';
import type { Agent } from './agent-process.ts';
import { desiredFor, frontend, server, vip4 } from './desired.ts';
import { missing, Rig, type RigNode } from './rig.ts';
import { until } from './wait.ts';

const skip = missing() ?? false;
// Both pods have one address here, so they have one agent: who is asked is told apart by the port
// of the setting, and what is said counts for both.
const [first, second] = [server('10.99.0.1', 9301), server('10.99.0.1', 9302)];
const asked: ServiceSettings = { 'agent-check-port': 9391, 'agent-check-interval-seconds': 1 };

suite('agent-check', { skip }, () => {
  let rig: Rig;
  let node: RigNode;
  let agent: Agent;

  before(async () => {
    rig = new Rig(1);
    node = rig.node('n1');
    const pods = join(import.meta.dirname, 'agent-pods.ts');
    rig.start(rig.client, process.execPath, pods, rig.directory, '9391');
    rig.pods(9301, 9302);
    agent = await rig.serve(node);
    await apply({}, first, second);
    await until('the VIP answers', () => rig.holders(vip4).length === 1 && ask() !== '');
  });
  afterEach(() => rmSync(join(rig.directory, '9391.says'), { force: true }));
  after(() => rig.close());

  const apply = (settings: ServiceSettings, ...servers: Server[]) =>
    agent.apply(desiredFor(node, rig.nodes, [{ ...frontend(80, servers), settings }]));
  const says = (text: string) => writeFileSync(join(rig.directory, '9391.says'), text);
  const drained = (of: Server): Server => ({ ...of, state: 'drain' });
  const seen = (of: Server) => {
    const all = parseServersState(rig.cli(node, 'show servers state'));
    return all.find(({ name }) => name === of.name);
  };
  const states = () => [first, second].map((each) => seen(each)?.state ?? 'none').join();
  const hasState = (wanted: string) => until(wanted, () => states() === wanted);

  function ask(): string {
    const talk = `exec 3<>/dev/tcp/${vip4}/80 && timeout 2 head -n1 <&3`;
    try {
      return rig.run(rig.client, 'bash', '-c', talk).trim();
    } catch {
      return '';
    }
  }

  test('a pod drains itself and comes back; nobody fights over it meanwhile', async () => {
    says('up ready');
    await apply(asked, first, second);
    await until(
      'both are asked',
      () => seen(first)?.agent === true && seen(second)?.agent === true,
    );
    for (const [word, state] of [
      ['drain', 'drain'],
      ['maint', 'maint'],
    ] as const) {
      says(word);
      await hasState(`${state},${state}`);
      const { steps, reloads, serversDown } = await apply(asked, first, second);
      assert.deepEqual([steps, reloads], [[], []]);
      assert.deepEqual(
        serversDown.map(({ why }) => why),
        [`its own agent says ${state}`, `its own agent says ${state}`],
      );
      assert.equal(ask(), '');
      says('ready');
      await hasState('ready,ready');
      await until('clients are served', () => ask() !== '');
    }
  });

  test('down takes it out, with its own words as the reason', async () => {
    says('ready');
    await apply(asked, first, second);
    await until('both are asked', () => seen(second)?.agent === true);
    says('down # database is gone');
    await until('it is down', () => seen(first)?.usable === false);
    const { serversDown } = await apply(asked, first, second);
    assert.match(serversDown[0]?.why ?? '', /^its own agent, L7STS.*database is gone/);
    says('up');
    await until('it is up', () => seen(first)?.usable === true);
  });

  test('its weight counts, and not for longer than it is asked', async () => {
    says('ready 30%');
    await apply(asked, first);
    await until('it has a smaller share', () => seen(first)?.weight === 30);
    assert.deepEqual((await apply(asked, first)).steps, []);
    await apply({}, first);
    await until('it has its share again', () => seen(first)?.weight === 1);
  });

  test('an endpoint that ends stays out, whatever its agent says', async () => {
    says('ready');
    await apply(asked, first, second);
    await until(
      'both are asked',
      () => seen(first)?.agent === true && seen(second)?.agent === true,
    );
    await apply(asked, first, drained(second));
    await hasState('ready,drain');
    // Longer than two intervals of the agent's check.
    await delay(2_500);
    assert.equal(states(), 'ready,drain');
    assert.deepEqual((await apply(asked, first, drained(second))).steps, []);
    await apply({ ...asked, 'idle-timeout-seconds': 60 }, first, drained(second));
    await delay(2_500);
    assert.equal(states(), 'ready,drain', 'over a reload too');
    await apply(asked, first, second);
    await hasState('ready,ready');
    await until('it is asked again', () => seen(second)?.agent === true);
  });

  test('a pod that comes later is asked as well', async () => {
    says('ready');
    await apply(asked, first);
    await until('the first is asked', () => seen(first)?.agent === true);
    const { steps, reloads } = await apply(asked, first, second);
    assert.deepEqual(reloads, []);
    for (const { step, ok, detail } of steps) assert.ok(ok, `${step.kind}: ${detail}`);
    await until('so is the second', () => seen(second)?.agent === true);
    says('drain');
    await hasState('drain,drain');
  });

  test('what it said does not stay when it is asked no longer', async () => {
    says('drain');
    await apply(asked, first, second);
    await hasState('drain,drain');
    await apply({}, first, second);
    await hasState('ready,ready');
    assert.notEqual(ask(), '');
  });

  test('an agent that is silent changes nothing', async () => {
    await apply(asked, first, second);
    await hasState('ready,ready');
    await delay(2_500);
    assert.equal(states(), 'ready,ready');
    assert.notEqual(ask(), '');
  });
});
