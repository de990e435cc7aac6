import assert from 'node:assert/strict';
import { test } from 'node:test';
import { oldWorkerReloadsMax, oldWorkerSecondsMax } from '../tables/limits.ts';
import { cutBetween, parseWorkers, type SeenWorker, type WorkersSeen } from './old-workers.ts';

test('show proc is read: the master, and workers that were replaced', () => {
  const text = [
    '#<PID>          <type>          <reloads>       <uptime>        <version>      ',
    '9911            master          3 [failed: 0]   0d00h00m04s     3.0.11-1+deb13u5',
    '# workers',
    '10230           worker          0               0d00h00m00s     3.0.11-1+deb13u5',
    '# old workers',
    '9917            worker          3               0d00h00m03s     3.0.11-1+deb13u5',
    '10070           worker          1               0d00h00m01s     3.0.11-1+deb13u5',
    '# programs',
    '77              other           1               0d00h00m01s     -',
    '',
  ];
  assert.deepEqual(parseWorkers(text.join('\n')), {
    ...{ master: 9911, reloads: 3 },
    old: [
      { pid: 9917, reloads: 3 },
      { pid: 10070, reloads: 1 },
    ],
  });
});

const seen = (reloads: number, old: readonly SeenWorker[], master = 1): WorkersSeen => ({
  ...{ master, reloads, old },
});
const worker = (some: Partial<SeenWorker>): SeenWorker => ({
  ...{ pid: 7, reloads: 1, connections: 4, sinceMs: 0 },
  ...some,
});
const times = { nowMs: 60_000, everyMs: 5_000 };

test('a worker that went with its last connection cut nobody', () => {
  assert.deepEqual(cutBetween(seen(1, [worker({})]), seen(1, []), times), []);
  const idle = worker({ connections: 0, reloads: oldWorkerReloadsMax });
  assert.deepEqual(cutBetween(seen(1, [idle]), seen(2, []), times), []);
});

test('a worker that goes at the bound of reloads, or of time, has cut what it had', () => {
  const last = worker({ reloads: oldWorkerReloadsMax - 1 });
  const before = seen(30, [last]);
  assert.deepEqual(cutBetween(before, seen(31, []), times), []);
  assert.deepEqual(cutBetween(before, seen(32, []), times), [{ why: 'reloads', connections: 4 }]);
  const late = { ...times, nowMs: oldWorkerSecondsMax * 1_000 - 2_000 };
  const cut = cutBetween(seen(1, [worker({})]), seen(1, []), late);
  assert.deepEqual(cut, [{ why: 'time', connections: 4 }]);
});

test('one that is still there has cut nothing, nor has a restart', () => {
  const old = [worker({ reloads: oldWorkerReloadsMax })];
  assert.deepEqual(cutBetween(seen(30, old), seen(30, old), times), []);
  assert.deepEqual(cutBetween(seen(30, old), seen(31, [], 2), times), []);
});
