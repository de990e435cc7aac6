import assert from 'node:assert/strict';
import { test } from 'node:test';
import { by } from '../lib/order.ts';
import { exceptionsPerNodeMax } from '../tables/limits.ts';
import { omissionsOf, rowsInTurns } from './reported-rows.ts';

/** Numbers below `max` that depend on nothing but where they begin. */
function numbers(seed: number): (max: number) => number {
  let state = seed;
  return (max) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * max);
  };
}

function someRows(seed: number) {
  const below = numbers(seed);
  const [namespaces, services] = [1 + below(80), 1 + below(6)];
  return Array.from({ length: below(200) }, (_, index) => ({
    service: `n${below(1 + below(namespaces))}/s${below(services)}`,
    id: String(index).padStart(3, '0'),
  }));
}

test('whoever misses a row is told from those that cannot, whatever the rows are', () => {
  let [certain, cut] = [0, 0];
  for (let seed = 1; seed <= 300; seed += 1) {
    const all = someRows(seed);
    const { rows, omitted } = rowsInTurns(
      all,
      by(({ service, id }) => `${service} ${id}`),
    );
    assert.equal(rows.length, Math.min(all.length, exceptionsPerNodeMax));
    assert.equal(rows.length + omitted, all.length);
    const mayLack = omissionsOf(rows, omitted);
    const left = all.filter((row) => !rows.includes(row));
    for (const { service } of left) assert.ok(mayLack(service), `seed ${seed}: ${service}`);
    const whole = all.filter(({ service }) => !left.some((row) => row.service === service));
    if (omitted > 0) certain += whole.filter(({ service }) => !mayLack(service)).length;
    cut += left.length;
  }
  assert.ok(cut > 1_000 && certain > 300, `${cut} cut, ${certain} certain`);
});

test('whose rows are all there is not told to lack some because of a loud neighbour', () => {
  const loud = Array.from({ length: 64 }, (_, index) => ({ service: `a/${index % 4}` }));
  const { rows, omitted } = rowsInTurns(
    loud,
    by(({ service }) => service),
  );
  const mayLack = omissionsOf(rows, omitted);
  assert.deepEqual(['z/web', 'a/ok', 'a/1'].map(mayLack), [false, false, true]);
});
