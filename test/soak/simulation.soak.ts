/**
 * The simulator on fresh seeds: a million steps of `npm run test:long`, some five minutes.
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

const worlds = 10;
const steps = 100_000;
const random = new Random(seeds.seed);

/** Half a minute on a quiet machine; more than this hangs. */
const timeout = 600_000;

for (let world = 1; world <= worlds; world += 1) {
  const seed = random.below(2 ** 32);
  test(`world ${world} keeps every promise for ${steps} steps`, { timeout }, async () => {
    const replay = `npm run sim -- --steps ${steps} --seed ${seed}`;
    say(`world ${world} of ${worlds}: ${replay}`);
    const { failure } = await new Simulation(seed).run(steps);
    assert.equal(failure?.why, undefined, `${failure?.why}; replay: ${replay} --trace`);
  });
}
