// The access log of connections, with the real HAProxy: what a line says, and which are written.
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import type { Frontend } from '../../src/desired/desired-node.ts';
import type { ServiceSettings } from '../../src/model/service-settings.ts';
import type { Agent } from './agent-process.ts';
import { desiredFor, frontend, server, vip4 } from './desired.ts';
import { missing, Rig, type RigNode } from './rig.ts';
import { until } from './wait.ts';

const skip = missing() ?? false;
const pod = server('10.99.0.1', 9401);
/** It passes the check, which is of the other, and takes no connection. */
const refusing = server('10.99.0.1', 9402);

/** What a line tells of a connection, as the guide has it. */
const fields = {
  ...{ time_ms: 'number', client: 'string', frontend: 'string', server: 'string' },
  ...{ received_bytes: 'number', sent_bytes: 'number' },
  ...{ queue_ms: 'number', connect_ms: 'number', total_ms: 'number', end: 'string', tls: 'string' },
};

suite('the access log', { skip }, () => {
  let rig: Rig;
  let node: RigNode;
  let agent: Agent;
  let logged: () => string;

  before(async () => {
    rig = new Rig(1);
    node = rig.node('n1');
    rig.pods(pod.port);
    logged = rig.loggingHaproxy(node);
    rig.daemon(node, 'keepalived');
    agent = await rig.agent(node);
    await apply({}, pod);
    await until('the VIP answers', () => rig.holders(vip4).length === 1 && ask() === '9401');
  });
  after(() => rig.close());

  const apply = (settings: ServiceSettings, to: typeof pod, more: Partial<Frontend> = {}) => {
    const all = {
      'health-check-port': pod.port,
      'passive-check': 'Disabled',
      ...settings,
    } as const;
    return agent.apply(
      desiredFor(node, rig.nodes, [{ ...frontend(80, [to]), settings: all, ...more }]),
    );
  };

  function ask(): string {
    try {
      return rig.run(rig.client, 'socat', '-u', '-T3', `TCP4:${vip4}:80`, '-').trim();
    } catch {
      return '';
    }
  }

  function curl(words: readonly string[]): string {
    try {
      return rig.run(rig.client, 'curl', '--max-time', '5', ...words);
    } catch {
      return '';
    }
  }

  const lines = () =>
    logged()
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as Record<string, unknown>);

  test('All: a line of JSON a connection, with every field', async () => {
    assert.deepEqual(lines(), [], 'nothing unless asked');
    await apply({ 'access-log': 'All' }, pod);
    const begin = Date.now();
    for (let times = 0; times < 5; times += 1) assert.equal(ask(), '9401');
    await until('five lines', () => lines().length >= 5);
    assert.equal(lines().length, 5);
    for (const line of lines()) {
      const kinds = Object.entries(line).map(([name, value]) => [name, typeof value]);
      assert.deepEqual(Object.fromEntries(kinds), fields, JSON.stringify(line));
      assert.partialDeepStrictEqual(line, {
        ...{ client: '10.99.0.1', frontend: `shop_web_80_${vip4}`, server: pod.name },
        ...{ sent_bytes: 5, end: '--' },
      });
      assert.ok(Math.abs(Number(line['time_ms']) - begin) < 60_000);
    }
  });

  test('Errors: those that failed, and no other', async () => {
    const before = lines().length;
    await apply({ 'access-log': 'Errors' }, pod);
    for (let times = 0; times < 10; times += 1) assert.equal(ask(), '9401');
    await apply({ 'access-log': 'Errors' }, refusing);
    await until('it is tried', () => ask() === '' && lines().length > before);
    for (const line of lines().slice(before)) {
      assert.partialDeepStrictEqual(line, { server: refusing.name, end: 'SC', sent_bytes: 0 });
    }
  });

  test('who is turned away at once is not in it', async () => {
    const before = lines().length;
    const denied = ['10.99.0.1/32'];
    for (const more of [{ denied }, { denied, proxies: ['10.98.0.0/16'] }]) {
      await apply({ 'access-log': 'All' }, pod, more);
      for (let times = 0; times < 5; times += 1) assert.equal(ask(), '');
    }
    await apply({ 'access-log': 'All' }, pod);
    // A line of the test before may come late.
    const others = () =>
      lines().filter((line, at) => at >= before && line['server'] !== refusing.name);
    await until('one who is let in is', () => ask() === '9401' && others().length > 0);
    assert.deepEqual(new Set(others().map(({ end }) => end)), new Set(['--']));
  });

  test('in HTTP mode a request that is refused is in it', async () => {
    const before = lines().length;
    const settings = { 'access-log': 'Errors', 'max-request-bytes': 1 } as const;
    await apply(settings, pod, { http: { serverProtocol: 'HTTP1' } });
    const words = ['-s', '-o', '/dev/null', '-w', '%{http_code}', '-d', 'two', `http://${vip4}/`];
    const chunked = ['-H', 'Transfer-Encoding: chunked', ...words];
    await until('it is too long', () => curl(words) === '413');
    assert.equal(curl(chunked), '411');
    const denied = () =>
      lines()
        .slice(before)
        .filter(({ end }) => end === 'PR');
    const seen = () => new Set(denied().map(({ status }) => status));
    await until('both are in it', () => seen().size === 2);
    assert.deepEqual(seen(), new Set([413, 411]));
  });

  test('access-log-sample: of so many one', async () => {
    const before = lines().length;
    await apply({ 'access-log': 'All', 'access-log-sample': 10 }, pod);
    for (let times = 0; times < 50; times += 1) assert.equal(ask(), '9401');
    await until('some lines', () => lines().length >= before + 4);
    const seen = lines().length - before;
    assert.ok(seen >= 4 && seen <= 6, `${seen} of 50`);
  });
});
