/**
 * The simulator on fresh seeds: a million steps of `npm run test:long`, some five minutes, after
 * worlds that found something late in their life.
 *
 *   FAIRLEAD_SEED=7 npx node --test test/soak/simulation.soak.ts
 *
 * Each world says its seed before it begins; what it finds, `npm run sim` shows again alone.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sayOnStderr as say } from '../lab/say.ts';
import { Random } from '../run/random.ts';
import { seeds } from '../run/seeds.ts';
import { Simulation } from '../sim/simulation.ts';

/**
 * 3003 a node's word about a Vip of the same name that was another one, 6000 a rest that was too
 * short, 6012 a refused write that was tried again every 45 ms for ever, 2302009010 a new leader
 * that saw half of a pair that its predecessor had given.
 */
const known = [3003, 6000, 6012, 2_302_009_010];
const worlds = 10;
const steps = 100_000;
const random = new Random(seeds.seed);

/** Half a minute on a quiet machine; more than this hangs. */
const timeout = 600_000;

for (const seed of known) {
  test(`seed ${seed} keeps every promise for ${steps} steps`, { timeout }, () => live(seed));
}

for (let world = 1; world <= worlds; world += 1) {
  const seed = random.below(2 ** 32);
  test(`world ${world} keeps every promise for ${steps} steps`, { timeout }, () => live(seed));
}

async function live(seed: number): Promise<void> {
  const replay = `npm run sim -- --steps ${steps} --seed ${seed}`;
  say(replay);
  const { failure } = await new Simulation(seed).run(steps);
  assert.equal(failure?.why, undefined, `${failure?.why}; replay: ${replay} --trace`);
}
