import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseOldWorkers, reloadPause } from './old-workers.ts';

// As 3.0.11 prints it.
const text = `#<PID>          <type>          <reloads>       <uptime>        <version>
31              master          14 [failed: 2]  0d00h01m12s     3.0.11-1+deb13u5
# workers
158             worker          0               0d00h00m03s     3.0.11-1+deb13u5
# old workers
151             worker          1               0d00h00m09s     3.0.11-1+deb13u5
97              worker          13              0d00h01m02s     3.0.11-1+deb13u5
# programs
`;

test('old workers are told from the present one and from the master', () => {
  assert.deepEqual(parseOldWorkers(text), [1, 13]);
  assert.deepEqual(parseOldWorkers(text.split('# old workers')[0] ?? ''), []);
});

test('reloads are spaced further the nearer an old worker is to its end', () => {
  assert.equal(reloadPause([]), 250);
  assert.equal(reloadPause([1, 12]), 250);
  assert.equal(reloadPause([1, 13]), 500);
  const all = Array.from({ length: 20 }, (_, survived) => reloadPause([survived]));
  const seconds = all.reduce((sum, pause) => sum + pause, 0) / 1_000;
  assert.ok(seconds > 60, `${seconds} s from the first reload that it lives through to its end`);
  assert.equal(reloadPause([25]), reloadPause([20]));
});
