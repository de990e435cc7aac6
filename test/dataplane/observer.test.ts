// What an agent asks of its HAProxy: everything now and then, in between what may have changed.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { HaproxyObserver } from '../../src/apply/haproxy-observer.ts';
import { HaproxySocket } from '../../src/apply/haproxy-socket.ts';
import type { Agent } from './agent-process.ts';
import { desiredFor, frontend, server, vip4 } from './desired.ts';
import { missing, Rig, type RigNode } from './rig.ts';
import { until } from './wait.ts';

const skip = missing() ?? false;
const pod = server('10.99.0.1', 9001);
const [web, api] = [frontend(80, [pod]), frontend(81, [pod])];

suite('what runs, as an agent sees it', { skip }, () => {
  let rig: Rig;
  let node: RigNode;
  let agent: Agent;
  let observer: HaproxyObserver;

  before(async () => {
    rig = new Rig(1);
    node = rig.node('n1');
    agent = await rig.serve(node);
    await agent.apply(desiredFor(node, rig.nodes, [web, api]));
    await until('HAProxy has started', () => rig.holders(vip4).length === 1);
    await until('both run', () => rig.cli(node, 'show servers state').includes(api.name));
    observer = new HaproxyObserver(socket('cli'));
  });
  after(() => rig.close());

  const socket = (name: string) => join(node.directory, `run/edge/haproxy/${name}.sock`);

  /** Somebody does it by hand, so nobody tells the observer. */
  const set = (name: string, state: string) =>
    void rig.cli(node, `set server ${name}/${pod.name} state ${state}`);

  /** States of the server of both frontends, as they are seen. */
  async function seen(wanted = [web, api]): Promise<readonly (string | undefined)[]> {
    const observed = await observer.observe(wanted);
    return [web, api].map(({ name }) => observed?.backends.get(name)?.get(pod.name)?.state);
  }

  test('in between, only those in doubt and those whose frontend is another are asked for', async () => {
    assert.deepEqual(await seen(), ['ready', 'ready']);
    set(web.name, 'drain');
    set(api.name, 'drain');
    assert.deepEqual(await seen(), ['ready', 'ready']);
    observer.doubt([api.name]);
    assert.deepEqual(await seen(), ['ready', 'drain']);
    assert.deepEqual(await seen([{ ...web }, api]), ['drain', 'drain']);
  });

  test('everything is asked for when it is forgotten, and after some seconds', async () => {
    set(web.name, 'ready');
    observer.forget();
    assert.deepEqual(await seen(), ['ready', 'drain']);
    set(api.name, 'ready');
    await delay(5_500);
    assert.deepEqual(await seen(), ['ready', 'ready']);
  });

  test('a server that was removed is seen to be gone', async () => {
    set(api.name, 'maint');
    rig.cli(node, `del server ${api.name}/${pod.name}`);
    observer.doubt([api.name]);
    assert.deepEqual(await seen(), ['ready', undefined]);
  });

  test('another worker is asked for everything', async () => {
    const { ok, detail } = await new HaproxySocket(socket('master')).reload();
    assert.ok(ok, detail);
    await until('the new worker has it', () => {
      return rig.cli(node, `show servers state ${api.name}`).includes(pod.name);
    });
    assert.deepEqual(await seen(), ['ready', 'ready']);
  });

  test('no answer is no view', async () => {
    assert.equal(await new HaproxyObserver(socket('nobody')).observe([web]), undefined);
  });
});
