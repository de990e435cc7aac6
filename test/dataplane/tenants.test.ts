// A tenant who changes what HAProxy runs again and again, beside tenants who do not.
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import type { PoolOutcome } from '../../src/apply/pool-data-plane.ts';
import type { Frontend } from '../../src/desired/desired-node.ts';
import { oldWorkerReloadsMax } from '../../src/tables/limits.ts';
import type { Agent } from './agent-process.ts';
import { conversation, echoPod } from './conversation.ts';
import { desiredFor, frontend, server, vip4 } from './desired.ts';
import { missing, Rig, type RigNode } from './rig.ts';
import { until } from './wait.ts';

const skip = missing() ?? false;
const [first, second] = [server('10.99.0.1', 9001), server('10.99.0.1', 9002)];

/** A Service of a namespace, whose setting makes another structure. */
function changed(namespace: string, port: number, seconds: number): Frontend {
  const usual = frontend(port, [first]);
  const settings = { 'idle-timeout-seconds': seconds };
  const name = `${namespace}_web_${port}_${vip4}`;
  return { ...usual, name, service: `${namespace}/web`, settings };
}

const reloadsOf = (outcomes: readonly PoolOutcome[]) =>
  outcomes.reduce((sum, { reloads }) => sum + reloads.length, 0);

suite('a tenant who changes without end', { skip }, () => {
  let rig: Rig;
  let node: RigNode;

  before(() => {
    rig = new Rig(1);
    node = rig.node('n1');
    rig.pods(9001, 9002);
  });
  after(() => rig.close());

  const served = async (changes: 'usual' | 'unbounded') => {
    const agent = await rig.agent(node, { changes });
    const apply = (...all: Frontend[]) => agent.apply(desiredFor(node, rig.nodes, all));
    return { agent, apply };
  };
  const ends = async ({ child }: Agent) => {
    child.kill('SIGKILL');
    await until('the agent has ended', () => child.exitCode !== null || child.signalCode !== null);
  };

  test('is held back, and costs nobody else a connection or a change', async () => {
    rig.daemon(node, 'haproxy');
    rig.daemon(node, 'keepalived');
    const { agent, apply } = await served('usual');
    const echo = { ...frontend(8100, [echoPod(rig, 9100)], 'echo'), service: 'quiet/echo' };
    await apply(echo);
    await until('the VIP is held', () => rig.holders(vip4).length === 1);
    const stillAnswers = await conversation(rig, 8100);
    const before = agent.outcomes.length;
    for (let flip = 1; flip <= 2 * oldWorkerReloadsMax; flip += 1) {
      await apply(echo, changed('loud', 8101, flip));
    }
    const flips = agent.outcomes.slice(before);
    assert.ok(reloadsOf(flips) <= 12, `${reloadsOf(flips)} reloads`);
    const [refusal] = flips.at(-1)?.refusals ?? [];
    assert.equal(refusal?.service, 'loud/web');
    assert.match(refusal?.sentence ?? '', /^it changed 12 times within 120 s/);

    const loud = { ...changed('loud', 8101, 99), servers: [first, second] };
    const scaled = await apply(echo, loud);
    assert.equal(reloadsOf([scaled]), 0);
    await until('its endpoints change all the same', () => {
      return /loud_web_8101_\S+ \d+ 10-99-0-1_9002 /.test(rig.cli(node, 'show servers state'));
    });
    await apply(echo, loud, changed('other', 8102, 5));
    await until('others do not wait for it', () => {
      return rig.cli(node, 'show stat -1 1 -1').includes('other_web_8102_');
    });
    await stillAnswers();
    await ends(agent);
  });

  test('and many of them wait until no old connection is ended', async () => {
    const { agent, apply } = await served('unbounded');
    const echo = { ...frontend(8103, [echoPod(rig, 9103)], 'echo'), service: 'quiet/echo' };
    await apply(echo);
    await until('the node is ready', () => agent.outcomes.at(-1)?.ready === true);
    const stillAnswers = await conversation(rig, 8103);
    const before = agent.outcomes.length;
    // Eight tenants take turns.
    const all = Array.from({ length: 8 }, (_, number) =>
      changed(`loud-${number}`, 8110 + number, 1),
    );
    for (let flip = 2; flip <= 2 * oldWorkerReloadsMax; flip += 1) {
      const number = flip % all.length;
      all[number] = changed(`loud-${number}`, 8110 + number, flip);
      await apply(echo, ...all);
    }
    const flips = agent.outcomes.slice(before);
    const reloads = reloadsOf(flips);
    assert.ok(reloads > 6 && reloads < oldWorkerReloadsMax, `${reloads} reloads`);
    assert.match(flips.at(-1)?.refusals[0]?.sentence ?? '', /^HAProxy was loaded anew so often/);
    await stillAnswers();
    await ends(agent);
  });

  test('nor by having servers stand by in turn', async () => {
    const { agent, apply } = await served('usual');
    const echo = { ...frontend(8104, [echoPod(rig, 9104)], 'echo'), service: 'quiet/echo' };
    const inTurn = (flip: number): Frontend => {
      const [near, spare] = flip % 2 === 0 ? [first, second] : [second, first];
      return { ...changed('turning', 8105, 1), servers: [near, { ...spare, role: 'Spare' }] };
    };
    await apply(echo, inTurn(0));
    await until('the node is ready', () => agent.outcomes.at(-1)?.ready === true);
    const stillAnswers = await conversation(rig, 8104);
    const before = agent.outcomes.length;
    for (let flip = 1; flip <= 2 * oldWorkerReloadsMax; flip += 1) {
      await apply(echo, inTurn(flip));
    }
    const flips = agent.outcomes.slice(before);
    assert.ok(reloadsOf(flips) <= 12, `${reloadsOf(flips)} reloads`);
    const refusal = flips.flatMap(({ refusals }) => refusals).at(-1);
    assert.equal(refusal?.service, 'turning/web');
    assert.match(refusal?.sentence ?? '', /^it changed 12 times within 120 s|^HAProxy was loaded/);
    await stillAnswers();
    await ends(agent);
  });
});
