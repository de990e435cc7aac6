import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFakeClock } from '../kube/fake-clock.ts';
import { SingleFlight } from './single-flight.ts';

function counted(run: (nth: number) => Promise<void>) {
  let runs = 0;
  let reached: () => void = () => {};
  let wanted = 0;
  const flight = new SingleFlight({
    run: async () => {
      runs += 1;
      await run(runs);
      if (runs >= wanted) reached();
    },
    failed: () => {},
    settleMs: 1,
    retryMaxMs: 5,
  });
  const until = (count: number) =>
    new Promise<void>((resolve) => {
      wanted = count;
      reached = resolve;
    });
  return { flight, until, runs: () => runs };
}

test('a burst of wakes is one run', async () => {
  const { flight, until, runs } = counted(async () => {});
  const done = until(1);
  for (let i = 0; i < 100; i += 1) flight.wake();
  await done;
  assert.equal(runs(), 1);
  await flight.stop();
});

test('a wake during a run asks for exactly one more', async () => {
  let flying: SingleFlight | undefined;
  const { flight, until, runs } = counted(async (nth) => {
    if (nth === 1) for (let i = 0; i < 10; i += 1) flying?.wake();
  });
  flying = flight;
  const done = until(2);
  flight.wake();
  await done;
  assert.equal(runs(), 2);
  await flight.stop();
});

test('a failed run is tried again (R18)', async () => {
  const { flight, until, runs } = counted(async (nth) => {
    if (nth < 3) throw new Error('not yet');
  });
  const done = until(3);
  flight.wake();
  await done;
  assert.equal(runs(), 3);
  await flight.stop();
});

test('failures come back ever later, up to a bound; a success begins anew (R18)', async () => {
  const clock = createFakeClock();
  const startedMs: number[] = [];
  const flight = new SingleFlight({
    run: async () => {
      startedMs.push(clock.nowMs());
      if (startedMs.length !== 6) throw new Error('not yet');
    },
    failed: () => undefined,
    ...{ settleMs: 0, retryMaxMs: 500, clock },
  });
  flight.wake();
  await clock.advance(10_000);
  assert.deepEqual(startedMs, [0, 100, 300, 700, 1_200, 1_700]);
  flight.wake();
  await clock.advance(150);
  assert.deepEqual(startedMs.slice(6), [10_000, 10_100]);
  await flight.stop();
});

test('what wakes it while it rests is one run at the end of the rest', async () => {
  const clock = createFakeClock();
  const startsMs: number[] = [];
  const flight = new SingleFlight({
    run: async () => {
      startsMs.push(clock.nowMs());
      flight.rest(100);
    },
    ...{ failed: () => {}, settleMs: 10, retryMaxMs: 1_000, clock },
  });
  flight.wake();
  await clock.advance(50);
  for (let i = 0; i < 10; i += 1) flight.wake();
  await clock.advance(40);
  flight.wake();
  await clock.advance(500);
  flight.wake();
  await clock.advance(10);
  assert.deepEqual(startsMs, [10, 110, 600]);
  await flight.stop();
});
