// What HAProxy cannot load now, through nobody's fault who is served: another process has the port
// on which the nodes tell each other of clients. Everybody else's changes go on.
import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { after, before, suite, test } from 'node:test';
import type { Server } from '../../src/desired/desired-node.ts';
import type { Agent } from './agent-process.ts';
import { desiredFor, frontend, server, vip4 } from './desired.ts';
import { missing, Rig, type RigNode } from './rig.ts';
import { until } from './wait.ts';

const skip = missing() ?? false;
const [web, one, two, three] = [9_001, 9_002, 9_003, 9_004].map((port) =>
  server('10.99.0.1', port),
) as [Server, Server, Server, Server];

suite('another process has the peers’ port', { skip }, () => {
  let rig: Rig;
  let node: RigNode;
  let agent: Agent;

  before(async () => {
    rig = new Rig(1);
    node = rig.node('n1');
    rig.pods(web.port, one.port, two.port, three.port);
    agent = await rig.serve(node);
    await apply(false, one);
    await until('it serves', () => agent.outcomes.at(-1)?.ready === true && answers() !== '');
  });
  after(() => rig.close());

  /** Service shop/web with affinity or without, beside shop/api with these servers. */
  async function apply(isSticky: boolean, ...servers: Server[]) {
    const sticky = { ...frontend(80, [web]), ...(isSticky && { affinitySeconds: 60 }) };
    const desired = desiredFor(node, rig.nodes, [frontend(81, servers, 'api'), sticky]);
    const member = { node: node.name, family: 'IPv4', address: node.address, port: 7351 } as const;
    const peers = { local: node.name, members: [member] };
    return await agent.apply({
      ...desired,
      haproxy: { ...desired.haproxy, ...(isSticky && { peers }) },
    });
  }
  function answers(): string {
    try {
      return rig.run(rig.client, 'socat', '-u', '-T3', `TCP4:${vip4}:80`, '-').trim();
    } catch {
      return '';
    }
  }
  const serversOfApi = () =>
    rig
      .cli(node, `show servers state shop_api_81_${vip4}`)
      .split('\n')
      .flatMap((line) => /^\d+ \S+ \d+ (\S+)/.exec(line)?.[1] ?? []);
  const hasPeers = () => rig.cli(node, 'show peers').includes('id=pool');
  const loads = () =>
    agent.outcomes
      .flatMap(({ steps }) => steps)
      .filter(({ step }) => step.kind === 'haproxy-reload');

  /** Another process that has the port, listening or, as no list of listeners shows, only bound. */
  async function taken(how: 'listen(1)' | 'fileno()'): Promise<ChildProcess> {
    const program =
      `import socket, time; s = socket.socket(); s.bind(('${node.address}', 7351)); s.${how}; ` +
      "open('/proc/self/comm', 'w').write('bound'); time.sleep(600)";
    const child = rig.start(node.namespace, 'python3', '-c', program);
    await until('the port is taken', () => rig.processes(node, 'bound').length === 1);
    return child;
  }
  async function freed(child: ChildProcess): Promise<void> {
    rig.signal(node, 'bound', 'SIGKILL');
    await until('the port is free', () => child.exitCode !== null || child.signalCode !== null);
  }

  test('one that listens costs the shared table alone, which is said, and comes when it ends', async () => {
    const child = await taken('listen(1)');
    const { ready, refusals } = await apply(true, one, two);
    assert.equal(ready, true);
    assert.deepEqual(
      refusals.map(({ service }) => service),
      [''],
    );
    assert.match(refusals[0]?.sentence ?? '', /^another process has port 7351 of 10\.99\.0\.11: /);
    assert.notEqual(answers(), '');
    assert.deepEqual(serversOfApi(), [one.name, two.name]);
    assert.equal(hasPeers(), false);
    await freed(child);
    await until('the table is shared', hasPeers);
    await until('nothing is left to say', () => agent.outcomes.at(-1)?.refusals.length === 0);
    await apply(false, one);
    assert.equal(hasPeers(), false);
  });

  test('one that nobody sees is tried seldom, and endpoints of all go on changing', async () => {
    const child = await taken('fileno()');
    const before = loads().length;
    const { refusals } = await apply(true, one, two);
    assert.deepEqual(
      refusals.map(({ service }) => service),
      ['', 'shop/web'],
    );
    for (const servers of [[two, three], [three], [one, three], [one], [two, three]]) {
      await apply(true, ...servers);
      const names = servers.map(({ name }) => name);
      await until(`${names} are served`, () => String(serversOfApi().toSorted()) === `${names}`);
      assert.equal(agent.outcomes.at(-1)?.haproxyApplied, false, 'what is desired does not run');
    }
    assert.notEqual(answers(), '');
    const tried = loads().slice(before);
    assert.ok(tried.length >= 1 && tried.length <= 3, `${tried.length} loads`);
    assert.ok(tried.every(({ ok }) => !ok));
    assert.ok(
      rig.file(node, 'run/edge/haproxy/haproxy.cfg').includes(three.name),
      'the file is so',
    );
    await freed(child);
    await until('what was desired runs', () => hasPeers());
  });
});
