// Who is gone without a word is found, and who only rests is left alone. The rendered times are
// minutes, so the file of the agent is loaded with seconds in their place; the rest of it stays.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { conversation, echoPod } from './conversation.ts';
import { desiredFor, frontend, server, vip4 } from './desired.ts';
import { missing, Rig, type RigNode } from './rig.ts';
import { until } from './wait.ts';

const skip = missing() ?? false;
const minutes = { idle: '60s', intvl: '20s', cnt: '3' };
const seconds = { idle: '2s', intvl: '1s', cnt: '3' };
const [client, pod] = ['10.99.0.7', '10.99.0.8'];
/** What is from or to somebody in the set comes to nobody, and nobody is told. */
const losing = `table inet lost {
  set gone { type ipv4_addr; }
  chain out { type filter hook output priority 0; ip saddr @gone drop; }
  chain in { type filter hook input priority 0; ip daddr @gone drop; }
}`;

suite('peers that are gone without a word, with keepalive of seconds for minutes', { skip }, () => {
  let rig: Rig;
  let node: RigNode;

  before(async () => {
    rig = new Rig(1);
    node = rig.node('n1');
    for (const address of [client, pod]) {
      rig.run(rig.client, 'ip', 'addr', 'add', `${address}/24`, 'dev', 'br0');
    }
    rig.run(rig.client, 'nft', losing);
    const serve = `TCP4-LISTEN:9251,bind=${pod},fork,reuseaddr`;
    rig.start(rig.client, 'socat', serve, 'EXEC:cat');
    const agent = await rig.serve(node);
    const frontends = [
      frontend(80, [echoPod(rig, 9252)]),
      frontend(81, [server(pod, 9251)], 'remote'),
    ];
    await agent.apply(desiredFor(node, rig.nodes, frontends));
    await until('the VIP is held', () => rig.holders(vip4).length === 1);
    // The agent would put its own file back.
    agent.child.kill('SIGKILL');
    const old = worker();
    loadWithSeconds();
    await until('another worker serves', () => worker() !== old);
  });
  after(() => rig.close());

  const worker = () => /^Pid: (\d+)$/m.exec(rig.cli(node, 'show info'))?.[1];

  function loadWithSeconds(): void {
    const file = join(node.directory, 'run/edge/haproxy/haproxy.cfg');
    let text = readFileSync(file, 'utf8');
    for (const side of ['clitcpka', 'srvtcpka']) {
      for (const what of ['idle', 'intvl', 'cnt'] as const) {
        const rendered = `${side}-${what} ${minutes[what]}\n`;
        assert.ok(text.includes(rendered), `the file says ${rendered}`);
        text = text.replace(rendered, `${side}-${what} ${seconds[what]}\n`);
      }
    }
    assert.match(text, /timeout client 86400s\n/, 'nothing else closes who rests');
    writeFileSync(file, text);
    writeFileSync(join(node.directory, 'run/edge/haproxy/command'), 'reload\n');
  }

  /** Connections of HAProxy that have this in them. */
  const connections = (part: string) =>
    rig
      .run(node.namespace, 'ss', '-tnH', 'state', 'established')
      .split('\n')
      .filter((line) => line.includes(part));

  /** Everything from and to an address is lost, without a word. */
  const lose = (address: string) =>
    rig.run(rig.client, 'nft', 'add', 'element', 'inet', 'lost', 'gone', `{ ${address} }`);

  /** A client that rests on a connection; whether it has heard that it ended. */
  function resting(port: number, from: string): () => boolean {
    const to = `TCP4:${vip4}:${port},bind=${from}`;
    const child = rig.start(rig.client, 'socat', '-u', to, 'OPEN:/dev/null');
    return () => child.exitCode !== null;
  }

  test('a client that is gone is closed on both sides; one that rests lives on', async () => {
    const stillLives = await conversation(rig, 80);
    resting(80, client);
    await until('it is connected', () => connections(client).length === 1);
    const before = connections(':9252').length;
    lose(client);
    const began = performance.now();
    await until('it is closed', () => connections(client).length === 0);
    const took = performance.now() - began;
    assert.ok(took > 1_000, `only after it answered no probe: ${took} ms`);
    await until('the pod is told', () => connections(':9252').length === before - 1);
    await delay(took);
    await stillLives();
  });

  test('a pod that is gone ends its client’s connection; one that rests lives on', async () => {
    const stillLives = await conversation(rig, 80, 'second');
    const hasEnded = resting(81, '10.99.0.1');
    await until('it is connected', () => connections(`${pod}:9251`).length === 1);
    lose(pod);
    const began = performance.now();
    await until('the client is told', hasEnded);
    await delay(performance.now() - began);
    await stillLives();
  });
});
