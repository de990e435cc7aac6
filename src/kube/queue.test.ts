import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { propertyRuns } from '../../test/run/seeds.ts';
import { createFakeClock, type FakeClock } from './fake-clock.ts';
import { KubeError } from './kube-error.ts';
import { createQueue, type WorkFailure, type WorkQueueOptions } from './queue.ts';

type Bench = ReturnType<typeof aQueue>;

/** A queue whose work is written down; `fail` decides what a pass does. */
function aQueue(options: Partial<WorkQueueOptions> = {}) {
  const clock = createFakeClock();
  const passes: string[] = [];
  const failures: WorkFailure[] = [];
  const bench = { fail: (_key: string): unknown => undefined };
  const queue = createQueue({
    work: async (key) => {
      passes.push(key);
      const error = bench.fail(key);
      if (error !== undefined) throw error;
    },
    onFailure: (failure) => failures.push(failure),
    clock,
    random: () => 0,
    ...options,
  });
  return { ...queue, clock, passes, failures, bench };
}

test('many wakes of one key are one pass', async () => {
  const queue = aQueue();
  for (let i = 0; i < 10; i += 1) queue.wake('a');
  queue.wake('b');
  await queue.idle();
  assert.deepEqual(queue.passes, ['a', 'b']);
});

test('a key woken while worked on is worked on again, never twice at a time', async () => {
  let running = 0;
  let runningMax = 0;
  const passes: string[] = [];
  const clock = createFakeClock();
  const queue = createQueue({
    workers: 4,
    clock,
    work: async (key) => {
      running += 1;
      runningMax = Math.max(runningMax, running);
      passes.push(key);
      await new Promise<void>((resolve) => clock.after(100, resolve));
      running -= 1;
    },
  });
  queue.wake('a');
  await clock.advance(50);
  queue.wake('a');
  queue.wake('a');
  await clock.advance(1_000);
  assert.deepEqual(passes, ['a', 'a']);
  assert.equal(runningMax, 1);
});

test('as many keys at a time as there are workers', async () => {
  let running = 0;
  let runningMax = 0;
  const clock = createFakeClock();
  const queue = createQueue({
    workers: 3,
    clock,
    work: async () => {
      running += 1;
      runningMax = Math.max(runningMax, running);
      await new Promise<void>((resolve) => clock.after(10, resolve));
      running -= 1;
    },
  });
  for (let i = 0; i < 10; i += 1) queue.wake(`key-${i}`);
  await clock.advance(1_000);
  assert.deepEqual([runningMax, running, queue.depth()], [3, 0, 0]);
});

test('failures come back after 5, 10, 20 s; success resets', async () => {
  const queue = aQueue();
  let left = 3;
  queue.bench.fail = () => {
    left -= 1;
    return left >= 0 ? new Error('not yet') : undefined;
  };
  queue.wake('a');
  assert.deepEqual(await passTimes(queue, 40), [0, 5, 15, 35]);
  assert.deepEqual(
    queue.failures.map((failure) => failure.retryMs),
    [5_000, 10_000, 20_000],
  );
  left = 1;
  queue.wake('a');
  await queue.clock.advance(0);
  assert.equal(queue.failures.at(-1)?.retryMs, 5_000);
});

test('a change wakes a failing key at once, its back-off goes on counting', async () => {
  const queue = aQueue();
  queue.bench.fail = () => new Error('still');
  queue.wake('a');
  await queue.clock.advance(1_000);
  queue.wake('a');
  await queue.clock.advance(0);
  assert.deepEqual(
    queue.failures.map((failure) => failure.failures),
    [1, 2],
  );
});

test('Retry-After is honoured even when the key is woken', async () => {
  const queue = aQueue();
  let isFirst = true;
  queue.bench.fail = () => {
    if (!isFirst) return undefined;
    isFirst = false;
    return new KubeError({ code: 'TooMany', message: 'slow down', retryAfterMs: 60_000 });
  };
  queue.wake('a');
  await queue.clock.advance(1_000);
  queue.wake('a');
  await queue.clock.advance(58_000);
  assert.equal(queue.passes.length, 1);
  await queue.clock.advance(1_000);
  assert.equal(queue.passes.length, 2);
});

test('"look again" is no failure, and the earliest wish wins', async () => {
  const queue = aQueue();
  queue.wakeAfter('a', 9_000);
  queue.wakeAfter('a', 3_000);
  queue.wakeAfter('a', 20_000);
  assert.deepEqual(await passTimes(queue, 30), [3]);
  assert.deepEqual(queue.failures, []);
});

test('refuses keys beyond its bound, and takes them again when there is room', async () => {
  const queue = aQueue({ keysMax: 2 });
  assert.deepEqual(
    ['a', 'b', 'c', 'a'].map((key) => queue.wake(key)),
    [true, true, false, true],
  );
  await queue.idle();
  assert.equal(queue.wake('c'), true);
});

test('stopped, it finishes what runs and takes nothing more', async () => {
  const queue = aQueue();
  queue.wake('a');
  queue.wake('b');
  queue.wakeAfter('c', 10);
  await queue.stop();
  await queue.clock.advance(1_000);
  assert.deepEqual(queue.passes, ['a']);
  assert.equal(queue.wake('d'), false);
});

test('no wake is ever lost: every key is worked on after its last wake', async () => {
  const step = fc.record({ key: fc.constantFrom('a', 'b', 'c'), waitMs: fc.nat(30) });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
      const clock = createFakeClock();
      const startedMs = new Map<string, number>();
      const wokenMs = new Map<string, number>();
      const queue = createQueue({
        clock,
        work: async (key) => {
          startedMs.set(key, clock.nowMs());
          await new Promise<void>((resolve) => clock.after(17, resolve));
        },
      });
      for (const { key, waitMs } of steps) {
        queue.wake(key);
        wokenMs.set(key, clock.nowMs());
        await clock.advance(waitMs);
      }
      await clock.advance(10_000);
      for (const [key, atMs] of wokenMs) assert.ok((startedMs.get(key) ?? -1) >= atMs, key);
      assert.equal(queue.depth(), 0);
    }),
    propertyRuns(import.meta.filename, 50),
  );
});

/** The seconds at which a pass began, up to a bound. */
async function passTimes(queue: Bench & { clock: FakeClock }, seconds: number): Promise<number[]> {
  const times: number[] = [];
  for (let second = 0; second <= seconds; second += 1) {
    const before = queue.passes.length;
    await queue.clock.advance(second === 0 ? 0 : 1_000);
    if (queue.passes.length > before) times.push(second);
  }
  return times;
}
