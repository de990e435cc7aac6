import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SettleLooks } from './settle-looks.ts';

const waiting = { unsettled: true, moved: false, milliseconds: 5 };

test('what does not come is looked at less often', () => {
  const looks = new SettleLooks();
  const pauses = Array.from({ length: 60 }, () => looks.pauseAfter(waiting));
  assert.equal(pauses[0], 100);
  assert.equal(pauses.at(-1), 5_000);
});

test('a server that comes late in a long rolling update waits no longer than the first one', () => {
  const looks = new SettleLooks();
  for (let change = 0; change < 100; change += 1) {
    looks.pauseAfter({ ...waiting, moved: true });
    assert.equal(looks.pauseAfter(waiting), 100, `change ${change}`);
  }
});

test('what has settled begins anew', () => {
  const looks = new SettleLooks();
  for (let look = 0; look < 60; look += 1) looks.pauseAfter(waiting);
  looks.pauseAfter({ ...waiting, unsettled: false });
  assert.equal(looks.pauseAfter(waiting), 100);
});

test('a look that takes long leaves half of the time to changes', () => {
  assert.equal(new SettleLooks().pauseAfter({ ...waiting, milliseconds: 400 }), 400);
});
