import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CpuPressure } from './cpu-pressure.ts';

const text = (totalMs: number) =>
  `some avg10=1.00 avg60=2.00 avg300=3.00 total=${totalMs * 1_000}\n` +
  'full avg10=0.00 avg60=0.00 avg300=0.00 total=999999999\n';

test('a node is starved while somebody waits for a CPU most of the time', () => {
  const at = { now: 0, waited: 5_000 };
  const pressure = new CpuPressure(
    () => text(at.waited),
    () => at.now,
  );
  const after = (passed: number, waited: number): boolean => {
    at.now += passed;
    at.waited += waited;
    return pressure.isStarved();
  };
  assert.equal(after(500, 100), false);
  assert.equal(after(500, 400), true);
  assert.equal(after(500, 0), false, 'only the time since the last look counts');
});

test('a kernel without PSI starves nobody', () => {
  const pressure = new CpuPressure(() => {
    throw new Error('ENOENT');
  });
  assert.equal(pressure.isStarved(), false);
});
