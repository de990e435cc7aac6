// Limits of a port as a whole, beside those of each client, with the real HAProxy and clients of
// several addresses: what is too much is closed and counted, and takes nothing from the others.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { after, afterEach, before, suite, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { Frontend } from '../../src/desired/desired-node.ts';
import { trafficText } from '../../src/loop/traffic-text.ts';
import type { ServiceSettings } from '../../src/model/service-settings.ts';
import { parseTraffic } from '../../src/plan/traffic.ts';
import type { Agent } from './agent-process.ts';
import { desiredFor, frontend, server, vip4 } from './desired.ts';
import { missing, Rig, type RigNode } from './rig.ts';
import { until } from './wait.ts';

const skip = missing() ?? false;
const talking = server('10.99.0.1', 9301);
const short = server('10.99.0.1', 9302);
const [own, one, two, three] = ['10.99.0.1', '10.99.0.101', '10.99.0.102', '10.99.0.103'] as const;

suite('limits of a port', { skip }, () => {
  let rig: Rig;
  let node: RigNode;
  let agent: Agent;
  let children: ChildProcess[] = [];
  let reloads = 0;

  before(async () => {
    rig = new Rig(1);
    node = rig.node('n1');
    for (const address of [one, two, three]) {
      rig.run(rig.client, 'ip', 'addr', 'add', `${address}/24`, 'dev', 'br0');
    }
    const pods = join(import.meta.dirname, 'telling-pods.ts');
    rig.start(rig.client, process.execPath, pods, rig.directory, String(talking.port));
    rig.pods(short.port);
    agent = await rig.serve(node);
    await apply({});
    await until('the VIP answers', () => rig.holders(vip4).length === 1 && isServed(own));
  });
  afterEach(async () => {
    for (const child of children) child.kill('SIGKILL');
    children = [];
    await until('nobody is left', () => open() === 0);
  });
  after(() => rig.close());

  const serve = (...frontends: Frontend[]) => agent.apply(desiredFor(node, rig.nodes, frontends));
  const apply = (settings: ServiceSettings, more: Partial<Frontend> = {}) =>
    serve({ ...frontend(80, [talking]), settings, ...more });

  /** The same with another port beside it: HAProxy reloads. */
  function reloaded(settings: ServiceSettings) {
    reloads += 1;
    const other = frontend(8_000 + reloads, [talking]);
    return serve({ ...frontend(80, [talking]), settings }, other);
  }

  /** A connection from an address that stays open; whether a pod answered it. */
  async function stay(from: string, before = ''): Promise<boolean> {
    const child = spawn('ip', [
      ...['netns', 'exec', rig.client, 'socat', '-'],
      `TCP4:${vip4}:80,bind=${from}`,
    ]);
    children.push(child);
    child.stdin.on('error', () => undefined);
    child.stdin.write(`${before}stay\n`);
    return await new Promise((resolve) => {
      child.stdout.once('data', () => resolve(true));
      child.once('close', () => resolve(false));
    });
  }
  const staying = async (...from: string[]) => {
    const answers: boolean[] = [];
    for (const each of from) answers.push(await stay(each));
    return answers;
  };

  /** Whether a short connection from an address is answered. */
  function isServed(from: string): boolean {
    const talk = `echo hello | socat -t 2 -T 2 - TCP4:${vip4}:80,bind=${from}`;
    try {
      return rig.run(rig.client, 'bash', '-c', talk).trim() !== '';
    } catch {
      return false;
    }
  }

  /** A metric of the agent, as it is scraped. */
  function metric(name: string): number {
    const text = trafficText(new Map([['edge', parseTraffic(rig.cli(node, 'show stat -1 3 -1'))]]));
    const line = new RegExp(`^fairlead_service_${name}\\{[^}]*port="80"\\} (\\d+)$`, 'm');
    return Number(line.exec(text)?.[1] ?? Number.NaN);
  }
  const open = () => metric('open_connections');
  const denied = () => metric('denied_connections_total');

  test('max-connections: so many at once, the next is closed and counted, and there is room again', async () => {
    await apply({ 'max-connections': 3 });
    assert.deepEqual(await staying(own, one, two, three, own), [true, true, true, false, false]);
    assert.deepEqual([open(), denied()], [3, 2]);
    children[0]?.kill('SIGKILL');
    await until('there is room', () => open() === 2);
    assert.ok(await stay(three), 'one takes it');
    assert.ok(!(await stay(own)), 'and only one');
    assert.deepEqual([open(), denied()], [3, 3]);
  });

  test('max-connections: not one more when many come at the same time', async () => {
    await apply({ 'max-connections': 5 });
    // The old worker counts for itself, and takes who came in the moment of the reload.
    await until('it has gone', () => rig.processes(node, 'haproxy').length === 2);
    const answers = await Promise.all(Array.from({ length: 30 }, () => stay(own)));
    const served = answers.filter(Boolean).length;
    assert.ok(served <= 5 && served > 0, `${served} are served`);
    assert.deepEqual([open(), denied()], [served, 30 - served]);
  });

  test('connections-per-second: about so many are let in, however many come; others are counted', async (t) => {
    await serve({ ...frontend(80, [short]), settings: { 'connections-per-second': 20 } });
    await until('it serves', () => isServed(own));
    await delay(2_500);
    const before = denied();
    const begin = performance.now();
    const probe = rig.probe(vip4, 80, 1_000);
    await delay(5_000);
    const { ok, failed } = await probe.end();
    const seconds = (performance.now() - begin) / 1_000;
    t.diagnostic(`${ok} of ${ok + failed} in ${seconds.toFixed(1)} s`);
    assert.ok(ok + failed > 2 * 20 * seconds, 'many more came');
    assert.ok(ok >= 20 * 3 && ok <= 20 * (seconds + 1.5), `${ok} are let in`);
    assert.equal(denied() - before, failed);
  });

  test('who is turned away by ranges or as a client takes no part of the limits', async () => {
    const limits = { 'connections-per-second': 5, 'max-connections': 5 } as const;
    await apply(limits, { denied: [`${one}/32`] });
    for (let times = 0; times < 15; times += 1) assert.ok(!isServed(one));
    assert.ok(isServed(two), 'nobody else came');
    await delay(2_500);
    await apply({ ...limits, 'max-connections-per-client': 1 });
    assert.deepEqual(await staying(one, ...Array.from({ length: 10 }, () => one)), [
      true,
      ...Array.from({ length: 10 }, () => false),
    ]);
    assert.ok(isServed(two), 'the other client is no part of that');
  });

  test('behind another load balancer they count as well', async () => {
    await apply({ 'max-connections': 1 }, { proxies: ['10.99.0.0/16'] });
    const header = (client: string) => `PROXY TCP4 ${client} ${vip4} 1234 80\r\n`;
    assert.ok(await stay(own, header('192.0.2.7')));
    assert.ok(!(await stay(own, header('192.0.2.8'))));
    assert.deepEqual([open(), denied()], [1, 1]);
  });

  for (const limit of ['max-connections', 'max-connections-per-client'] as const) {
    test(`${limit}: after a reload it begins anew, and what was open goes on`, async () => {
      await apply({ [limit]: 2 });
      assert.deepEqual(await staying(own, own, own), [true, true, false]);
      await reloaded({ [limit]: 2 });
      assert.deepEqual(await staying(own, own, own), [true, true, false]);
      const lasting = [0, 1, 3, 4].map((index) => children[index]?.exitCode);
      assert.deepEqual(lasting, [null, null, null, null]);
    });
  }

  test('max-connections-per-server: a reload gives a server as much again', async () => {
    const limit = { 'max-connections-per-server': 1 } as const;
    await apply(limit);
    assert.ok(await stay(own));
    let isAnswered = false;
    const queued = stay(own).then((answer) => {
      isAnswered = answer;
    });
    await delay(500);
    assert.ok(!isAnswered, 'the second waits');
    await reloaded(limit);
    assert.ok(await stay(own), 'a third is served at once by the new process');
    assert.equal(children[0]?.exitCode, null);
    await queued;
    assert.ok(!isAnswered, 'and the second was closed');
  });
});
