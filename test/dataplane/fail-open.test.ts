// when-all-fail with the real HAProxy and real clients: when no server is well, all of them are
// tried or nobody is served, as the Service's owner wants it.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import type { Frontend, Server } from '../../src/desired/desired-node.ts';
import type { ServiceSettings } from '../../src/model/service-settings.ts';
import { parseServersState } from '../../src/plan/observed.ts';
import { parseTraffic } from '../../src/plan/traffic.ts';
import type { Agent } from './agent-process.ts';
import { desiredFor, frontend, server, vip4 } from './desired.ts';
import type { Mood } from './mood.ts';
import { missing, Rig, type RigNode } from './rig.ts';
import { until } from './wait.ts';

const skip = missing() ?? false;
const ports = [9401, 9402, 9403];
const [first, second, third] = ports.map((port) => server('10.99.0.1', port));
const byHttp = { 'health-check': 'HTTP', 'health-check-path': '/healthz' } as const;
const open: ServiceSettings = { ...byHttp, 'when-all-fail': 'FailOpen' };
const backend = frontend(80, []).name;

suite('when all fail', { skip }, () => {
  let rig: Rig;
  let node: RigNode;
  let agent: Agent;

  before(async () => {
    rig = new Rig(1);
    node = rig.node('n1');
    const pods = join(import.meta.dirname, 'moody-pods.ts');
    rig.start(rig.client, process.execPath, pods, rig.directory, ...ports.map(String));
    for (const port of ports) mood(port, { status: 503 });
    agent = await rig.serve(node);
    await apply({}, [first]);
    await until('the VIP answers', () => rig.holders(vip4).length === 1 && ask() !== '');
  });
  after(() => rig.close());

  const mood = (port: number, of: Mood) =>
    writeFileSync(join(rig.directory, `${port}.mood`), JSON.stringify(of));
  const apply = (
    settings: ServiceSettings,
    servers: readonly (Server | undefined)[],
    more: Partial<Frontend> = {},
  ) => {
    const all = servers.filter((each) => each !== undefined);
    return agent.apply(desiredFor(node, rig.nodes, [{ ...frontend(80, all), ...more, settings }]));
  };
  /** The port of the pod that answers; '' when none does. */
  function ask(...words: string[]): string {
    try {
      return rig.run(rig.client, 'curl', '-s', '-m', '5', ...words, `http://${vip4}/`).trim();
    } catch {
      return '';
    }
  }
  const answering = () => [...new Set(Array.from({ length: 9 }, () => ask()))].toSorted().join(' ');
  const allFail = (...servers: (Server | undefined)[]) =>
    until('every check fails', () => {
      const all = parseServersState(rig.cli(node, 'show servers state'));
      return servers.every((each) =>
        all.some((one) => one.backend === backend && one.name === each?.name && !one.usable),
      );
    });
  const well = (step: { readonly steps: readonly { ok: boolean; detail: string }[] }) =>
    assert.deepEqual(
      step.steps.filter(({ ok }) => !ok),
      [],
    );

  test('Refuse: nobody is served; FailOpen: all of them are tried', async () => {
    await apply(byHttp, [first, second]);
    await allFail(first, second);
    await until('nobody is served', () => ask() === '');
    well(await apply(open, [first, second]));
    await allFail(first, second);
    assert.equal(answering(), '9401 9402');
    const { serversDown } = await apply(open, [first, second]);
    assert.equal(serversDown.length, 2);
  });

  test('as soon as one is well, only that one', async () => {
    mood(9402, {});
    await until('only the well one', () => answering() === '9402');
    mood(9402, { status: 503 });
    await until('all again', () => answering() === '9401 9402');
  });

  test('servers come, drain and go without a reload', async () => {
    const more = await apply(open, [first, second, third]);
    well(more);
    assert.deepEqual(more.reloads, []);
    await until('three', () => answering() === '9401 9402 9403');
    const draining = await apply(open, [first, second, third && { ...third, state: 'drain' }]);
    well(draining);
    await until('two', () => answering() === '9401 9402');
    const less = await apply(open, [second]);
    well(less);
    assert.deepEqual([draining.reloads, less.reloads], [[], []]);
    await until('one', () => answering() === '9402');
  });

  test('a server that comes later has every option there as well', async () => {
    const all: ServiceSettings = {
      ...{ ...open, 'agent-check-port': 9491, 'proxy-protocol': 'V2', balance: 'SourceHash' },
      ...{ 'max-connections-per-server': 5, 'slow-start-seconds': 5 },
    };
    const more = { serverTls: { name: 'pod.shop.example' } };
    await apply(all, [first], more);
    const { steps, reloads } = await apply(all, [first, second], more);
    well({ steps });
    assert.deepEqual([reloads, steps.length > 0], [[], true]);
  });

  test('a dead one among them costs a retry, not an error', async () => {
    const dead = server('10.99.0.1', 9499);
    await apply(open, [first, second, dead]);
    await allFail(first, second, dead);
    assert.equal(answering(), '9401 9402');
  });

  test('a client keeps its server over the failure, by address and by cookie', async () => {
    const http = { http: { serverProtocol: 'HTTP1' } } as const;
    for (const port of [9401, 9402]) mood(port, {});
    await apply(open, [first, second], { affinitySeconds: 600 });
    await until('it is served', () => ask() !== '');
    const before = ask();
    for (const port of [9401, 9402]) mood(port, { status: 503 });
    await allFail(first, second);
    assert.equal(answering(), before);
    for (const port of [9401, 9402]) mood(port, {});
    const jar = join(rig.directory, 'jar');
    const cookies = ['-c', jar, '-b', jar];
    await apply({ ...open, 'session-cookie': 'KEPT' }, [first, second], http);
    await until('it is served with a cookie', () => /^\d+$/.test(ask(...cookies)));
    const kept = ask(...cookies);
    for (const port of [9401, 9402]) mood(port, { status: 503 });
    await allFail(first, second);
    for (let times = 0; times < 6; times += 1) assert.equal(ask(...cookies), kept);
  });

  test('metrics say that no server is well, and count what is served nevertheless', async () => {
    const [row] = parseTraffic(rig.cli(node, 'show stat -1 3 -1'));
    assert.equal(row?.values.act, 0);
    assert.ok((row?.values.req_tot ?? 0) > 0);
  });

  test('without an endpoint clients are refused', async () => {
    await apply(open, []);
    await until('nobody is served', () => ask() === '');
  });
});
