import assert from 'node:assert/strict';
import { test } from 'node:test';
import { waitFor } from './wait-for.ts';

test('a wait ends as soon as the probe says true', async () => {
  let asked = 0;
  await waitFor({ what: 'three looks', boundSeconds: 5, everyMs: 1 }, async () => {
    asked += 1;
    return asked === 3 || `${asked} looks`;
  });
  assert.equal(asked, 3);
});

test('a wait that is over says what it waited for and what it saw last', async () => {
  const wait = waitFor({ what: 'rain', boundSeconds: 0.02, everyMs: 5 }, async () => 'sunshine');
  await assert.rejects(wait, {
    code: 'LAB_WAIT_TIMEOUT',
    message: 'waited 0.02 s for rain; last seen: sunshine',
  });
});

test('a probe that throws has seen its error', async () => {
  const wait = waitFor({ what: 'rain', boundSeconds: 0.02, everyMs: 5 }, async () => {
    throw new Error('the roof is gone');
  });
  await assert.rejects(wait, /last seen: the roof is gone/);
});
