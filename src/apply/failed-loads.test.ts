import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FailedLoads } from './failed-loads.ts';

function tries(hours: number, load: (count: number) => { structure: string; isLoaded: boolean }) {
  let nowMs = 0;
  const loads = new FailedLoads(() => nowMs);
  let count = 0;
  for (; nowMs < hours * 3_600_000; nowMs += 1_000) {
    const { structure, isLoaded } = load(count);
    if (loads.why(structure) !== undefined) continue;
    count += 1;
    loads.failed({ structure, isLoaded, sentence: 'cannot bind' });
  }
  return count;
}

test('what fails all the time is tried so seldom that no worker comes to its bound for hours', () => {
  assert.ok(tries(1, () => ({ structure: 'same', isLoaded: true })) <= 10);
  assert.ok(tries(4, () => ({ structure: 'same', isLoaded: true })) <= 20);
});

test('also where somebody changes something all the time', () => {
  assert.ok(tries(3, (count) => ({ structure: `change ${count}`, isLoaded: true })) <= 20);
});

test('what was never loaded, and another structure, wait a minute at most', () => {
  assert.ok(tries(1, () => ({ structure: 'same', isLoaded: false })) >= 55);
  let nowMs = 0;
  const loads = new FailedLoads(() => nowMs);
  for (let count = 0; count < 10; count += 1) {
    loads.failed({ structure: 'first', isLoaded: true, sentence: 'cannot bind' });
  }
  nowMs = 60_000;
  assert.equal(loads.why('first'), 'cannot bind');
  assert.equal(loads.why('second'), undefined);
});

test('a load that works begins anew', () => {
  const loads = new FailedLoads(() => 0);
  loads.failed({ structure: 'first', isLoaded: true, sentence: 'cannot bind' });
  assert.equal(loads.why('second'), 'cannot bind');
  loads.loaded();
  assert.equal(loads.why('first'), undefined);
});
