import assert from 'node:assert/strict';
import { test } from 'node:test';
import { reloadPause } from './reload-pause.ts';

const pause = (...reloads: number[]) => reloadPause(reloads.map((count) => ({ reloads: count })));

test('reloads are spaced further the nearer an old worker is to its end', () => {
  assert.equal(pause(), 250);
  assert.equal(pause(1, 12), 250);
  assert.equal(pause(1, 13), 500);
  const all = Array.from({ length: 20 }, (_, survived) => pause(survived));
  const seconds = all.reduce((sum, each) => sum + each, 0) / 1_000;
  assert.ok(seconds > 60, `${seconds} s from the first reload that it lives through to its end`);
  assert.equal(pause(25), pause(20));
});
