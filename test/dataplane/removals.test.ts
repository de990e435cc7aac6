// Very many servers go at once, each with connections that stay: nobody else waits for them.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, suite, test } from 'node:test';
import type { Server } from '../../src/desired/desired-node.ts';
import type { Agent } from './agent-process.ts';
import { desiredFor, frontend, server, vip4 } from './desired.ts';
import { missing, Rig, type RigNode } from './rig.ts';
import { until } from './wait.ts';

const skip = missing() ?? false;
const blue = Array.from({ length: 32 }, (_, index) => server('10.99.0.1', 9_100 + index));
const [green, api, second] = [9_001, 9_002, 9_003].map((port) => server('10.99.0.1', port)) as [
  Server,
  Server,
  Server,
];

suite('removals', { skip }, () => {
  let rig: Rig;
  let node: RigNode;
  let agent: Agent;
  let clients: ChildProcess | undefined;

  before(async () => {
    rig = new Rig(1);
    node = rig.node('n1');
    const pods = join(import.meta.dirname, 'telling-pods.ts');
    const ports = [...blue, green, api, second].map(({ port }) => String(port));
    rig.start(rig.client, process.execPath, pods, rig.directory, ...ports);
    agent = await rig.serve(node);
    await apply(blue, [api]);
    await until('it serves', () => agent.outcomes.at(-1)?.ready === true);
    await until('every server is up', () => usable().length === blue.length + 1);
    await until('the node holds the VIP', () => rig.holders(vip4).length === 1);
  });
  after(() => {
    clients?.kill('SIGKILL');
    rig.close();
  });

  const apply = (web: readonly Server[], ofApi: readonly Server[]) =>
    agent.apply(desiredFor(node, rig.nodes, [frontend(80, web), frontend(81, ofApi, 'api')]));
  const states = () => rig.cli(node, 'show servers state').split('\n');
  const usable = () => states().filter((line) => / 2 0 /.test(line));
  const has = ({ name }: Server) => states().some((line) => line.includes(` ${name} `));

  test('a blue/green switch of many pods with connections holds up no other Service', async () => {
    const words = [vip4, '80', String(blue.length)];
    const file = join(import.meta.dirname, 'holding-client.ts');
    const all = ['netns', 'exec', rig.client, process.execPath, file, ...words];
    clients = spawn('ip', all, { stdio: ['ignore', 'pipe', 'inherit'] });
    assert.ok(clients.stdout !== null);
    const said = createInterface({ input: clients.stdout });
    assert.deepEqual(await once(said, 'line'), ['open']);
    let closed = 0;
    let isThereAtFirst: boolean | undefined;
    said.on('line', () => {
      closed += 1;
      isThereAtFirst ??= has(second);
    });
    const [switched] = await Promise.all([apply([green], [api]), apply([green], [api, second])]);
    await until('all of them are gone', () => !blue.some(has));
    await until('their connections ended', () => closed === blue.length);
    assert.equal(isThereAtFirst, true, 'the other Service had its pod before any of them ended');
    const gone = switched.steps.filter(({ step }) => step.kind === 'server-remove');
    assert.ok(gone.length < blue.length, 'those with connections had their time');
    await until('it is settled', () => usable().length === 3);
  });
});
