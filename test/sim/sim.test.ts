import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Simulation } from './simulation.ts';

test('two controllers keep every promise through faults, users and dying nodes (R5, R37)', async () => {
  const { failure, steps } = await new Simulation(1).run(2_000);
  assert.equal(failure?.why, undefined);
  assert.ok(steps >= 2_000);
});

test('a seed always makes the same world', async () => {
  const first = await new Simulation(9).run(600);
  const second = await new Simulation(9).run(600);
  assert.equal(second.fingerprint, first.fingerprint);
});
