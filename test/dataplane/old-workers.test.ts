// Connections that outlive a reload: counted on the worker that carries them, and counted as cut
// when that comes to its bound.
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { oldWorkerReloadsMax } from '../../src/tables/limits.ts';
import type { Agent } from './agent-process.ts';
import { desiredFor, frontend, server, vip4 } from './desired.ts';
import { missing, Rig, type RigNode } from './rig.ts';
import { until } from './wait.ts';

const skip = missing() ?? false;

suite('old workers', { skip }, () => {
  let rig: Rig;
  let node: RigNode;
  let agent: Agent;
  const echo = server('10.99.0.1', 9_100);
  const reload = (port: number) =>
    agent.apply(desiredFor(node, rig.nodes, [frontend(80, [echo]), frontend(port, [echo])]));

  before(async () => {
    rig = new Rig(1);
    node = rig.node('n1');
    rig.start(rig.client, 'socat', 'TCP4-LISTEN:9100,bind=10.99.0.1,fork,reuseaddr', 'EXEC:cat');
    agent = await rig.serve(node);
    await agent.apply(desiredFor(node, rig.nodes, [frontend(80, [echo])]));
    await until('the node is ready', () => agent.outcomes.at(-1)?.ready === true);
  });
  after(() => rig.close());

  test('what an old worker carries is seen, and what its bound cut is counted', async () => {
    const talk = `exec 3<>/dev/tcp/${vip4}/80; echo one >&3; read -u3 word; read -u3 word; exit`;
    const clients = [1, 2].map(() => rig.start(rig.client, 'bash', '-c', talk));
    let closed = 0;
    for (const client of clients) {
      client.once('exit', () => {
        closed += 1;
      });
    }
    await until('both are connected', () => /CurrConns: 2$/m.test(rig.cli(node, 'show info')));
    await reload(8_000);
    await until('the old worker is seen with them', () => {
      const last = agent.workers.at(-1)?.seen.old ?? [];
      return last.length === 1 && last[0]?.connections === 2;
    });
    assert.deepEqual(
      agent.workers.flatMap(({ cuts }) => cuts),
      [],
    );
    for (let more = 1; more <= oldWorkerReloadsMax; more += 1) await reload(8_000 + more);
    await until('both connections are cut', () => closed === 2);
    await until('it is said', () => agent.workers.some(({ cuts }) => cuts.length > 0));
    const cuts = agent.workers.flatMap((each) => each.cuts);
    assert.deepEqual(cuts, [{ why: 'reloads', connections: 2 }]);
    await until('no old worker is left', () => agent.workers.at(-1)?.seen.old.length === 0);
  });
});
