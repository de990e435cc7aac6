/**
 * The network soak: `npm run test:long` plays it, as root, for ten minutes.
 *
 *   FAIRLEAD_SOAK_SECONDS=120 npx node --test test/soak/network.soak.ts
 *
 * One lab; the seed decides what happens to it, one thing after another, under open-loop clients.
 * After each the story's predicates hold. Failed requests are counted by cause and never judged:
 * two cores that start nodes keep clients waiting, and no test may depend on that.
 */
import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Lab } from '../lab/lab.ts';
import { messageOf } from '../lab/lab-error.ts';
import { sayOnStderr as say } from '../lab/say.ts';
import { applyPool, bringUp } from '../lab/story/step-ready.ts';
import type { Seen } from '../lab/story/watch.ts';
import { apply } from '../net/cluster.ts';
import { Random } from '../run/random.ts';
import { seeds } from '../run/seeds.ts';
import { play, type Soak } from './network-actions.ts';
import { type Holders, holders, judge } from './network-judge.ts';
import { type Action, afterAction, emptyWorld, nextAction, type World } from './network-plan.ts';
import { asTable, type Tallies, tallied } from './network-report.ts';
import { nothingLeftOver } from './nothing-left-over.ts';
import { soakNamespace } from './soak-service.ts';
import { soakTimes } from './soak-time.ts';

const { network: seconds } = soakTimes(process.env);

test(`a cluster lives through ${seconds} s of trouble, seed ${seeds.seed}`, async () => {
  const lab = await bringUp({ nodes: 3, say, id: `soak${process.pid}` });
  const soak: Soak = { lab, serving: new Map() };
  try {
    await prepare(lab);
    await trouble(soak);
  } catch (error) {
    await explain(lab, error);
    throw error;
  } finally {
    for (const { watch } of soak.serving.values()) await watch.stop();
    await lab.down();
  }
});

async function prepare(lab: Lab): Promise<void> {
  await applyPool(lab);
  // Half a second between adverts: a VIP that moves then has a cause (test/net/cluster.ts).
  const vrrp = { advertIntervalMilliseconds: 500 };
  const spec = { coolDownSeconds: 5, announce: { vrrp } };
  await lab.kubectl(['patch', 'vippool', 'edge', '--type=merge', '-p', JSON.stringify({ spec })]);
  await apply(lab, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: soakNamespace } });
}

async function trouble(soak: Soak): Promise<void> {
  const random = new Random(seeds.seed);
  const endMs = performance.now() + seconds * 1000;
  let world = emptyWorld;
  let tallies: Tallies = new Map();
  try {
    while (performance.now() < endMs) {
      const action = nextAction(random, world);
      const before = world;
      world = afterAction(world, action);
      const played = await playOne(soak, action, { before, after: world });
      tallies = tallied(tallies, action.kind, played);
      assert.deepEqual(played.problems, [], `after ${action.kind}`);
    }
    if (world.isNodeOff)
      await playOne(soak, { kind: 'node-return' }, { before: world, after: world });
    await nothingLeftOver(soak);
  } finally {
    say(`\nwhat clients saw, a connection every 10 ms with 100 ms to answer:\n${asTable(tallies)}`);
  }
}

type Played = {
  readonly seen: readonly Seen[];
  readonly settledMs: number;
  readonly problems: readonly string[];
};

async function playOne(
  soak: Soak,
  action: Action,
  world: { readonly before: World; readonly after: World },
): Promise<Played> {
  const startMs = performance.now();
  const heldBefore: Holders = await holders(soak);
  for (const { watch } of soak.serving.values()) watch.mark();
  const done = await play(soak, action, world.before);
  say(`${action.kind}: ${done.told}`);
  const problems = await judge(soak, heldBefore, { done, world: world.after });
  const seen = [...soak.serving.values()].flatMap(({ watch }) => watch.since());
  return { seen, problems, settledMs: performance.now() - startMs };
}

async function explain(lab: Lab, error: unknown): Promise<void> {
  const folder = join(tmpdir(), `fairlead-soak-${lab.id}`);
  await lab.collect(folder);
  const again = `FAIRLEAD_SEED=${seeds.seed} FAIRLEAD_SOAK_SECONDS=${seconds}`;
  say(`${messageOf(error)}\nlogs, rulesets, addresses and objects are in ${folder}`);
  say(`Repeat it: ${again} npx node --test test/soak/network.soak.ts`);
}
