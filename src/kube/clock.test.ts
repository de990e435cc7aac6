import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { every, systemClock } from './clock.ts';
import { createFakeClock } from './fake-clock.ts';

test('every: again and again, until it is called off', async () => {
  const clock = createFakeClock();
  const atMs: number[] = [];
  const end = every(clock, 100, () => atMs.push(clock.nowMs()));
  await clock.advance(350);
  assert.deepEqual(atMs, [100, 200, 300]);
  end();
  await clock.advance(1_000);
  assert.equal(atMs.length, 3);
});

test('an action that fails does not end what comes every so often', async () => {
  const clock = createFakeClock();
  let calls = 0;
  const end = every(clock, 10, () => {
    calls += 1;
    if (calls === 1) throw new Error('once');
  });
  await assert.rejects(clock.advance(15));
  await clock.advance(20);
  assert.ok(calls > 1);
  end();
});

test('no delay is the next turn of the loop, not this one, and can be called off', async () => {
  const order: string[] = [];
  const cancel = systemClock.after(0, () => order.push('cancelled'));
  systemClock.after(0, () => order.push('after'));
  order.push('now');
  cancel();
  await nextTurn();
  assert.deepEqual(order, ['now', 'after']);
});
