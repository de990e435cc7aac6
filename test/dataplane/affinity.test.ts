// Clients keep their server: across nodes, reloads and dead servers, with the real daemons.
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { Frontend, Peers } from '../../src/desired/desired-node.ts';
import type { Agent } from './agent-process.ts';
import { desiredFor, frontend, server, vip4 } from './desired.ts';
import { missing, Rig, type RigNode } from './rig.ts';
import { until } from './wait.ts';

const skip = missing() ?? false;
const ports = [9001, 9002, 9003];
const servers = ports.map((port) => server('10.99.0.1', port));
const clients = Array.from({ length: 12 }, (_, index) => `10.99.0.${101 + index}`);

/** A reload sooner after HAProxy’s start begins with an empty table (dataplane.md section 5). */
const resyncMs = 6_000;

suite('session affinity on two nodes', { skip }, () => {
  let rig: Rig;
  const agents = new Map<RigNode, Agent>();
  const sticky = { ...frontend(80, servers), affinitySeconds: 60 };

  before(async () => {
    rig = new Rig(2);
    rig.pods(...ports);
    for (const client of clients) {
      rig.run(rig.client, 'ip', 'addr', 'add', `${client}/24`, 'dev', 'br0');
    }
    for (const node of rig.nodes) {
      agents.set(node, await rig.serve(node));
    }
    await apply(sticky);
    await until('both nodes are ready, one holds the VIP', () => {
      const ready = rig.nodes.every((node) => agents.get(node)?.outcomes.at(-1)?.ready === true);
      return ready && rig.holders(vip4).length === 1 && rig.nodes.every(allServe);
    });
    await delay(resyncMs);
  });
  after(() => rig.close());

  async function apply(...frontends: Frontend[]): Promise<void> {
    for (const node of rig.nodes) {
      const desired = desiredFor(node, rig.nodes, frontends);
      const haproxy = { ...desired.haproxy, peers: peersOf(rig, node) };
      await agents.get(node)?.apply({ ...desired, haproxy });
    }
  }

  const allServe = (node: RigNode): boolean =>
    rig
      .cli(node, 'show servers state')
      .split('\n')
      .filter((line) => / 2 0 /.test(line)).length >= ports.length;

  /** The server each client is given, by its address. */
  const ask = (client: string): string =>
    rig.run(rig.client, 'socat', '-u', '-T3', `TCP4:${vip4}:80,bind=${client}`, '-').trim();

  function asked(): Record<string, string> {
    return Object.fromEntries(clients.map((client) => [client, ask(client)]));
  }

  test('R51: every client keeps its server, and several servers have clients', () => {
    const first = asked();
    assert.ok(new Set(Object.values(first)).size > 1, JSON.stringify(first));
    assert.deepEqual(asked(), first);
  });

  test('R51: and comes to it again where nobody remembers it', () => {
    const first = asked();
    for (const node of rig.nodes) rig.cli(node, `clear table ${sticky.name}`);
    // In another order: by turns twelve clients and three servers would repeat themselves.
    for (const client of clients.toReversed()) assert.equal(ask(client), first[client], client);
  });

  test('R51: also after a reload, and on the node that takes the VIP', async (t) => {
    const first = asked();
    await apply(sticky, { ...frontend(81, servers), affinitySeconds: 60 });
    assert.deepEqual(asked(), first, 'after a reload');
    const [old] = rig.holders(vip4);
    const other = rig.nodes.find(({ name }) => name !== old);
    assert.ok(other !== undefined);
    const known = () => rig.cli(other, `show table ${sticky.name}`).split('server_id').length - 1;
    await until('the other node has heard of every client', () => known() >= clients.length);
    rig.signal(rig.node(old), 'haproxy', 'SIGKILL');
    await until('the other node holds the VIP', () => rig.holders(vip4)[0] === other.name);
    const kept = clients.filter((client) => asked()[client] === first[client]);
    t.diagnostic(`${kept.length} of ${clients.length} kept their server`);
    assert.equal(kept.length, clients.length);
  });

  test('R54, R69: a client whose server terminates is given another one, and keeps that', async () => {
    const first = asked();
    const [client = '', gone = ''] = Object.entries(first)[0] ?? [];
    const left = servers.map((each) =>
      String(each.port) === gone ? { ...each, state: 'maint' as const } : each,
    );
    await apply({ ...sticky, servers: left });
    const second = asked();
    assert.notEqual(second[client], gone);
    assert.ok(!Object.values(second).includes(gone));
    const others = clients.filter((each) => first[each] !== gone);
    for (const each of others) assert.equal(second[each], first[each]);
    assert.deepEqual(asked(), second);
  });

  test('R51: a client is forgotten so long after it last came, and not sooner', async () => {
    await apply({ ...sticky, affinitySeconds: 2 });
    const [node] = rig.nodes.filter(({ name }) => rig.holders(vip4)[0] === name);
    assert.ok(node !== undefined);
    const entries = () =>
      rig
        .cli(node, `show table ${sticky.name}`)
        .split('\n')
        .filter((line) => line.includes('server_id='));
    const [client = ''] = clients;
    const [first] = [ask(client)];
    for (let times = 0; times < 10; times += 1) {
      assert.equal(ask(client), first);
      const exp = new RegExp(`key=${client} .*exp=(\\d+) `).exec(entries().join())?.[1];
      assert.ok(Number(exp) <= 2_000, entries().join());
      await delay(500);
    }
    await until('it is forgotten', () => entries().length === 0, 10);
  });

  test('R52, R53: without affinity the connections of one client are spread', async () => {
    await apply(frontend(80, servers));
    const [client = ''] = clients;
    const seen = new Set(Array.from({ length: 6 }, () => ask(client)));
    assert.ok(seen.size > 1);
  });

  test('only the other nodes reach the port of the peers', async () => {
    await apply(sticky);
    const [node] = rig.nodes;
    assert.ok(node !== undefined);
    const connect = (from: string) => () =>
      rig.run(from, 'timeout', '2', 'bash', '-c', `exec 3<>/dev/tcp/${node.address}/7351`);
    assert.throws(connect(rig.client));
    assert.doesNotThrow(connect(rig.node('n2').namespace));
  });
});

function peersOf(rig: Rig, { name }: RigNode): Peers {
  const members = rig.nodes.map((node) => ({
    ...{ node: node.name, family: 'IPv4' as const, address: node.address, port: 7351 },
  }));
  return { local: name, members };
}
