/** Worlds that once broke a promise, and longer runs than the unit tests have time for. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Simulation } from '../simulation.ts';

/**
 * Seeds, with what they showed when they were found: 1 a quarantine that outlived its pool, 9 an
 * address forgotten on the nodes it had passed from, 15 and 36 a member that had not reported yet,
 * 15 also a VRID given to another pool while its lost instance carried addresses, 101 a node that
 * served on by an instance that somebody had deleted.
 */
const seeds = [1, 9, 15, 36, 101];
const steps = 12_000;

for (const seed of seeds) {
  test(`seed ${seed} keeps every promise for ${steps} steps`, async () => {
    const { failure } = await new Simulation(seed).run(steps);
    assert.equal(failure?.why, undefined, `replay: npm run sim -- --steps ${steps} --seed ${seed}`);
  });
}
